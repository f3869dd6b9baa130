//! Products on the byte dot products of AVX, of CPUs without AVX-512.

use std::arch::x86_64::*;

use super::{
    super::packed::{LANES, Tile},
    Block,
};

/// Rows that are multiplied at once: with two vectors of outputs each, as many sums as fit.
const ROWS: usize = 4;

/// Adds products to the block.
///
/// # Safety
///
/// The CPU has the unit.
#[target_feature(enable = "avx2,avxvnni")]
pub(super) unsafe fn multiply(rows: &[&[Tile]], panel: [&[Tile]; 2], block: &mut Block) {
    for (half, tiles) in rows.iter().enumerate() {
        for first in (0..LANES).step_by(ROWS) {
            for (place, panel) in panel.iter().enumerate() {
                let block = &mut block.0[half * LANES + first..][..ROWS];
                let mut sums = [[_mm256_setzero_si256(); 2]; ROWS];
                for (sums, out) in sums.iter_mut().zip(block.iter()) {
                    let out = out[place * LANES..][..LANES].chunks_exact(8);
                    for (sum, out) in sums.iter_mut().zip(out) {
                        // SAFETY: 8 sums are 32 bytes.
                        *sum = unsafe { _mm256_loadu_si256(out.as_ptr().cast()) };
                    }
                }
                for (rows, outputs) in tiles.iter().zip(*panel) {
                    for four in 0..16 {
                        let outputs = outputs.0[four].as_ptr();
                        // SAFETY: a row of a tile is 64 bytes.
                        let outputs = unsafe {
                            [
                                _mm256_loadu_si256(outputs.cast()),
                                _mm256_loadu_si256(outputs.add(32).cast()),
                            ]
                        };
                        for (sums, row) in sums.iter_mut().zip(&rows.0[first..]) {
                            // SAFETY: four of the 64 bytes of the row.
                            let word = unsafe {
                                row.as_ptr().add(4 * four).cast::<i32>().read_unaligned()
                            };
                            let word = _mm256_set1_epi32(word);
                            sums[0] = _mm256_dpbusd_avx_epi32(sums[0], word, outputs[0]);
                            sums[1] = _mm256_dpbusd_avx_epi32(sums[1], word, outputs[1]);
                        }
                    }
                }
                for (sums, out) in sums.iter().zip(block.iter_mut()) {
                    let out = out[place * LANES..][..LANES].chunks_exact_mut(8);
                    for (sum, out) in sums.iter().zip(out) {
                        // SAFETY: 8 sums are 32 bytes.
                        unsafe { _mm256_storeu_si256(out.as_mut_ptr().cast(), *sum) };
                    }
                }
            }
        }
    }
}
