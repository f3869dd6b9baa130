//! Layer normalisation, with the residual connection and dropout before it.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{written, zeros},
    dropout::{Dropout, Stream, masked},
    reference,
};

/// `LayerNorm(x)` over the last dimension.
///
/// # Shapes
///
/// - x, output: `[rows, width]`
/// - gamma, beta: `[width]`
pub fn layer_norm(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<2> {
    if is_flex(&x.device()) {
        let inputs = [gamma.into_dispatch(), beta.into_dispatch(), x.into_dispatch()];
        return fuse(
            Arc::new(LayerNormOp { epsilon, residual: false, dropout: Dropout::OFF }),
            inputs,
        );
    }
    reference::layer_norm(x, gamma, beta, epsilon)
}

/// `LayerNorm(dropout(x) + residual)`, what ends each half of a transformer layer.
///
/// # Shapes
///
/// - x, residual, output: `[rows, width]`
/// - gamma, beta: `[width]`
pub fn add_layer_norm(
    x: Tensor<2>,
    residual: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    dropout: Dropout,
) -> Tensor<2> {
    if is_flex(&x.device()) {
        let inputs = [
            gamma.into_dispatch(),
            beta.into_dispatch(),
            residual.into_dispatch(),
            x.into_dispatch(),
        ];
        return fuse(Arc::new(LayerNormOp { epsilon, residual: true, dropout }), inputs);
    }
    reference::add_layer_norm(x, residual, gamma, beta, epsilon, dropout)
}

/// Rows a thread works on at a time; sums over rows are made of these blocks'
/// sums in order, so that their bits repeat.
const ROWS: usize = 64;

/// Inputs: gamma, beta, and what is normalised: either `x`, or the residual and `x`.
#[derive(Debug)]
struct LayerNormOp {
    epsilon: f64,
    residual: bool,
    dropout: Dropout,
}

impl FusedOp for LayerNormOp {
    fn retains(&self, input: usize) -> bool {
        input == 0
    }

    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let (gamma, beta, rest) = (inputs[0].data, inputs[1].data, &inputs[2..]);
        let width = gamma.len();
        let mut normal = self.sum(rest, width);
        let rows = normal.len() / width;
        let mut inverse = vec![0.0; rows];
        let mut out = zeros(normal.len());
        let chunk = ROWS * width;
        out.par_chunks_mut(chunk)
            .zip(normal.par_chunks_mut(chunk))
            .zip(inverse.par_chunks_mut(ROWS))
            .for_each(|((out, normal), inverse)| {
                forward_rows(out, normal, inverse, gamma, beta, self.epsilon as f32);
            });
        let saved = if keep { vec![normal, inverse] } else { Saved::default() };
        (out, vec![rows, width], saved)
    }

    fn backward(&self, inputs: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let gamma = inputs[0].expect("retained").data;
        let width = gamma.len();
        let (normal, inverse) = (&saved[0], &saved[1]);
        let mut grad_sum = zeros(grad.len());
        let chunk = ROWS * width;
        let partial: Vec<(Vec<f32>, Vec<f32>)> = grad_sum
            .par_chunks_mut(chunk)
            .zip(grad.par_chunks(chunk))
            .zip(normal.par_chunks(chunk))
            .zip(inverse.par_chunks(ROWS))
            .map(|(((out, grad), normal), inverse)| {
                backward_rows(out, grad, normal, inverse, gamma)
            })
            .collect();
        let (mut grad_gamma, mut grad_beta) = (vec![0.0; width], vec![0.0; width]);
        for (gamma, beta) in partial {
            grad_gamma.iter_mut().zip(gamma).for_each(|(sum, value)| *sum += value);
            grad_beta.iter_mut().zip(beta).for_each(|(sum, value)| *sum += value);
        }
        let grad_x = self.residual.then(|| self.through_dropout(&grad_sum));
        let mut grads =
            vec![Grad::Values(grad_gamma), Grad::Values(grad_beta), Grad::Values(grad_sum)];
        grads.extend(grad_x);
        grads
    }
}

