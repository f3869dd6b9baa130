//! A table of embeddings in eight bits.

use burn::tensor::{Device, Tensor, TensorData};

use super::matrix::Int8Matrix;
use crate::buffer::{PART, written};

/// The rows of a table, one for each number, as 32-bit floats.
///
/// # Shapes
///
/// - table: `[rows, width]`
/// - numbers: below `rows`
/// - output: `[numbers, width]`
pub fn gather_int8(table: &Int8Matrix, numbers: &[u32], device: &Device) -> Tensor<2> {
    let [_, width] = table.dims();
    let rows_a_part = (PART / width.max(1)).max(1);
    let values = written(numbers.len() * width, rows_a_part * width, |part, out| {
        let numbers = &numbers[part * rows_a_part..];
        for (out, number) in out.chunks_exact_mut(width).zip(numbers) {
            table.read_row(*number as usize, out);
        }
    });
    Tensor::from_data(TensorData::new(values, [numbers.len(), width]), device)
}
