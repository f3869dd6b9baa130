//! Rows that are rounded to bytes at run time.

use multiversion::multiversion;

use super::{
    matrix::{LEAST, MOST, NEAREST},
    packed::{DEPTH, LANES, Tile},
};

/// Rounds rows of `width` values into tiles, half a panel (16 rows) after another, and returns
/// nothing but their scales. Bytes are turned by `flip`: by nothing, or so that they are unsigned
/// and 128 greater. Rows that are missing from the last half are left as they were.
pub(super) fn quantise_rows(
    values: &[f32],
    width: usize,
    flip: u8,
    tiles: &mut [Tile],
    scales: &mut [f32],
) {
    let steps = width.div_ceil(DEPTH);
    let rows = values.chunks_exact(width.max(1)).zip(scales);
    for (row, (values, scale)) in rows.enumerate() {
        let half = &mut tiles[row / LANES * steps..][..steps];
        *scale = quantise_row(values, flip, half, row % LANES);
    }
}

/// The scale of the row. One with a value that isn't finite has no other values either.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx2+fma", "x86_64+avx2+fma"))]
fn quantise_row(values: &[f32], flip: u8, tiles: &mut [Tile], lane: usize) -> f32 {
    // As integers, magnitudes are ordered alike, and what isn't a number is the greatest.
    let most = values.iter().fold(0u32, |most, value| most.max(value.to_bits() & 0x7fff_ffff));
    let most = f32::from_bits(most);
    let factor = if most >= LEAST && most.is_finite() { MOST / most } else { 0.0 };
    let (whole, rest) = values.as_chunks::<DEPTH>();
    for (values, tile) in whole.iter().zip(tiles.iter_mut()) {
        let out = &mut tile.0[lane];
        for (out, value) in out.iter_mut().zip(values) {
            *out = byte(*value, factor) ^ flip as i8;
        }
    }
    if !rest.is_empty() {
        let out = &mut tiles[whole.len()].0[lane];
        *out = [flip as i8; DEPTH];
        for (out, value) in out.iter_mut().zip(rest) {
            *out = byte(*value, factor) ^ flip as i8;
        }
    }
    if factor > 0.0 {
        most / MOST
    } else if most < LEAST {
        0.0
    } else {
        f32::NAN
    }
}

#[inline(always)]
fn byte(value: f32, factor: f32) -> i8 {
    let value = if factor == 0.0 { 0.0 } else { value };
    value.mul_add(factor, NEAREST).to_bits() as i8
}
