//! The 3×3 convolution over square grids of any sizes, without the matrix of all patches.
//!
//! For some rows and a few of the nine places at a time, the neighbours' values are laid side
//! by side in a buffer and multiplied at once. The backward pass lays them again.

use std::sync::Arc;

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{repeated, written, zeros},
    linear::column_sums,
    matmul::{Into, Matrix, parallel_product},
    precision::Precision,
    reference,
};

/// The places of a 3×3 window.
const PLACES: usize = 9;

/// Stands for a place beyond the grid's edge.
pub(crate) const OUTSIDE: u32 = u32::MAX;

/// Which cells lie around each cell, for square grids that lie one behind another, each row
/// by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Neighbours {
    /// `[cells, 9]`, each window row by row; the cell itself is in the middle.
    pub(crate) cells: Arc<[u32]>,
}

impl Neighbours {
    /// The neighbours in grids of these sides.
    pub fn of_squares(sides: &[usize]) -> Self {
        let mut cells =
            Vec::with_capacity(PLACES * sides.iter().map(|side| side * side).sum::<usize>());
        let mut first = 0;
        for side in sides {
            for (row, column) in (0..*side).flat_map(|row| (0..*side).map(move |c| (row, c))) {
                cells.extend((0..PLACES).map(|place| {
                    // One more than the neighbour's coordinates, so that they aren't negative.
                    let (y, x) = (row + place / 3, column + place % 3);
                    let inside = (1..=*side).contains(&y) && (1..=*side).contains(&x);
                    if inside { (first + (y - 1) * side + x - 1) as u32 } else { OUTSIDE }
                }));
            }
            first += side * side;
        }
        Self { cells: cells.into() }
    }

    /// The number of cells of all grids.
    pub fn count(&self) -> usize {
        self.cells.len() / PLACES
    }
}

/// The 3×3 convolution with padding 1 on each of several grids: `Σ_p x[neighbour p] W_p + b`,
/// neighbours beyond the edge being zero.
///
/// # Shapes
///
/// - x: `[cells, inputs]`
/// - weight: `[9 * inputs, outputs]`, rows ordered place, input
/// - bias: `[outputs]`
/// - output: `[cells, outputs]`
pub fn convolution(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    neighbours: &Neighbours,
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&x.device()) {
        let op = ConvolutionOp { neighbours: neighbours.clone(), precision };
        let inputs = [x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()];
        return fuse(Arc::new(op), inputs);
    }
    reference::convolution(x, weight, bias, neighbours)
}

/// Rows whose patches are held at a time.
const ROWS: usize = 2048;

/// Columns of patches that are held at a time, at least those of one place.
const COLUMNS: usize = 1024;

#[derive(Debug)]
struct ConvolutionOp {
    neighbours: Neighbours,
    precision: Precision,
}

impl FusedOp for ConvolutionOp {
    fn retains(&self, input: usize) -> bool {
        input < 2
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x, weight, bias] = inputs else { unreachable!("three inputs") };
        let mut out = repeated(bias.data, self.neighbours.count());
        self.add_convolution(&mut out, *x, weight.data);
        (out, vec![self.neighbours.count(), bias.data.len()], Saved::default())
    }

    fn backward(&self, inputs: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(x), Some(weight), ..] = inputs else { unreachable!("retained") };
        let (cells, inputs, outputs) = (x.shape[0], x.shape[1], weight.shape[1]);
        // A cell is its neighbours' neighbour at the opposite place.
        let mut grad_x = zeros(x.data.len());
        let opposite = opposite(weight.data, inputs, outputs);
        self.add_convolution(&mut grad_x, View { shape: &[cells, outputs], data: grad }, &opposite);
        let mut grad_weight = zeros(weight.data.len());
        self.each_patch(*x, |rows, columns, patches| {
            let grad = &grad[rows.start * outputs..rows.end * outputs];
            let grad = Matrix::new(grad, rows.len(), outputs);
            let out = &mut grad_weight[columns.start * outputs..columns.end * outputs];
            parallel_product(out, outputs, patches.t(), grad, Into::Add, self.precision);
        });
        vec![
            Grad::Values(grad_x),
            Grad::Values(grad_weight),
            Grad::Values(column_sums(grad, outputs)),
        ]
    }
}

impl ConvolutionOp {
    /// Adds the convolution of `x` to `out`, `[cells, outputs]`.
    fn add_convolution(&self, out: &mut [f32], x: View, weight: &[f32]) {
        let outputs = weight.len() / (PLACES * x.shape[1]);
        self.each_patch(x, |rows, columns, patches| {
            let weight = &weight[columns.start * outputs..columns.end * outputs];
            let weight = Matrix::new(weight, columns.len(), outputs);
            let out = &mut out[rows.start * outputs..rows.end * outputs];
            parallel_product(out, outputs, patches, weight, Into::Add, self.precision);
        });
    }

    /// Calls `each` with some rows, some columns and that part of the patches, `[cells, 9 *
    /// inputs]`, until all of it was there.
    fn each_patch(
        &self,
        x: View,
        mut each: impl FnMut(std::ops::Range<usize>, std::ops::Range<usize>, Matrix),
    ) {
        let (cells, inputs) = (self.neighbours.count(), x.shape[1]);
        let places = (COLUMNS / inputs.max(1)).clamp(1, PLACES);
        let mut buffer = zeros(ROWS.min(cells) * places * inputs);
        for first in (0..cells).step_by(ROWS) {
            let rows = first..(first + ROWS).min(cells);
            for place in (0..PLACES).step_by(places) {
                let some = place..(place + places).min(PLACES);
                let columns = place * inputs..some.end * inputs;
                let patches = &mut buffer[..rows.len() * columns.len()];
                patches.par_chunks_mut(columns.len().max(1)).enumerate().with_min_len(32).for_each(
                    |(row, patch)| {
                        let around = &self.neighbours.cells[(first + row) * PLACES..][..PLACES];
                        lay(patch, x, &around[some.clone()]);
                    },
                );
                let patches = Matrix::new(patches, rows.len(), columns.len());
                each(rows.clone(), columns, patches);
            }
        }
    }
}

/// Lays the values of some neighbours side by side.
fn lay(patch: &mut [f32], x: View, neighbours: &[u32]) {
    let width = x.shape[1];
    for (out, cell) in patch.chunks_exact_mut(width).zip(neighbours) {
        match *cell {
            OUTSIDE => out.fill(0.0),
            cell => out.copy_from_slice(&x.data[cell as usize * width..][..width]),
        }
    }
}

/// The weight that leads back: each place's transposed, in the order of the opposite places,
/// `[9 * outputs, inputs]`.
fn opposite(weight: &[f32], inputs: usize, outputs: usize) -> Vec<f32> {
    written(weight.len(), outputs * inputs, |place, out| {
        let weight = &weight[(PLACES - 1 - place) * inputs * outputs..][..inputs * outputs];
        for (output, out) in out.chunks_exact_mut(inputs).enumerate() {
            for (out, row) in out.iter_mut().zip(weight.chunks_exact(outputs)) {
                *out = row[output];
            }
        }
    })
}
