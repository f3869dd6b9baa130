//! New buffers, written on all threads.
//!
//! A buffer that one thread fills first, if only with zeros, costs as much as a
//! small kernel: all others wait for the memory.

use std::mem::MaybeUninit;

use rayon::prelude::*;

/// Values a thread writes at a time where a kernel has no unit of its own: 64 kB, which stay
/// in the cache between the zeros and the values.
pub(crate) const PART: usize = 16 * 1024;

/// A buffer of `length` values. `write` gets each part of `part` values by its number, all zero.
pub(crate) fn written(
    length: usize,
    part: usize,
    write: impl Fn(usize, &mut [f32]) + Sync,
) -> Vec<f32> {
    let mut values: Vec<f32> = Vec::with_capacity(length);
    let parts = values.spare_capacity_mut()[..length].par_chunks_mut(part.max(1));
    parts.enumerate().for_each(|(number, part)| {
        part.fill(MaybeUninit::new(0.0));
        // SAFETY: the line above has initialised all of the part.
        let part = unsafe { std::slice::from_raw_parts_mut(part.as_mut_ptr().cast(), part.len()) };
        write(number, part);
    });
    // SAFETY: the parts are all of the buffer.
    unsafe { values.set_len(length) };
    values
}

/// `length` zeros.
pub(crate) fn zeros(length: usize) -> Vec<f32> {
    written(length, PART, |_, _| {})
}

/// A buffer of rows that all equal `row`.
pub(crate) fn repeated(row: &[f32], rows: usize) -> Vec<f32> {
    let width = row.len().max(1);
    let rows_a_part = (PART / width).max(1);
    written(rows * row.len(), rows_a_part * width, |_, part| {
        part.chunks_exact_mut(width).for_each(|out| out.copy_from_slice(row));
    })
}
