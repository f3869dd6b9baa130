//! Batch normalisation over rows, and the rectifier that follows it.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{written, zeros},
    matmul::Shared,
    reference,
};

/// Where the moments that rows are normalised by come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Moments {
    /// From the very rows: the gradient goes through them.
    OfRows,
    /// From elsewhere: constants.
    Given,
}

/// The mean and the (biased) variance of each column, without a gradient.
///
/// # Shapes
///
/// - x: `[rows, width]`, at least one row
/// - output: `[2, width]`, the means, then the variances
pub fn column_moments(x: Tensor<2>) -> Tensor<2> {
    let x = x.detach().set_require_grad(false);
    if is_flex(&x.device()) {
        return fuse(Arc::new(MomentsOp), [x.into_dispatch()]);
    }
    reference::column_moments(x)
}

/// `relu(gamma (x - mean) / √(variance + epsilon) + beta)`, column by column.
///
/// # Shapes
///
/// - x, output: `[rows, width]`
/// - moments: `[2, width]`, as [`column_moments`] gives them
/// - gamma, beta: `[width]`
pub fn batch_norm_relu(
    x: Tensor<2>,
    moments: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    from: Moments,
) -> Tensor<2> {
    if is_flex(&x.device()) {
        let op = BatchNormOp { epsilon: epsilon as f32, from };
        let inputs = [
            x.into_dispatch(),
            moments.into_dispatch(),
            gamma.into_dispatch(),
            beta.into_dispatch(),
        ];
        return fuse(Arc::new(op), inputs);
    }
    reference::batch_norm_relu(x, moments, gamma, beta, epsilon, from)
}

/// Columns that a thread sums at a time, over all rows in order, so that the bits repeat.
const COLUMNS: usize = 32;

/// Rows that a thread writes at a time.
const ROWS: usize = 64;

#[derive(Debug)]
struct MomentsOp;

