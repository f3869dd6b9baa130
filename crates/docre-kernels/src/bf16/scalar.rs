//! A unit in plain Rust, so that all but the instructions is tested on every CPU.

use super::blocks::{Kernel, Size};
use super::pack::{LANES, Operand, Packer, Part, Tile, Words, pack};
use crate::matmul::Into;

pub(super) struct Scalar;

/// The bits of the nearest bf16, of the even one if two are as near.
pub(super) fn bf16(value: f32) -> u16 {
    let bits = value.to_bits();
    if value.is_nan() {
        // Quiet, or cutting bits off could leave an infinity.
        return (bits >> 16) as u16 | 0x40;
    }
    ((bits + 0x7fff + (bits >> 16 & 1)) >> 16) as u16
}

pub(super) fn widen(bits: u16) -> f32 {
    f32::from_bits(u32::from(bits) << 16)
}

fn word(first: f32, second: f32) -> u32 {
    u32::from(bf16(first)) | u32::from(bf16(second)) << 16
}

/// The sum of the two products of a word's halves.
fn dot(a: u32, b: u32) -> f32 {
    widen(a as u16) * widen(b as u16) + widen((a >> 16) as u16) * widen((b >> 16) as u16)
}

impl Packer for Scalar {
    unsafe fn pairs(values: *const f32, into: &mut Words) {
        // SAFETY: the caller's promise.
        let values = unsafe { std::slice::from_raw_parts(values, 32) };
        *into = std::array::from_fn(|i| word(values[2 * i], values[2 * i + 1]));
    }

    unsafe fn zip(first: *const f32, second: *const f32, into: &mut Words) {
        // SAFETY: the caller's promise.
        let (first, second) = unsafe {
            (std::slice::from_raw_parts(first, 16), std::slice::from_raw_parts(second, 16))
        };
        *into = std::array::from_fn(|i| word(first[i], second[i]));
    }

    unsafe fn transpose(tile: &mut Tile) {
        let before = *tile;
        *tile = Tile(std::array::from_fn(|i| std::array::from_fn(|j| before.0[j][i])));
    }
}

impl Kernel for Scalar {
    unsafe fn pack(source: &Operand, part: Part, tiles: &mut [Tile]) {
        // SAFETY: every CPU can do it.
        unsafe { pack::<Scalar>(source, part, tiles) };
    }

    unsafe fn run(work: impl FnOnce()) {
        work();
    }

    unsafe fn multiply(a: &[Tile], b: &[Tile], out: *mut f32, stride: usize, _: Size, into: Into) {
        for (i, j) in (0..LANES).flat_map(|i| (0..LANES).map(move |j| (i, j))) {
            // SAFETY: the caller's promise.
            let out = unsafe { &mut *out.add(i * stride + j) };
            let mut sum = if into == Into::Add { *out } else { 0.0 };
            for (a, b) in a.chunks(2).zip(b.chunks(2)) {
                for pair in 0..16 {
                    sum += dot(a[i / 16].0[i % 16][pair], b[j / 16].0[pair][j % 16]);
                }
            }
            *out = sum;
        }
    }
}
