//! The 3×3 convolution over square grids of any sizes, without the matrix of all patches.
//!
//! For some rows and a few of the nine places at a time, the neighbours' values are laid side
//! by side in a buffer that stays in the cache and multiplied at once. The backward pass lays
//! them again.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{repeated, zeros},
    linear::column_sums,
    matmul::{Into, Matrix, Shared, product_at, sums_alike},
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

/// Rows whose patches a thread holds at a time.
const ROWS: usize = 256;

/// Columns of patches that a thread holds at a time, at least those of one place: with 256 rows,
/// 512 kB.
const COLUMNS: usize = 512;

/// Inputs of a place whose weights' gradients a thread sums at a time.
const INPUTS: usize = 128;

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
        let (width, outputs) = (x.shape[1], bias.data.len());
        let mut out = repeated(bias.data, self.neighbours.count());
        let places = (COLUMNS / width.max(1)).clamp(1, PLACES);
        self.convolve(&mut out, outputs, *x, places, |places, columns| {
            let rows = places.len() * width;
            let weight = &weight.data[places.start * width * outputs..][..rows * outputs];
            Matrix::strided(&weight[columns.start..], rows, columns.len(), outputs)
        });
        (out, vec![self.neighbours.count(), outputs], Saved::default())
    }

    fn backward(&self, inputs: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(x), Some(weight), ..] = inputs else { unreachable!("retained") };
        let (cells, width, outputs) = (x.shape[0], x.shape[1], weight.shape[1]);
        let grad = View { shape: &[cells, outputs], data: grad };
        let mut grad_x = zeros(x.data.len());
        self.convolve(&mut grad_x, width, grad, 1, |place, columns| {
            // A cell is its neighbours' neighbour at the opposite place.
            let first = (PLACES - 1 - place.start) * width + columns.start;
            let weight = &weight.data[first * outputs..][..columns.len() * outputs];
            Matrix::new(weight, columns.len(), outputs).t()
        });
        vec![
            Grad::Values(grad_x),
            Grad::Values(self.grad_weight(*x, grad)),
            Grad::Values(column_sums(grad.data, outputs)),
        ]
    }
}

impl ConvolutionOp {
    /// Adds the convolution of `x` to `out`, `[cells, outputs]`, so many places at a time;
    /// `weight` gives those of some places and outputs, `[places * inputs, outputs]`.
    fn convolve<'w>(
        &self,
        out: &mut [f32],
        outputs: usize,
        x: View,
        places: usize,
        weight: impl Fn(Range<usize>, Range<usize>) -> Matrix<'w> + Sync,
    ) {
        let (cells, width) = (self.neighbours.count(), x.shape[1]);
        let tasks = convolution_tasks(cells, outputs, places * width);
        let out = Shared::new(out);
        tasks.into_par_iter().for_each(|(rows, columns)| {
            let mut buffer = vec![0.0; rows.len() * places * width];
            for first in (0..PLACES).step_by(places) {
                let some = first..(first + places).min(PLACES);
                let patches = &mut buffer[..rows.len() * some.len() * width];
                self.lay(patches, x, rows.clone(), some.clone(), 0..width);
                let patches = Matrix::new(patches, rows.len(), some.len() * width);
                let from = rows.start * outputs + columns.start;
                let target = out.target(from, rows.len(), columns.len(), outputs);
                let weight = weight(some, columns.clone());
                // SAFETY: the task owns these columns of these rows.
                unsafe { product_at(target, patches, weight, Into::Add, self.precision) };
            }
        });
    }

    /// The gradient of the weight, `[9 * inputs, outputs]`.
    fn grad_weight(&self, x: View, grad: View) -> Vec<f32> {
        let (cells, width, outputs) = (x.shape[0], x.shape[1], grad.shape[1]);
        let mut grad_weight = zeros(PLACES * width * outputs);
        let out = Shared::new(&mut grad_weight);
        tasks(PLACES, 1, width, INPUTS).into_par_iter().for_each(|(place, inputs)| {
            let mut buffer = vec![0.0; ROWS.min(cells) * inputs.len()];
            for first in (0..cells).step_by(ROWS) {
                let rows = first..(first + ROWS).min(cells);
                let patches = &mut buffer[..rows.len() * inputs.len()];
                self.lay(patches, x, rows.clone(), place.clone(), inputs.clone());
                let patches = Matrix::new(patches, rows.len(), inputs.len()).t();
                let grad = &grad.data[rows.start * outputs..rows.end * outputs];
                let grad = Matrix::new(grad, rows.len(), outputs);
                let from = (place.start * width + inputs.start) * outputs;
                let target = out.target(from, inputs.len(), outputs, outputs);
                // SAFETY: the task owns the weights of these inputs at this place.
                unsafe { product_at(target, patches, grad, Into::Add, self.precision) };
            }
        });
        grad_weight
    }

    /// Lays some inputs of the neighbours at some places side by side, a patch a row.
    fn lay(
        &self,
        patches: &mut [f32],
        x: View,
        rows: Range<usize>,
        places: Range<usize>,
        inputs: Range<usize>,
    ) {
        let width = x.shape[1];
        let around = rows.flat_map(|row| &self.neighbours.cells[row * PLACES..][places.clone()]);
        for (out, cell) in patches.chunks_exact_mut(inputs.len()).zip(around) {
            match *cell {
                OUTSIDE => out.fill(0.0),
                cell => out.copy_from_slice(&x.data[cell as usize * width..][inputs.clone()]),
            }
        }
    }
}

/// Tasks that there are at least, if the sizes allow it: two a thread of two.
const TASKS: usize = 4;

/// The rows and outputs of each task of a convolution: fewer outputs where there are few rows,
/// so that every thread has something to do. How sums are cut depends on the sizes alone: more
/// threads get smaller tasks where that changes no sum. A task has at most so many inputs.
fn convolution_tasks(
    cells: usize,
    outputs: usize,
    inputs: usize,
) -> Vec<(Range<usize>, Range<usize>)> {
    let blocks = |tasks: usize| tasks.div_ceil(cells.div_ceil(ROWS).max(1));
    let columns =
        |outputs: usize, blocks: usize| outputs.div_ceil(blocks).next_multiple_of(32).max(64);
    let each = columns(outputs, blocks(TASKS));
    let smaller = columns(each, (2 * rayon::current_num_threads()).div_ceil(TASKS));
    let tasks = tasks(cells, ROWS, outputs, each).into_iter();
    tasks
        .flat_map(|(rows, outputs)| {
            let each = if sums_alike(rows.len(), inputs) { smaller } else { outputs.len() };
            let (start, end) = (outputs.start, outputs.end);
            let parts = (start..end).step_by(each.max(1));
            parts.map(move |from| (rows.clone(), from..(from + each).min(end)))
        })
        .collect()
}

/// All combinations of some of `rows` and some of `columns`, so many of each.
fn tasks(
    rows: usize,
    rows_each: usize,
    columns: usize,
    columns_each: usize,
) -> Vec<(Range<usize>, Range<usize>)> {
    let parts = |count: usize, each: usize| {
        (0..count).step_by(each).map(move |from| from..(from + each).min(count))
    };
    parts(rows, rows_each)
        .flat_map(|rows| parts(columns, columns_each).map(move |columns| (rows.clone(), columns)))
        .collect()
}