impl FusedOp for MomentsOp {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let x = inputs[0];
        let width = x.shape[1];
        let share = 1.0 / x.shape[0] as f32;
        let means = written(width, COLUMNS, |block, means| {
            add_columns(means, x.data, width, block * COLUMNS);
            means.iter_mut().for_each(|mean| *mean *= share);
        });
        let mut moments = means.clone();
        moments.extend(written(width, COLUMNS, |block, variances| {
            let from = block * COLUMNS;
            add_squares(variances, x.data, width, from, &means[from..][..variances.len()]);
            variances.iter_mut().for_each(|variance| *variance *= share);
        }));
        (moments, vec![2, width], Saved::default())
    }

    fn backward(&self, _retained: &[Option<View>], _saved: &Saved, _grad: &[f32]) -> Vec<Grad> {
        unreachable!("moments are taken without a gradient")
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_columns(sums: &mut [f32], x: &[f32], width: usize, from: usize) {
    for row in x.chunks_exact(width) {
        sums.iter_mut().zip(&row[from..]).for_each(|(sum, x)| *sum += x);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_squares(sums: &mut [f32], x: &[f32], width: usize, from: usize, means: &[f32]) {
    for row in x.chunks_exact(width) {
        for ((sum, x), mean) in sums.iter_mut().zip(&row[from..]).zip(means) {
            *sum += (x - mean) * (x - mean);
        }
    }
}

/// Inputs: x, moments, gamma, beta.
#[derive(Debug)]
struct BatchNormOp {
    epsilon: f32,
    from: Moments,
}

impl BatchNormOp {
    /// What columns are scaled by: `1 / √(variance + epsilon)`.
    fn inverse(&self, moments: View) -> Vec<f32> {
        let variances = &moments.data[moments.shape[1]..];
        variances.iter().map(|variance| 1.0 / (variance + self.epsilon).sqrt()).collect()
    }
}

impl FusedOp for BatchNormOp {
    fn retains(&self, input: usize) -> bool {
        input < 3
    }

    fn retains_output(&self) -> bool {
        true
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x, moments, gamma, beta] = inputs else { unreachable!("four inputs") };
        let width = x.shape[1];
        let means = &moments.data[..width];
        let inverse = self.inverse(*moments);
        let scale: Vec<f32> = gamma.data.iter().zip(&inverse).map(|(g, i)| g * i).collect();
        let out = written(x.data.len(), ROWS * width, |part, out| {
            let rows = &x.data[part * ROWS * width..][..out.len()];
            for (out, x) in out.chunks_exact_mut(width).zip(rows.chunks_exact(width)) {
                normalise(out, x, means, &scale, beta.data);
            }
        });
        (out, x.shape.to_vec(), Saved::default())
    }

    fn backward(&self, retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(x), Some(moments), Some(gamma), _, Some(y)] = retained else {
            unreachable!("retained")
        };
        let (rows, width) = (x.shape[0], x.shape[1]);
        let (means, inverse) = (&moments.data[..width], self.inverse(*moments));
        let mut grad_gamma = zeros(width);
        let mut grad_beta = zeros(width);
        let shared = (Shared::new(&mut grad_gamma), Shared::new(&mut grad_beta));
        (0..width.div_ceil(COLUMNS)).into_par_iter().for_each(|block| {
            let from = block * COLUMNS;
            let count = COLUMNS.min(width - from);
            // SAFETY: no other thread touches these columns.
            let (gamma, beta) = unsafe { (shared.0.part(from, count), shared.1.part(from, count)) };
            let rows = x.data.chunks_exact(width).zip(y.data.chunks_exact(width));
            for ((x, y), grad) in rows.zip(grad.chunks_exact(width)) {
                add_gradients(gamma, beta, &x[from..], &y[from..], &grad[from..], &means[from..]);
            }
            gamma.iter_mut().zip(&inverse[from..]).for_each(|(sum, inverse)| *sum *= inverse);
        });
        // How much the moments' own dependence on the rows takes away.
        let share = if self.from == Moments::OfRows { 1.0 / rows as f32 } else { 0.0 };
        let columns = (0..width).map(|i| Column {
            mean: means[i],
            inverse: inverse[i],
            scale: gamma.data[i] * inverse[i],
            along_mean: share * grad_beta[i],
            along_x: share * grad_gamma[i],
        });
        let columns: Vec<Column> = columns.collect();
        let grad_x = written(x.data.len(), ROWS * width, |part, out| {
            let at = part * ROWS * width..part * ROWS * width + out.len();
            let rows =
                x.data[at.clone()].chunks_exact(width).zip(y.data[at.clone()].chunks_exact(width));
            let rows = rows.zip(grad[at].chunks_exact(width));
            for (out, ((x, y), grad)) in out.chunks_exact_mut(width).zip(rows) {
                through_norm(out, x, y, grad, &columns);
            }
        });
        vec![
            Grad::Values(grad_x),
            Grad::Values(zeros(2 * width)), // constants, see `column_moments`
            Grad::Values(grad_gamma),
            Grad::Values(grad_beta),
        ]
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn normalise(out: &mut [f32], x: &[f32], means: &[f32], scale: &[f32], beta: &[f32]) {
    for ((((out, x), mean), scale), beta) in out.iter_mut().zip(x).zip(means).zip(scale).zip(beta) {
        *out = (x - mean).mul_add(*scale, *beta).max(0.0);
    }
}

/// `beta += g` and `gamma += g (x - mean)`, with the gradient `g` before the rectifier.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_gradients(
    gamma: &mut [f32],
    beta: &mut [f32],
    x: &[f32],
    y: &[f32],
    grad: &[f32],
    means: &[f32],
) {
    let sums = gamma.iter_mut().zip(beta);
    for (((((gamma, beta), x), y), g), mean) in sums.zip(x).zip(y).zip(grad).zip(means) {
        let g = if *y > 0.0 { *g } else { 0.0 };
        *gamma = g.mul_add(x - mean, *gamma);
        *beta += g;
    }
}

/// What the backward pass needs of a column.
#[derive(Clone, Copy)]
struct Column {
    mean: f32,
    inverse: f32,
    scale: f32,
    along_mean: f32,
    along_x: f32,
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through_norm(out: &mut [f32], x: &[f32], y: &[f32], grad: &[f32], columns: &[Column]) {
    for ((((out, x), y), g), column) in out.iter_mut().zip(x).zip(y).zip(grad).zip(columns) {
        let g = if *y > 0.0 { *g } else { 0.0 };
        let normal = (x - column.mean) * column.inverse;
        *out = column.scale * (g - column.along_mean - normal * column.along_x);
    }
}
