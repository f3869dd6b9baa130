//! Localized context (ATLOP, Eq. 4 and 5), once for both directions of a pair.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::zeros,
    layer_norm::{dot, sum_of},
    matmul::{Into, Matrix, Shared, parallel_product},
    precision::Precision,
    reference,
    segments::DocumentPairs,
};

/// What the public code adds to the sum that a pair's attention is divided by.
pub(crate) const EPSILON: f32 = 1e-5;

/// The context of each unordered entity pair, which may be an entity and itself: the document's hidden states, weighted
/// by where both entities attend to. With `q = mean over heads of A_i ∘ A_j`, the
/// context is `q / (Σ q + 1e-5)` times the hidden states.
///
/// # Shapes
///
/// - attention: `[entities, heads, longest]`, each row over the positions of the
///   entity's own document, zero beyond its end
/// - hidden: `[tokens, width]`, the documents one behind another
/// - output: `[unordered pairs, width]`
pub fn pair_context(
    attention: Tensor<3>,
    hidden: Tensor<2>,
    layout: &DocumentPairs,
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&hidden.device()) {
        let inputs = [attention.into_dispatch(), hidden.into_dispatch()];
        return fuse(Arc::new(PairContextOp { layout: layout.clone(), precision }), inputs);
    }
    reference::pair_context(attention, hidden, layout, precision)
}

#[derive(Debug)]
struct PairContextOp {
    layout: DocumentPairs,
    precision: Precision,
}

/// The sizes of the attention tensor.
#[derive(Clone, Copy)]
struct Attention<'a> {
    data: &'a [f32],
    heads: usize,
    longest: usize,
}

impl<'a> Attention<'a> {
    fn new(view: View<'a>) -> Self {
        Self { data: view.data, heads: view.shape[1], longest: view.shape[2] }
    }

    fn offset(&self, entity: usize, head: usize) -> usize {
        (entity * self.heads + head) * self.longest
    }

    fn row(&self, entity: usize, head: usize, length: usize) -> &'a [f32] {
        &self.data[self.offset(entity, head)..][..length]
    }
}

impl FusedOp for PairContextOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    /// Keeps the normalised weights `[pairs, longest]` and the sums they were divided by `[pairs]`.
    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let (attention, hidden) = (Attention::new(inputs[0]), inputs[1]);
        let (width, longest) = (hidden.shape[1], attention.longest);
        let pairs = self.layout.pairs.len();
        let mut weights = zeros(pairs * longest);
        let mut sums = vec![0.0; pairs];
        let owners = self.layout.pairs_of_document.owners();
        weights
            .par_chunks_mut(longest.max(1))
            .zip(&mut sums)
            .enumerate()
            .with_min_len(16)
            .for_each(|(pair, (weights, sum))| {
                let length = self.layout.tokens.range(owners[pair]).len();
                *sum = weigh(&mut weights[..length], attention, self.layout.pairs[pair]);
            });
        let mut out = zeros(pairs * width);
        for (rows, tokens) in self.layout.pairs_of_document.iter().zip(self.layout.tokens.iter()) {
            let weights = &weights[rows.start * longest..rows.end * longest];
            let weights = Matrix::strided(weights, rows.len(), tokens.len(), longest);
            let hidden = &hidden.data[tokens.start * width..tokens.end * width];
            let hidden = Matrix::new(hidden, tokens.len(), width);
            let out = &mut out[rows.start * width..rows.end * width];
            parallel_product(out, width, weights, hidden, Into::Replace, self.precision);
        }
        let saved = if keep { vec![weights, sums] } else { Saved::default() };
        (out, vec![pairs, width], saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(attention), Some(hidden), _] = retained else { unreachable!("retained") };
        let (attention, hidden) = (Attention::new(*attention), *hidden);
        let mut grad_weights = zeros(saved[0].len());
        let mut grad_hidden = zeros(hidden.data.len());
        for document in 0..self.layout.tokens.count() {
            self.through_product(
                document,
                hidden,
                saved,
                grad,
                &mut grad_weights,
                &mut grad_hidden,
            );
        }
        let mut grad_attention = zeros(attention.data.len());
        let shared = Shared::new(&mut grad_attention);
        let documents = 0..self.layout.tokens.count();
        let tasks = documents.flat_map(|document| (0..attention.heads).map(move |h| (document, h)));
        tasks.collect::<Vec<_>>().into_par_iter().for_each(|(document, head)| {
            self.through_weights(document, head, attention, &grad_weights, shared);
        });
        vec![Grad::Values(grad_attention), Grad::Values(grad_hidden)]
    }
}

