//! What ends each half of a transformer layer, some rows at a time from beginning to end, so that
//! what lies between stays in the cache.

use std::sync::Arc;

use burn::tensor::Tensor;

use super::{
    linear::{Int8Linear, no_gradient},
    memory,
    product::{Map, Plan, with_rows},
    units::unit,
};
use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse},
    layer_norm::forward_rows,
    linear::Activation,
    matmul::{Matrix, Shared, Target},
};

/// Most rows of a task.
const TASK_ROWS: usize = 64;

/// A layer norm.
#[derive(Debug, Clone)]
pub struct NormAfter {
    /// `[width]`
    pub gamma: Tensor<1>,
    /// `[width]`
    pub beta: Tensor<1>,
    /// Added to the variance.
    pub epsilon: f64,
}

/// Two linear maps with an activation between.
#[derive(Debug, Clone)]
pub struct FeedForward<'a> {
    /// `[width, inner]`
    pub first: &'a Int8Linear,
    /// `[inner]`
    pub first_bias: Tensor<1>,
    /// What follows the first map.
    pub activation: Activation,
    /// `[inner, width]`
    pub second: &'a Int8Linear,
    /// `[width]`
    pub second_bias: Tensor<1>,
}

/// `LayerNorm(x weight + bias + residual)`, with the weight in eight bits.
///
/// # Shapes
///
/// - x: `[rows, inputs]`
/// - residual, output: `[rows, width]`
/// - bias: `[width]`
pub fn linear_norm_int8(
    x: Tensor<2>,
    residual: Tensor<2>,
    weight: &Int8Linear,
    bias: Tensor<1>,
    norm: NormAfter,
) -> Tensor<2> {
    let NormAfter { gamma, beta, epsilon } = norm;
    let op = HalfLayerOp { inner: None, weight: weight.clone(), epsilon: epsilon as f32 };
    let vectors = [gamma, beta, bias].map(Tensor::into_dispatch);
    let inputs = [x, residual].map(Tensor::into_dispatch).into_iter().chain(vectors);
    fuse(Arc::new(op), inputs.collect::<Vec<_>>())
}

/// `LayerNorm(second(activation(first(x))) + x)`, with the weights in eight bits.
///
/// # Shapes
///
/// - x, output: `[rows, width]`
pub fn feed_forward_int8(x: Tensor<2>, maps: FeedForward, norm: NormAfter) -> Tensor<2> {
    let NormAfter { gamma, beta, epsilon } = norm;
    let inner = Some((maps.first.clone(), maps.activation));
    let op = HalfLayerOp { inner, weight: maps.second.clone(), epsilon: epsilon as f32 };
    let vectors = [gamma, beta, maps.second_bias, maps.first_bias].map(Tensor::into_dispatch);
    let inputs = [x.into_dispatch()].into_iter().chain(vectors);
    fuse(Arc::new(op), inputs.collect::<Vec<_>>())
}

/// Inputs: x, the residual where it isn't x, gamma, beta, the bias of the weight, and that of the
/// inner map where there is one.
#[derive(Debug)]
struct HalfLayerOp {
    inner: Option<(Int8Linear, Activation)>,
    weight: Int8Linear,
    epsilon: f32,
}

/// The inputs of the operation.
struct Parts<'a> {
    x: Matrix<'a>,
    residual: &'a [f32],
    gamma: &'a [f32],
    beta: &'a [f32],
    inner: Option<Map<'a>>,
    map: Map<'a>,
}

impl HalfLayerOp {
    fn parts<'a>(&'a self, inputs: &[View<'a>]) -> Parts<'a> {
        let (residual, vectors) = match self.inner {
            Some(_) => (inputs[0].data, &inputs[1..]),
            None => (inputs[1].data, &inputs[2..]),
        };
        let inner = self.inner.as_ref();
        Parts {
            x: inputs[0].matrix(),
            residual,
            gamma: vectors[0].data,
            beta: vectors[1].data,
            map: self.weight.map(vectors[2].data, Activation::None),
            inner: inner.map(|(weight, activation)| weight.map(vectors[3].data, *activation)),
        }
    }
}

impl Parts<'_> {
    /// Calls `work` with the inner values of some rows, or with the rows themselves.
    fn with_inner(&self, x: Matrix, work: impl FnOnce(Matrix)) {
        let Some(map) = self.inner else { return work(x) };
        let width = map.weight.outputs;
        memory::with(&memory::INNER, x.rows * width, 0.0, |inner| {
            mapped(x, map, inner);
            work(Matrix::new(inner, x.rows, width));
        });
    }
}

/// Writes what a map makes of some rows.
fn mapped(x: Matrix, map: Map, out: &mut [f32]) {
    let width = map.weight.outputs;
    assert_eq!(out.len(), x.rows * width, "room for all rows");
    assert_eq!(map.weight.depth, x.columns, "the inner sizes of a product agree");
    assert_eq!(map.bias.len(), width, "a bias for each output");
    let out = Target { start: out.as_mut_ptr(), stride: width };
    with_rows(unit(), x, |rows| {
        // SAFETY: the slice is as long, and nobody else has it.
        unit().run(|| unsafe { rows.map(map, 0..map.weight.panels(), out) });
    });
}

impl FusedOp for HalfLayerOp {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let parts = self.parts(inputs);
        let (rows, width) = (parts.x.rows, parts.gamma.len());
        let weights = parts.map.weight.depth * width * if parts.inner.is_some() { 2 } else { 1 };
        let mut out: Vec<f32> = Vec::with_capacity(rows * width);
        let shared = Shared::of_spare(&mut out);
        Plan::new(rows, weights, TASK_ROWS, 1).each(|rows, _| {
            let (from, length) = (rows.start * width, rows.len() * width);
            parts.with_inner(parts.x.part(rows.clone()), |inner| {
                memory::with(&memory::OUTER, length, 0.0, |sum| {
                    mapped(inner, parts.map, sum);
                    let residual = &parts.residual[from..from + length];
                    sum.iter_mut().zip(residual).for_each(|(sum, x)| *sum += x);
                    let mut inverse = vec![0.0; rows.len()];
                    // SAFETY: no other task touches these rows.
                    let out = unsafe { shared.zeroed(from, length) };
                    forward_rows(out, sum, &mut inverse, parts.gamma, parts.beta, self.epsilon);
                });
            });
        });
        // SAFETY: tasks have written all rows.
        unsafe { out.set_len(rows * width) };
        (out, vec![rows, width], Saved::default())
    }

    fn backward(&self, _inputs: &[Option<View>], _saved: &Saved, _grad: &[f32]) -> Vec<Grad> {
        no_gradient()
    }
}
