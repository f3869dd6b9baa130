//! Products of bytes that are widened to 16 bits, on CPUs with AVX2 and nothing better.

use std::arch::x86_64::*;

use super::{
    super::packed::{LANES, Tile},
    Block,
};

/// Rows that are multiplied at once: with four vectors of sums each, as many as fit.
const ROWS: usize = 2;

/// Writes products to the block, or adds them.
///
/// # Safety
///
/// The CPU has the unit.
#[target_feature(enable = "avx2")]
pub(super) unsafe fn multiply(rows: &[&[Tile]], panel: [&[Tile]; 2], block: &mut Block, add: bool) {
    for (half, tiles) in rows.iter().enumerate() {
        for first in (0..LANES).step_by(ROWS) {
            for (place, panel) in panel.iter().enumerate() {
                // Each vector has two sums of four outputs: of even and of odd pairs in depth.
                let mut sums = [[_mm256_setzero_si256(); 4]; ROWS];
                for (rows, outputs) in tiles.iter().zip(*panel) {
                    for four in 0..16 {
                        let mut wide = [_mm256_setzero_si256(); 4];
                        for (wide, bytes) in wide.iter_mut().zip(outputs.0[four].chunks_exact(16)) {
                            // SAFETY: 16 bytes.
                            let bytes = unsafe { _mm_loadu_si128(bytes.as_ptr().cast()) };
                            *wide = _mm256_cvtepi8_epi16(bytes);
                        }
                        for (sums, row) in sums.iter_mut().zip(&rows.0[first..]) {
                            // SAFETY: four of the 64 bytes of the row.
                            let word = unsafe {
                                row.as_ptr().add(4 * four).cast::<i32>().read_unaligned()
                            };
                            let row = _mm_cvtepi8_epi16(_mm_cvtsi32_si128(word));
                            let row = _mm256_broadcastq_epi64(row);
                            for (sum, wide) in sums.iter_mut().zip(wide) {
                                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(row, wide));
                            }
                        }
                    }
                }
                let block = &mut block.0[half * LANES + first..][..ROWS];
                for (sums, out) in sums.iter().zip(block) {
                    let out = out[place * LANES..][..LANES].chunks_exact_mut(8);
                    for (sums, out) in sums.chunks_exact(2).zip(out) {
                        let sum = _mm256_hadd_epi32(sums[0], sums[1]);
                        let mut sum = _mm256_permute4x64_epi64::<0b11_01_10_00>(sum);
                        // SAFETY: 8 sums are 32 bytes.
                        unsafe {
                            if add {
                                sum =
                                    _mm256_add_epi32(sum, _mm256_loadu_si256(out.as_ptr().cast()));
                            }
                            _mm256_storeu_si256(out.as_mut_ptr().cast(), sum);
                        }
                    }
                }
            }
        }
    }
}
