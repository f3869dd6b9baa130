//! A linear map with its bias and activation.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    math,
    matmul::{Into, Matrix, parallel_product},
    reference,
};

/// What follows a linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// GELU in its exact (erf) form.
    Gelu,
    /// The hyperbolic tangent.
    Tanh,
}

/// `activation(x weight + bias)`.
///
/// # Shapes
///
/// - x: `[rows, inputs]`
/// - weight: `[inputs, outputs]`
/// - bias: `[outputs]`
/// - output: `[rows, outputs]`
pub fn linear(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<2> {
    if is_flex(&x.device()) {
        let inputs = [x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()];
        return fuse(Arc::new(LinearOp(activation)), inputs);
    }
    reference::linear(x, weight, bias, activation)
}

/// Values a thread works on at a time in element-wise passes.
const CHUNK: usize = 16 * 1024;

#[derive(Debug)]
struct LinearOp(Activation);

impl FusedOp for LinearOp {
    fn retains(&self, input: usize) -> bool {
        input < 2
    }

    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x, weight, bias] = inputs else { unreachable!("three inputs") };
        let (rows, width, outputs) = (x.shape[0], x.shape[1], bias.data.len());
        let mut out = Vec::with_capacity(rows * outputs);
        (0..rows).for_each(|_| out.extend_from_slice(bias.data));
        let (a, b) = (Matrix::new(x.data, rows, width), Matrix::new(weight.data, width, outputs));
        parallel_product(&mut out, outputs, a, b, Into::Add);
        let saved = match self.0 {
            Activation::None => Saved::default(),
            Activation::Gelu => {
                let before = if keep { vec![out.clone()] } else { Saved::default() };
                in_chunks(&mut out, gelu);
                before
            }
            Activation::Tanh => {
                in_chunks(&mut out, tanh);
                if keep { vec![out.clone()] } else { Saved::default() }
            }
        };
        (out, vec![rows, outputs], saved)
    }

    fn backward(&self, inputs: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let (Some(x), Some(weight)) = (inputs[0], inputs[1]) else { unreachable!("retained") };
        let (rows, width, outputs) = (x.shape[0], x.shape[1], weight.shape[1]);
        let before_activation;
        let grad = match self.0 {
            Activation::None => grad,
            Activation::Gelu => {
                before_activation = zip_chunks(grad, &saved[0], through_gelu);
                &before_activation
            }
            Activation::Tanh => {
                before_activation = zip_chunks(grad, &saved[0], through_tanh);
                &before_activation
            }
        };
        let grad_matrix = Matrix::new(grad, rows, outputs);
        let mut grad_x = vec![0.0; rows * width];
        let weight = Matrix::new(weight.data, width, outputs);
        parallel_product(&mut grad_x, width, grad_matrix, weight.t(), Into::Replace);
        let mut grad_weight = vec![0.0; width * outputs];
        let x = Matrix::new(x.data, rows, width);
        parallel_product(&mut grad_weight, outputs, x.t(), grad_matrix, Into::Replace);
        vec![
            Grad::Values(grad_x),
            Grad::Values(grad_weight),
            Grad::Values(column_sums(grad, outputs)),
        ]
    }
}

/// Applies `f` to all values, on all threads.
fn in_chunks(values: &mut [f32], f: fn(&mut [f32])) {
    values.par_chunks_mut(CHUNK).for_each(f);
}

/// Calls `f` with each part of the output, of the gradient and of what was saved, on all threads.
fn zip_chunks(grad: &[f32], saved: &[f32], f: fn(&mut [f32], &[f32], &[f32])) -> Vec<f32> {
    let mut out = vec![0.0; grad.len()];
    let parts = grad.par_chunks(CHUNK).zip(saved.par_chunks(CHUNK));
    out.par_chunks_mut(CHUNK).zip(parts).for_each(|(out, (grad, saved))| f(out, grad, saved));
    out
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn gelu(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = math::gelu(*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn tanh(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = math::tanh(*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through_gelu(out: &mut [f32], grad: &[f32], before: &[f32]) {
    for ((out, g), z) in out.iter_mut().zip(grad).zip(before) {
        *out = g * math::gelu_slope(*z);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through_tanh(out: &mut [f32], grad: &[f32], after: &[f32]) {
    for ((out, g), y) in out.iter_mut().zip(grad).zip(after) {
        *out = g * (1.0 - y * y);
    }
}

/// The sum of the rows of `values`, `[rows, columns]`. Rows are added in order, so the bits repeat.
pub(crate) fn column_sums(values: &[f32], columns: usize) -> Vec<f32> {
    let mut sums = vec![0.0; columns];
    if columns == 0 {
        return sums;
    }
    sums.par_chunks_mut(256).enumerate().for_each(|(block, sums)| {
        let from = block * 256;
        for row in values.chunks_exact(columns) {
            for (sum, value) in sums.iter_mut().zip(&row[from..]) {
                *sum += value;
            }
        }
    });
    sums
}
