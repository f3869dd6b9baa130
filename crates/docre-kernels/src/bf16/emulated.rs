//! bfloat16 on any CPU: rounded operands, to be multiplied as 32-bit floats.

use multiversion::multiversion;

use crate::{
    buffer::{PART, written},
    matmul::Matrix,
};

/// A copy of a matrix whose values are rounded to bfloat16.
pub(crate) struct Rounded<'a> {
    matrix: Matrix<'a>,
    values: Vec<f32>,
}

impl<'a> Rounded<'a> {
    pub fn new(matrix: Matrix<'a>) -> Self {
        let values = written(matrix.data.len(), PART, |part, out| {
            round_to_bf16(out, &matrix.data[part * PART..][..out.len()]);
        });
        Self { matrix, values }
    }

    pub fn matrix(&self) -> Matrix<'_> {
        Matrix { data: &self.values, ..self.matrix }
    }
}

/// Rounds to the nearest value with 8 significant bits, ties to even.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn round_to_bf16(out: &mut [f32], values: &[f32]) {
    for (out, x) in out.iter_mut().zip(values) {
        let bits = x.to_bits();
        let rounded = bits.wrapping_add(0x7fff + ((bits >> 16) & 1)) & 0xffff_0000;
        *out = if x.is_nan() { *x } else { f32::from_bits(rounded) };
    }
}
