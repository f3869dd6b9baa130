//! A gate: one half of a row decides how much passes of the other.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{PART, written},
    math, reference,
};

/// `gelu(a) ∘ b` of rows `[a, b]`, with GELU in its exact (erf) form (Shazeer 2020, GEGLU).
///
/// # Shapes
///
/// - x: `[rows, 2 * width]`
/// - output: `[rows, width]`
pub fn gated_gelu(x: Tensor<2>) -> Tensor<2> {
    if is_flex(&x.device()) {
        return fuse(Arc::new(GateOp), [x.into_dispatch()]);
    }
    reference::gated_gelu(x)
}

#[derive(Debug)]
struct GateOp;

impl FusedOp for GateOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x] = inputs else { unreachable!("one input") };
        let (rows, width) = (x.shape[0], x.shape[1] / 2);
        let rows_a_part = (PART / width.max(1)).max(1);
        let out = written(rows * width, rows_a_part * width, |part, out| {
            let x = &x.data[part * rows_a_part * 2 * width..];
            for (out, x) in out.chunks_exact_mut(width).zip(x.chunks_exact(2 * width)) {
                pass(out, x);
            }
        });
        (out, vec![rows, width], Saved::default())
    }

    fn backward(&self, retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let x = retained[0].expect("retained");
        let width = x.shape[1] / 2;
        let rows_a_part = (PART / width.max(1)).max(1);
        let grad_x = written(x.data.len(), rows_a_part * 2 * width, |part, out| {
            let x = &x.data[part * rows_a_part * 2 * width..];
            let grad = &grad[part * rows_a_part * width..];
            let rows = out.chunks_exact_mut(2 * width).zip(x.chunks_exact(2 * width));
            for ((out, x), grad) in rows.zip(grad.chunks_exact(width)) {
                through(out, x, grad);
            }
        });
        vec![Grad::Values(grad_x)]
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn pass(out: &mut [f32], x: &[f32]) {
    let (a, b) = x.split_at(out.len());
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = math::gelu(*a) * b;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through(out: &mut [f32], x: &[f32], grad: &[f32]) {
    let (a, b) = x.split_at(grad.len());
    let (of_a, of_b) = out.split_at_mut(grad.len());
    for ((((of_a, of_b), a), b), g) in of_a.iter_mut().zip(of_b).zip(a).zip(b).zip(grad) {
        *of_a = g * b * math::gelu_slope(*a);
        *of_b = g * math::gelu(*a);
    }
}
