//! A linear map with its bias and activation.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{PART, repeated, written},
    math,
    matmul::{Into, Matrix, parallel_product, two_products},
    precision::Precision,
    reference,
};

/// What follows a linear map.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activation {
    /// Nothing.
    None,
    /// GELU in its exact (erf) form.
    Gelu,
    /// GELU in its tanh form, which ALBERT was trained with.
    GeluTanh,
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
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&x.device()) {
        let inputs = [x.into_dispatch(), weight.into_dispatch(), bias.into_dispatch()];
        return fuse(Arc::new(LinearOp { activation, precision }), inputs);
    }
    reference::linear(x, weight, bias, activation, precision)
}

#[derive(Debug)]
struct LinearOp {
    activation: Activation,
    precision: Precision,
}

impl FusedOp for LinearOp {
    fn retains(&self, input: usize) -> bool {
        input < 2
    }

    fn retains_output(&self) -> bool {
        self.activation == Activation::Tanh
    }

    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x, weight, bias] = inputs else { unreachable!("three inputs") };
        let (rows, width, outputs) = (x.shape[0], x.shape[1], bias.data.len());
        let mut out = repeated(bias.data, rows);
        let (a, b) = (Matrix::new(x.data, rows, width), Matrix::new(weight.data, width, outputs));
        parallel_product(&mut out, outputs, a, b, Into::Add, self.precision);
        let mut saved = Saved::default();
        match self.activation {
            Activation::None => {}
            Activation::Gelu if keep => {
                let activated = map_chunks(&out, gelu);
                saved.push(std::mem::replace(&mut out, activated));
            }
            Activation::Gelu => out.par_chunks_mut(PART).for_each(gelu_in_place),
            Activation::GeluTanh if keep => {
                let activated = map_chunks(&out, gelu_tanh);
                saved.push(std::mem::replace(&mut out, activated));
            }
            Activation::GeluTanh => out.par_chunks_mut(PART).for_each(gelu_tanh_in_place),
            Activation::Tanh => out.par_chunks_mut(PART).for_each(tanh_in_place),
        }
        (out, vec![rows, outputs], saved)
    }

    fn backward(&self, inputs: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(x), Some(weight), _, output] = inputs else { unreachable!("retained") };
        let (rows, width, outputs) = (x.shape[0], x.shape[1], weight.shape[1]);
        let before_activation;
        let grad = match self.activation {
            Activation::None => grad,
            Activation::Gelu => {
                before_activation = zip_chunks(grad, &saved[0], through_gelu);
                &before_activation
            }
            Activation::GeluTanh => {
                before_activation = zip_chunks(grad, &saved[0], through_gelu_tanh);
                &before_activation
            }
            Activation::Tanh => {
                let output = output.expect("retained");
                before_activation = zip_chunks(grad, output.data, through_tanh);
                &before_activation
            }
        };
        let grad_matrix = Matrix::new(grad, rows, outputs);
        let weight = Matrix::new(weight.data, width, outputs);
        let x = Matrix::new(x.data, rows, width);
        let (grad_x, grad_weight) =
            two_products([grad_matrix, weight.t()], [x.t(), grad_matrix], self.precision);
        vec![
            Grad::Values(grad_x),
            Grad::Values(grad_weight),
            Grad::Values(column_sums(grad, outputs)),
        ]
    }
}

/// Calls `f` with each part of the output and of the values, on all threads.
fn map_chunks(values: &[f32], f: fn(&mut [f32], &[f32])) -> Vec<f32> {
    written(values.len(), PART, |number, out| f(out, &values[number * PART..][..out.len()]))
}

/// Calls `f` with each part of the output, of the gradient and of what was saved, on all threads.
fn zip_chunks(grad: &[f32], saved: &[f32], f: fn(&mut [f32], &[f32], &[f32])) -> Vec<f32> {
    written(grad.len(), PART, |number, out| {
        let part = number * PART..number * PART + out.len();
        f(out, &grad[part.clone()], &saved[part]);
    })
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn gelu(out: &mut [f32], values: &[f32]) {
    out.iter_mut().zip(values).for_each(|(out, x)| *out = math::gelu(*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn gelu_in_place(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = math::gelu(*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn gelu_tanh(out: &mut [f32], values: &[f32]) {
    out.iter_mut().zip(values).for_each(|(out, x)| *out = math::gelu_tanh(*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn gelu_tanh_in_place(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = math::gelu_tanh(*x));
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through_gelu_tanh(out: &mut [f32], grad: &[f32], before: &[f32]) {
    for ((out, g), z) in out.iter_mut().zip(grad).zip(before) {
        *out = g * math::gelu_tanh_slope(*z);
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn tanh_in_place(values: &mut [f32]) {
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
    written(columns, COLUMNS, |block, sums| add_rows(sums, values, columns, block * COLUMNS))
}

/// Columns that a thread sums at a time.
const COLUMNS: usize = 128;

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_rows(sums: &mut [f32], values: &[f32], columns: usize, from: usize) {
    for row in values.chunks_exact(columns) {
        for (sum, value) in sums.iter_mut().zip(&row[from..]) {
            *sum += value;
        }
    }
}