impl LayerNormOp {
    /// What is normalised: `x`, or `dropout(x) + residual`.
    fn sum(&self, inputs: &[View], width: usize) -> Vec<f32> {
        let [residual, x] = inputs else { return inputs[0].data.to_vec() };
        let stream = self.dropout.stream();
        let off = self.dropout.is_off();
        let chunk = ROWS * width;
        written(x.data.len(), chunk, |block, sum| {
            let part = block * chunk..block * chunk + sum.len();
            let (x, residual) = (&x.data[part.clone()], &residual.data[part]);
            if off {
                let values = sum.iter_mut().zip(x).zip(residual);
                values.for_each(|((sum, x), residual)| *sum = x + residual);
            } else {
                add_masked(sum, x, residual, stream, (block * chunk) as u32);
            }
        })
    }

    /// The gradient of `x` from that of the sum, which is the residual's.
    fn through_dropout(&self, grad: &[f32]) -> Grad {
        if self.dropout.is_off() {
            return Grad::SameAs(2);
        }
        Grad::Values(masked(grad, self.dropout))
    }
}

/// `out = x ∘ mask + residual`, the mask from position `start` on.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_masked(out: &mut [f32], x: &[f32], residual: &[f32], stream: Stream, start: u32) {
    for (index, ((out, x), residual)) in out.iter_mut().zip(x).zip(residual).enumerate() {
        *out = x * stream.factor(start.wrapping_add(index as u32)) + residual;
    }
}

/// Normalises rows in place, scales and shifts them into `out`, and keeps what each was divided by.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub(crate) fn forward_rows(
    out: &mut [f32],
    rows: &mut [f32],
    inverse: &mut [f32],
    gamma: &[f32],
    beta: &[f32],
    epsilon: f32,
) {
    let width = gamma.len();
    let rows = out.chunks_exact_mut(width).zip(rows.chunks_exact_mut(width));
    for ((out, row), inverse) in rows.zip(inverse) {
        *inverse = normalise(row, epsilon);
        for (((out, x), g), b) in out.iter_mut().zip(row).zip(gamma).zip(beta) {
            *out = x.mul_add(*g, *b);
        }
    }
}

/// Shifts and scales a row to mean 0 and variance 1; returns the scale.
#[inline(always)]
fn normalise(row: &mut [f32], epsilon: f32) -> f32 {
    let width = row.len() as f32;
    let mean = sum_of(row, |x| x) / width;
    let variance = sum_of(row, |x| (x - mean) * (x - mean)) / width;
    let inverse = 1.0 / (variance + epsilon).sqrt();
    for x in row.iter_mut() {
        *x = (*x - mean) * inverse;
    }
    inverse
}

/// `Σ f(x)` in 16 lanes, so that it vectorises.
#[inline(always)]
pub(crate) fn sum_of(row: &[f32], f: impl Fn(f32) -> f32) -> f32 {
    let mut lanes = [0.0; 16];
    let mut chunks = row.chunks_exact(16);
    for chunk in &mut chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane += f(*x);
        }
    }
    let rest: f32 = chunks.remainder().iter().map(|x| f(*x)).sum();
    lanes.iter().sum::<f32>() + rest
}

/// The gradient of what was normalised, and the sums for gamma and beta over these rows.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn backward_rows(
    out: &mut [f32],
    grad: &[f32],
    normal: &[f32],
    inverse: &[f32],
    gamma: &[f32],
) -> (Vec<f32>, Vec<f32>) {
    let width = gamma.len();
    let (mut grad_gamma, mut grad_beta) = (vec![0.0; width], vec![0.0; width]);
    let rows = out
        .chunks_exact_mut(width)
        .zip(grad.chunks_exact(width))
        .zip(normal.chunks_exact(width))
        .zip(inverse);
    for (((out, grad), normal), inverse) in rows {
        for i in 0..width {
            grad_gamma[i] += grad[i] * normal[i];
            grad_beta[i] += grad[i];
            out[i] = grad[i] * gamma[i];
        }
        let mean = sum_of(out, |x| x) / width as f32;
        let along = dot(out, normal) / width as f32;
        for (out, x) in out.iter_mut().zip(normal) {
            *out = (*out - mean - x * along) * inverse;
        }
    }
    (grad_gamma, grad_beta)
}

/// The inner product, in 16 lanes.
#[inline(always)]
pub(crate) fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; 16];
    let (mut a, mut b) = (a.chunks_exact(16), b.chunks_exact(16));
    for (a, b) in (&mut a).zip(&mut b) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let rest: f32 = a.remainder().iter().zip(b.remainder()).map(|(a, b)| a * b).sum();
    lanes.iter().sum::<f32>() + rest
}
