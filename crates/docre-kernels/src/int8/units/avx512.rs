//! Products on the byte dot products of AVX-512.

use std::arch::x86_64::*;

use super::{
    super::packed::{LANES, Tile},
    Block,
};

/// Rows that are multiplied at once: with two vectors of outputs each, enough sums to hide how
/// long an instruction takes, and few enough for the registers.
const ROWS: usize = 8;

/// Adds products to the block.
///
/// # Safety
///
/// The CPU has the unit.
#[target_feature(enable = "avx512f,avx512vnni")]
pub(super) unsafe fn multiply(rows: &[&[Tile]], panel: [&[Tile]; 2], block: &mut Block) {
    for (half, tiles) in rows.iter().enumerate() {
        for first in (0..LANES).step_by(ROWS) {
            let block = &mut block.0[half * LANES + first..][..ROWS];
            let mut sums = [[_mm512_setzero_si512(); 2]; ROWS];
            for (sums, out) in sums.iter_mut().zip(block.iter()) {
                for (sum, out) in sums.iter_mut().zip(out.chunks_exact(16)) {
                    // SAFETY: 16 sums are 64 bytes.
                    *sum = unsafe { _mm512_loadu_si512(out.as_ptr().cast()) };
                }
            }
            for ((rows, left), right) in tiles.iter().zip(panel[0]).zip(panel[1]) {
                for four in 0..16 {
                    let outputs = [left, right].map(|tile| tile.0[four].as_ptr());
                    // SAFETY: a row of a tile is 64 bytes.
                    let outputs = unsafe {
                        [_mm512_load_si512(outputs[0].cast()), _mm512_load_si512(outputs[1].cast())]
                    };
                    for (sums, row) in sums.iter_mut().zip(&rows.0[first..]) {
                        // SAFETY: four of the 64 bytes of the row.
                        let word =
                            unsafe { row.as_ptr().add(4 * four).cast::<i32>().read_unaligned() };
                        let word = _mm512_set1_epi32(word);
                        sums[0] = _mm512_dpbusd_epi32(sums[0], word, outputs[0]);
                        sums[1] = _mm512_dpbusd_epi32(sums[1], word, outputs[1]);
                    }
                }
            }
            for (sums, out) in sums.iter().zip(block.iter_mut()) {
                for (sum, out) in sums.iter().zip(out.chunks_exact_mut(16)) {
                    // SAFETY: 16 sums are 64 bytes.
                    unsafe { _mm512_storeu_si512(out.as_mut_ptr().cast(), *sum) };
                }
            }
        }
    }
}
