//! Products in plain Rust, on any CPU, as fast as the compiler makes them.

use multiversion::multiversion;

use super::{
    super::packed::{LANES, Tile},
    Block,
};

/// Writes products to the block, or adds them.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
pub(super) fn multiply(rows: &[&[Tile]], panel: [&[Tile]; 2], block: &mut Block, add: bool) {
    for (half, tiles) in rows.iter().enumerate() {
        for (place, panel) in panel.iter().enumerate() {
            for lane in 0..LANES {
                let out = &mut block.0[half * LANES + lane].as_chunks_mut::<LANES>().0[place];
                let mut sums = [0; LANES];
                for (rows, outputs) in tiles.iter().zip(*panel) {
                    let row = rows.0[lane].as_chunks::<4>().0;
                    for (four, outputs) in row.iter().zip(&outputs.0) {
                        for (sum, weights) in sums.iter_mut().zip(outputs.as_chunks::<4>().0) {
                            for (value, weight) in four.iter().zip(weights) {
                                *sum += i32::from(*value) * i32::from(*weight);
                            }
                        }
                    }
                }
                let before = if add { *out } else { [0; LANES] };
                *out = std::array::from_fn(|i| before[i] + sums[i]);
            }
        }
    }
}
