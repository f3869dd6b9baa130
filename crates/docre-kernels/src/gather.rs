//! Rows of a table by number: embeddings. Their gradient is dense, zeros but for those rows.

use std::sync::Arc;

use burn::tensor::Tensor;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{PART, written, zeros},
    reference,
};

/// The rows of a table, one for each number.
///
/// # Shapes
///
/// - table: `[rows, width]`
/// - numbers: below `rows`
/// - output: `[numbers, width]`
pub fn gather_rows(table: Tensor<2>, numbers: &Arc<[u32]>) -> Tensor<2> {
    if is_flex(&table.device()) {
        let op = GatherOp { table: table.dims(), numbers: numbers.clone() };
        return fuse(Arc::new(op), [table.into_dispatch()]);
    }
    reference::gather_rows(table, numbers)
}

#[derive(Debug)]
struct GatherOp {
    /// The table's rows and columns.
    table: [usize; 2],
    numbers: Arc<[u32]>,
}

impl FusedOp for GatherOp {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let (table, [_, width]) = (inputs[0].data, self.table);
        let rows_a_part = (PART / width.max(1)).max(1);
        let out = written(self.numbers.len() * width, rows_a_part * width, |part, out| {
            let numbers = &self.numbers[part * rows_a_part..];
            for (out, number) in out.chunks_exact_mut(width).zip(numbers) {
                out.copy_from_slice(&table[*number as usize * width..][..width]);
            }
        });
        (out, vec![self.numbers.len(), width], Saved::default())
    }

    fn backward(&self, _retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [rows, width] = self.table;
        let mut grad_table = zeros(rows * width);
        // In order, since a row may be read more than once.
        for (grad, number) in grad.chunks_exact(width).zip(self.numbers.iter()) {
            let out = &mut grad_table[*number as usize * width..][..width];
            out.iter_mut().zip(grad).for_each(|(sum, g)| *sum += g);
        }
        vec![Grad::Values(grad_table)]
    }
}