impl PairContextOp {
    /// The gradients of one document's hidden states, and of its head products: those of the
    /// pairs' weights `[pairs, longest]`, through the division by their sums.
    fn through_product(
        &self,
        document: usize,
        hidden: View,
        saved: &Saved,
        grad: &[f32],
        grad_weights: &mut [f32],
        grad_hidden: &mut [f32],
    ) {
        let tokens = self.layout.tokens.range(document);
        let rows = self.layout.pairs_of_document.range(document);
        if rows.is_empty() {
            return;
        }
        let (width, length) = (hidden.shape[1], tokens.len());
        let longest = saved[0].len() / self.layout.pairs.len();
        let of_pairs = rows.start * longest..rows.end * longest;
        let weights = &saved[0][of_pairs.clone()];
        let weights_matrix = Matrix::strided(weights, rows.len(), length, longest);
        let grad = Matrix::new(&grad[rows.start * width..rows.end * width], rows.len(), width);
        let of_tokens = tokens.start * width..tokens.end * width;
        let states = Matrix::new(&hidden.data[of_tokens.clone()], length, width);
        let (replace, precision) = (Into::Replace, self.precision);
        let out = &mut grad_hidden[of_tokens];
        parallel_product(out, width, weights_matrix.t(), grad, replace, precision);
        let grad_weights = &mut grad_weights[of_pairs];
        parallel_product(grad_weights, longest, grad, states.t(), replace, precision);
        grad_weights
            .par_chunks_mut(longest)
            .zip(weights.par_chunks(longest))
            .zip(&saved[1][rows])
            .with_min_len(64)
            .for_each(|((grad, weights), sum)| {
                through_division(&mut grad[..length], &weights[..length], *sum);
            });
    }

    /// The gradient of one head's attention in a document.
    fn through_weights(
        &self,
        document: usize,
        head: usize,
        attention: Attention,
        grad_weights: &[f32],
        grad_attention: Shared,
    ) {
        let length = self.layout.tokens.range(document).len();
        let share = 1.0 / attention.heads as f32;
        for pair in self.layout.pairs_of_document.range(document) {
            let grad = &grad_weights[pair * attention.longest..][..length];
            let (i, j) = self.layout.pairs[pair];
            if i == j {
                // SAFETY: the task owns this head of this document's entities.
                let out = unsafe { grad_attention.part(attention.offset(i, head), length) };
                add_product_scaled(out, attention.row(i, head, length), grad, 2.0 * share);
                continue;
            }
            // SAFETY: as above, and the two of the pair differ.
            let (out_i, out_j) = unsafe {
                (
                    grad_attention.part(attention.offset(i, head), length),
                    grad_attention.part(attention.offset(j, head), length),
                )
            };
            let (a_i, a_j) = (attention.row(i, head, length), attention.row(j, head, length));
            add_products(out_i, out_j, a_i, a_j, grad, share);
        }
    }
}

/// `out_i += share grad ∘ a_j` and `out_j += share grad ∘ a_i`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_products(
    out_i: &mut [f32],
    out_j: &mut [f32],
    a_i: &[f32],
    a_j: &[f32],
    grad: &[f32],
    share: f32,
) {
    let values = out_i.iter_mut().zip(out_j).zip(a_i).zip(a_j).zip(grad);
    for ((((out_i, out_j), a_i), a_j), g) in values {
        let g = g * share;
        *out_i = g.mul_add(*a_j, *out_i);
        *out_j = g.mul_add(*a_i, *out_j);
    }
}

/// `out += factor a ∘ b`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_product_scaled(out: &mut [f32], a: &[f32], b: &[f32], factor: f32) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = (factor * a).mul_add(*b, *out);
    }
}

/// `out += a ∘ b`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub(crate) fn add_product(out: &mut [f32], a: &[f32], b: &[f32]) {
    for ((out, a), b) in out.iter_mut().zip(a).zip(b) {
        *out = a.mul_add(*b, *out);
    }
}

/// Writes a pair's normalised weights; returns what they were divided by.
fn weigh(out: &mut [f32], attention: Attention, (i, j): (usize, usize)) -> f32 {
    let length = out.len();
    let share = 1.0 / attention.heads as f32;
    for head in 0..attention.heads {
        add_product(out, attention.row(i, head, length), attention.row(j, head, length));
    }
    divide_by_sum(out, share)
}

/// Multiplies weights by `share` and divides them by their sum and [`EPSILON`], which it returns.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn divide_by_sum(weights: &mut [f32], share: f32) -> f32 {
    let sum = sum_of(weights, |x| x) * share + EPSILON;
    weights.iter_mut().for_each(|weight| *weight *= share / sum);
    sum
}

/// Turns the gradient of the normalised weights into that of the weights: `(g - Σ g ∘ w) / sum`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn through_division(grad: &mut [f32], weights: &[f32], sum: f32) {
    let along = dot(grad, weights);
    grad.iter_mut().for_each(|g| *g = (*g - along) / sum);
}
