//! The grouped bilinear classifier (ATLOP, Eq. 9), without the pairs × (width · block) feature.
//!
//! For a chunk of pairs and one group at a time, the outer products of the
//! group's head and tail blocks are built in a buffer that stays in the cache and
//! multiplied at once. The backward pass builds them again.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    layer_norm::dot,
    linear::column_sums,
    matmul::{Into, Matrix, Shared, product},
    reference,
};

/// Scores pairs by `Σ_g h_gᵀ W_gc t_g + b_c`, with `h` and `t` cut into groups of
/// `block` values (ATLOP, Eq. 9; PEMSCL, Eq. 14).
///
/// # Shapes
///
/// - heads, tails: `[pairs, width]`, `width` a multiple of `block`
/// - weight: `[width * block, classes]`, rows ordered group, head value, tail value
/// - bias: `[classes]`
/// - output: `[pairs, classes]`
pub fn grouped_bilinear(
    heads: Tensor<2>,
    tails: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    block: usize,
) -> Tensor<2> {
    if is_flex(&heads.device()) {
        let inputs = [
            heads.into_dispatch(),
            tails.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
        ];
        return fuse(Arc::new(BilinearOp { block }), inputs);
    }
    reference::grouped_bilinear(heads, tails, weight, bias, block)
}

/// Pairs whose outer products are held at a time: 64 × 64² floats are 1 MB.
const CHUNK: usize = 64;

#[derive(Debug)]
struct BilinearOp {
    block: usize,
}

/// The inputs of the operation, with their sizes.
struct Sizes<'a> {
    heads: &'a [f32],
    tails: &'a [f32],
    weight: &'a [f32],
    pairs: usize,
    width: usize,
    classes: usize,
    block: usize,
}

impl<'a> Sizes<'a> {
    fn new(heads: View<'a>, tails: View<'a>, weight: View<'a>, block: usize) -> Self {
        let [pairs, width] = heads.shape else { unreachable!("a matrix") };
        let (pairs, width, classes) = (*pairs, *width, weight.shape[1]);
        assert_eq!(width % block, 0, "the width is a multiple of the block");
        assert_eq!(weight.shape[0], width * block, "a weight row for each outer product");
        let (heads, tails, weight) = (heads.data, tails.data, weight.data);
        Self { heads, tails, weight, pairs, width, classes, block }
    }

    fn groups(&self) -> usize {
        self.width / self.block
    }

    /// The rows of the weight that belong to a group: `[block², classes]`.
    fn group_weight(&self, group: usize) -> Matrix<'a> {
        let rows = self.block * self.block;
        let from = group * rows * self.classes;
        Matrix::new(&self.weight[from..from + rows * self.classes], rows, self.classes)
    }

    /// Where a pair's values of a group lie in heads and tails.
    fn values(&self, pair: usize, group: usize) -> std::ops::Range<usize> {
        let from = pair * self.width + group * self.block;
        from..from + self.block
    }

    /// Writes the outer products of a chunk of pairs for a group: `[count, block²]`.
    fn outer_products(&self, out: &mut [f32], first: usize, count: usize, group: usize) {
        let square = self.block * self.block;
        for (pair, out) in out.chunks_exact_mut(square).take(count).enumerate() {
            let values = self.values(first + pair, group);
            outer_product(out, &self.heads[values.clone()], &self.tails[values]);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn outer_product(out: &mut [f32], head: &[f32], tail: &[f32]) {
    for (h, row) in head.iter().zip(out.chunks_exact_mut(tail.len())) {
        for (out, t) in row.iter_mut().zip(tail) {
            *out = h * t;
        }
    }
}

impl FusedOp for BilinearOp {
    fn retains(&self, input: usize) -> bool {
        input < 3
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [heads, tails, weight, bias] = inputs else { unreachable!("four inputs") };
        let sizes = Sizes::new(*heads, *tails, *weight, self.block);
        let classes = sizes.classes;
        let mut logits = vec![0.0; sizes.pairs * classes];
        logits.par_chunks_mut(CHUNK * classes).enumerate().for_each(|(chunk, logits)| {
            let count = logits.len() / classes;
            let mut outer = vec![0.0; count * self.block * self.block];
            logits.chunks_exact_mut(classes).for_each(|row| row.copy_from_slice(bias.data));
            for group in 0..sizes.groups() {
                sizes.outer_products(&mut outer, chunk * CHUNK, count, group);
                let outer = Matrix::new(&outer, count, self.block * self.block);
                product(logits, classes, outer, sizes.group_weight(group), Into::Add);
            }
        });
        (logits, vec![sizes.pairs, classes], Saved::default())
    }

    fn backward(&self, inputs: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let (Some(heads), Some(tails), Some(weight)) = (inputs[0], inputs[1], inputs[2]) else {
            unreachable!("retained")
        };
        let sizes = Sizes::new(heads, tails, weight, self.block);
        let mut grad_heads = vec![0.0; heads.data.len()];
        let mut grad_tails = vec![0.0; tails.data.len()];
        let mut grad_weight = vec![0.0; weight.data.len()];
        let (shared_heads, shared_tails) =
            (Shared::new(&mut grad_heads), Shared::new(&mut grad_tails));
        // A thread takes whole groups, whose gradients nobody else writes.
        grad_weight.par_chunks_mut(self.block * self.block * sizes.classes).enumerate().for_each(
            |(group, grad_weight)| {
                backward_group(&sizes, group, grad, grad_weight, shared_heads, shared_tails);
            },
        );
        vec![
            Grad::Values(grad_heads),
            Grad::Values(grad_tails),
            Grad::Values(grad_weight),
            Grad::Values(column_sums(grad, sizes.classes)),
        ]
    }
}

/// The gradients of one group: of its weights, and of its values in heads and tails.
fn backward_group(
    sizes: &Sizes,
    group: usize,
    grad: &[f32],
    grad_weight: &mut [f32],
    grad_heads: Shared,
    grad_tails: Shared,
) {
    let (block, classes) = (sizes.block, sizes.classes);
    let square = block * block;
    let mut outer = vec![0.0; CHUNK.min(sizes.pairs) * square];
    for first in (0..sizes.pairs).step_by(CHUNK) {
        let count = CHUNK.min(sizes.pairs - first);
        let grad = Matrix::new(&grad[first * classes..][..count * classes], count, classes);
        sizes.outer_products(&mut outer, first, count, group);
        product(grad_weight, classes, Matrix::new(&outer, count, square).t(), grad, Into::Add);
        // The same buffer now takes the gradient of the outer products.
        product(&mut outer, square, grad, sizes.group_weight(group).t(), Into::Replace);
        for (pair, outer) in outer.chunks_exact(square).take(count).enumerate() {
            let values = sizes.values(first + pair, group);
            // SAFETY: only this group's thread writes these values.
            let (grad_head, grad_tail) = unsafe {
                (grad_heads.part(values.start, block), grad_tails.part(values.start, block))
            };
            let (head, tail) = (&sizes.heads[values.clone()], &sizes.tails[values]);
            contract(outer, head, tail, grad_head, grad_tail);
        }
    }
}

/// The gradients of a pair's blocks from that of their outer product.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn contract(
    outer: &[f32],
    head: &[f32],
    tail: &[f32],
    grad_head: &mut [f32],
    grad_tail: &mut [f32],
) {
    for ((row, h), grad_head) in outer.chunks_exact(tail.len()).zip(head).zip(grad_head) {
        *grad_head = dot(row, tail);
        for (grad_tail, x) in grad_tail.iter_mut().zip(row) {
            *grad_tail += h * x;
        }
    }
}
