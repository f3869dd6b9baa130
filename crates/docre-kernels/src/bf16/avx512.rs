//! Packing with AVX-512, and products on its bf16 dot products.

use std::arch::x86_64::*;

use super::blocks::{Kernel, Size};
use super::pack::{Operand, Packer, Part, Tile, Words, pack};
use crate::matmul::Into;

/// The unit, with the foundation, the byte and word, and the bf16 instructions.
pub(super) struct Avx512;

/// Rows that are multiplied at once: with two vectors of columns each, enough sums
/// to hide how long an instruction takes, and few enough for the registers.
const ROWS: usize = 8;

impl Kernel for Avx512 {
    unsafe fn pack(source: &Operand, part: Part, tiles: &mut [Tile]) {
        #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
        unsafe fn on_cpu(source: &Operand, part: Part, tiles: &mut [Tile]) {
            // SAFETY: the CPU has the features.
            unsafe { pack::<Avx512>(source, part, tiles) };
        }
        // SAFETY: the caller's promise.
        unsafe { on_cpu(source, part, tiles) };
    }

    unsafe fn run(work: impl FnOnce()) {
        work();
    }

    unsafe fn multiply(
        a: &[Tile],
        b: &[Tile],
        out: *mut f32,
        stride: usize,
        size: Size,
        into: Into,
    ) {
        assert_eq!(a.len(), b.len());
        let multiply = if size.columns > 16 { rows::<2> } else { rows::<1> };
        for row in (0..size.rows).step_by(ROWS) {
            // SAFETY: the caller's promise; the rows lie inside the panel.
            unsafe { multiply(a, b, row, out.add(row * stride), stride, into) };
        }
    }
}

/// Multiplies the rows from `row` of a panel by the first columns of the other one, as many
/// vectors of 16.
///
/// # Safety
///
/// The CPU has the features, and `out` may be read and written at `ROWS` rows of the columns.
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn rows<const VECTORS: usize>(
    a: &[Tile],
    b: &[Tile],
    row: usize,
    out: *mut f32,
    stride: usize,
    into: Into,
) {
    let mut sums = [[_mm512_setzero_ps(); VECTORS]; ROWS];
    if into == Into::Add {
        for (r, sums) in sums.iter_mut().enumerate() {
            for (v, sum) in sums.iter_mut().enumerate() {
                // SAFETY: the caller's promise.
                *sum = unsafe { _mm512_loadu_ps(out.add(r * stride + 16 * v)) };
            }
        }
    }
    let (half, first) = (row / 16, row % 16);
    for (a, b) in a.chunks_exact(2).zip(b.chunks_exact(2)) {
        let a: &[Words; ROWS] = a[half].0[first..].first_chunk().expect("rows of one tile");
        let b: &[Tile; VECTORS] = b.first_chunk().expect("at most two tiles of columns");
        for pair in 0..16 {
            let mut columns = [_mm512_setzero_si512(); VECTORS];
            for (columns, tile) in columns.iter_mut().zip(b) {
                *columns = load(&tile.0[pair]);
            }
            for (sums, words) in sums.iter_mut().zip(a) {
                let word = bf16(_mm512_set1_epi32(words[pair].cast_signed()));
                for (sum, columns) in sums.iter_mut().zip(columns) {
                    *sum = _mm512_dpbf16_ps(*sum, word, bf16(columns));
                }
            }
        }
    }
    for (r, sums) in sums.iter().enumerate() {
        for (v, sum) in sums.iter().enumerate() {
            // SAFETY: the caller's promise.
            unsafe { _mm512_storeu_ps(out.add(r * stride + 16 * v), *sum) };
        }
    }
}

/// The words as pairs of bf16.
#[inline]
#[target_feature(enable = "avx512f")]
fn bf16(words: __m512i) -> __m512bh {
    // SAFETY: both are 64 bytes of plain data.
    unsafe { std::mem::transmute(words) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn load(words: &Words) -> __m512i {
    // SAFETY: both are 64 bytes of plain data.
    unsafe { std::mem::transmute(*words) }
}

#[inline]
#[target_feature(enable = "avx512f")]
fn store(row: __m512i, into: &mut Words) {
    // SAFETY: both are 64 bytes of plain data.
    *into = unsafe { std::mem::transmute::<__m512i, Words>(row) };
}

impl Packer for Avx512 {
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    unsafe fn pairs(values: *const f32, into: &mut Words) {
        // SAFETY: the caller's promise.
        unsafe { store(round(values, values.add(16)), into) };
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    unsafe fn zip(first: *const f32, second: *const f32, into: &mut Words) {
        // Where the halves of each word come from: the first values, and the second ones.
        const ORDER: Words = {
            let mut order = [0; 16];
            let mut i = 0;
            while i < 16 {
                order[i] = i as u32 | (16 + i as u32) << 16;
                i += 1;
            }
            order
        };
        // SAFETY: the caller's promise.
        let rounded = unsafe { round(first, second) };
        store(_mm512_permutexvar_epi16(load(&ORDER), rounded), into);
    }

    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
    unsafe fn transpose(tile: &mut Tile) {
        // Zipping rows 8 apart moves each index bit of an element one place up,
        // rows' bits above columns'. Four times that, and they have changed places.
        let low = _mm512_setr_epi32(0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
        let high = _mm512_or_si512(low, _mm512_set1_epi32(8));
        let mut rows = [_mm512_setzero_si512(); 16];
        for (row, words) in rows.iter_mut().zip(&tile.0) {
            *row = load(words);
        }
        for _ in 0..4 {
            let before = rows;
            for i in 0..8 {
                rows[2 * i] = _mm512_permutex2var_epi32(before[i], low, before[i + 8]);
                rows[2 * i + 1] = _mm512_permutex2var_epi32(before[i], high, before[i + 8]);
            }
        }
        for (row, words) in rows.into_iter().zip(&mut tile.0) {
            store(row, words);
        }
    }
}

/// Rounds 16 and then another 16 values.
///
/// # Safety
///
/// The CPU has the features, and the values can be read.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
unsafe fn round(first: *const f32, second: *const f32) -> __m512i {
    // SAFETY: the caller's promise; both types are 64 bytes of plain data.
    unsafe {
        let rounded = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(second), _mm512_loadu_ps(first));
        std::mem::transmute(rounded)
    }
}
