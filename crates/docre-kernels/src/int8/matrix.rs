//! A matrix in eight bits, as a file holds it.

use rayon::prelude::*;

/// The largest magnitude of a byte. -128 isn't used, so that signs are alike.
pub(super) const MOST: f32 = 127.0;

/// Added to 1.5 · 2^23, a number's nearest integer is left in the lowest bits. A cast would
/// saturate, one value at a time.
pub(super) const NEAREST: f32 = 12_582_912.0;

/// The smallest value that a row is scaled by; a row whose values are all smaller is zero.
pub(super) const LEAST: f32 = 1e-30;

/// A matrix of signed bytes, `[rows, columns]`, with a scale for each row: of a linear map, its
/// outputs, as PyTorch has them; of a table of embeddings, its entries.
///
/// ```
/// use docre_kernels::Int8Matrix;
///
/// let matrix = Int8Matrix::quantise(&[0.75, -2.0, 0.0, 0.5], 2, 2);
/// assert_eq!(matrix.values(), [48, -127, 0, 127]);
/// let again = Int8Matrix::quantise(&matrix.dequantise(), 2, 2);
/// assert_eq!(again, matrix);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Int8Matrix {
    values: Vec<i8>,
    scales: Vec<f32>,
    columns: usize,
}

impl Int8Matrix {
    /// Rounds a matrix. One that was rounded before and made into floats becomes what it was.
    ///
    /// # Panics
    ///
    /// Panics if the values aren't as many as rows times columns.
    pub fn quantise(values: &[f32], rows: usize, columns: usize) -> Self {
        assert_eq!(values.len(), rows * columns, "a value for each row and column");
        let mut matrix = Self { values: vec![0; values.len()], scales: vec![0.0; rows], columns };
        let width = columns.max(1);
        let bytes = matrix.values.par_chunks_mut(width).zip(values.par_chunks(width));
        bytes.zip(&mut matrix.scales).for_each(|((bytes, values), scale)| {
            *scale = scale_of(values);
            if *scale > 0.0 {
                for (byte, value) in bytes.iter_mut().zip(values) {
                    *byte = (value / *scale + NEAREST).to_bits() as i8;
                }
            }
        });
        matrix
    }

    /// A matrix of these bytes and scales.
    ///
    /// # Errors
    ///
    /// Says what is wrong where they don't fit together, or aren't such numbers.
    pub fn new(values: Vec<i8>, scales: Vec<f32>, columns: usize) -> Result<Self, String> {
        if values.len() != scales.len() * columns {
            return Err(format!(
                "{} scales don't fit {} values in rows of {columns}",
                scales.len(),
                values.len()
            ));
        }
        match scales.iter().find(|scale| !scale.is_finite() || **scale < 0.0) {
            Some(scale) => Err(format!("a scale is {scale}, but must be finite and not negative")),
            None => Ok(Self { values, scales, columns }),
        }
    }

    /// The values as 32-bit floats.
    pub fn dequantise(&self) -> Vec<f32> {
        let mut values = vec![0.0; self.values.len()];
        if self.columns > 0 {
            let rows = values.par_chunks_mut(self.columns).enumerate();
            rows.for_each(|(row, out)| self.read_row(row, out));
        }
        values
    }

    /// Writes a row as 32-bit floats.
    pub(super) fn read_row(&self, row: usize, out: &mut [f32]) {
        let scale = self.scales[row];
        for (out, byte) in out.iter_mut().zip(self.row(row)) {
            *out = f32::from(*byte) * scale;
        }
    }

    /// The bytes of a row.
    pub(super) fn row(&self, row: usize) -> &[i8] {
        &self.values[row * self.columns..][..self.columns]
    }

    /// `[rows, columns]`, row by row.
    pub fn values(&self) -> &[i8] {
        &self.values
    }

    /// `[rows]`
    pub fn scales(&self) -> &[f32] {
        &self.scales
    }

    /// The rows and columns.
    pub fn dims(&self) -> [usize; 2] {
        [self.scales.len(), self.columns]
    }
}

/// The scale of a row: the largest magnitude over 127, rounded up to 16 significant bits, so that
/// a byte times the scale is exact in 32-bit floats and rounds to the same scale again.
fn scale_of(values: &[f32]) -> f32 {
    let most = values.iter().fold(0.0f32, |most, value| most.max(value.abs()));
    if most < LEAST || !most.is_finite() {
        return 0.0;
    }
    f32::from_bits(((most / MOST).to_bits() + 0xff) & !0xff)
}
