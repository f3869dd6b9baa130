//! Localized context (ATLOP, Eq. 4 and 5), once for both directions of a pair.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    layer_norm::{dot, sum_of},
    matmul::{Into, Matrix, Shared, product},
    reference,
    segments::DocumentPairs,
};

/// What the public code adds to the sum that a pair's attention is divided by.
pub(crate) const EPSILON: f32 = 1e-5;

/// The context of each unordered entity pair: the document's hidden states, weighted
/// by where both entities attend to. With `q = mean over heads of A_i ∘ A_j`, the
/// context is `q / (Σ q + 1e-5)` times the hidden states.
///
/// # Shapes
///
/// - attention: `[entities, heads, longest]`, each row over the positions of the
///   entity's own document, zero beyond its end
/// - hidden: `[tokens, width]`, the documents one behind another
/// - output: `[unordered pairs, width]`
pub fn pair_context(attention: Tensor<3>, hidden: Tensor<2>, layout: &DocumentPairs) -> Tensor<2> {
    if is_flex(&hidden.device()) {
        let inputs = [attention.into_dispatch(), hidden.into_dispatch()];
        return fuse(Arc::new(PairContextOp { layout: layout.clone() }), inputs);
    }
    reference::pair_context(attention, hidden, layout)
}

#[derive(Debug)]
struct PairContextOp {
    layout: DocumentPairs,
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
        let mut weights = vec![0.0; pairs * longest];
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
        let mut out = vec![0.0; pairs * width];
        for (rows, tokens) in self.layout.pairs_of_document.iter().zip(self.layout.tokens.iter()) {
            let weights = &weights[rows.start * longest..rows.end * longest];
            let weights = Matrix::strided(weights, rows.len(), tokens.len(), longest);
            let hidden = &hidden.data[tokens.start * width..tokens.end * width];
            let hidden = Matrix::new(hidden, tokens.len(), width);
            let out = &mut out[rows.start * width..rows.end * width];
            crate::matmul::parallel_product(out, width, weights, hidden, Into::Replace);
        }
        let saved = if keep { vec![weights, sums] } else { Saved::default() };
        (out, vec![pairs, width], saved)
    }

    fn backward(&self, inputs: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(attention), Some(hidden)] = inputs else { unreachable!("retained") };
        let (attention, hidden) = (Attention::new(*attention), *hidden);
        let mut grad_attention = vec![0.0; attention.data.len()];
        let mut grad_hidden = vec![0.0; hidden.data.len()];
        let shared = (Shared::new(&mut grad_attention), Shared::new(&mut grad_hidden));
        (0..self.layout.tokens.count()).into_par_iter().for_each(|document| {
            self.backward_document(document, attention, hidden, saved, grad, shared);
        });
        vec![Grad::Values(grad_attention), Grad::Values(grad_hidden)]
    }
}

impl PairContextOp {
    /// The gradients of one document's attention and hidden states.
    fn backward_document(
        &self,
        document: usize,
        attention: Attention,
        hidden: View,
        saved: &Saved,
        grad: &[f32],
        (grad_attention, grad_hidden): (Shared, Shared),
    ) {
        let tokens = self.layout.tokens.range(document);
        let rows = self.layout.pairs_of_document.range(document);
        let (width, longest, length) = (hidden.shape[1], attention.longest, tokens.len());
        let (weights, sums) = (&saved[0], &saved[1]);
        let weights = &weights[rows.start * longest..rows.end * longest];
        let weights_matrix = Matrix::strided(weights, rows.len(), length, longest);
        let grad = Matrix::new(&grad[rows.start * width..rows.end * width], rows.len(), width);
        let states = &hidden.data[tokens.start * width..tokens.end * width];
        let states = Matrix::new(states, length, width);
        // SAFETY: only this document's thread touches its own tokens and entities.
        let out = unsafe { grad_hidden.part(tokens.start * width, length * width) };
        product(out, width, weights_matrix.t(), grad, Into::Replace);
        let mut grad_weights = vec![0.0; rows.len() * length];
        product(&mut grad_weights, length, grad, states.t(), Into::Replace);
        for (row, pair) in rows.enumerate() {
            let grad_weights = &mut grad_weights[row * length..][..length];
            let weights = &weights[row * longest..][..length];
            through_division(grad_weights, weights, sums[pair], attention.heads);
            let (i, j) = self.layout.pairs[pair];
            for head in 0..attention.heads {
                let (a_i, a_j) = (attention.row(i, head, length), attention.row(j, head, length));
                // SAFETY: as above; and the two entities of a pair differ.
                let (out_i, out_j) = unsafe {
                    (
                        grad_attention.part(attention.offset(i, head), length),
                        grad_attention.part(attention.offset(j, head), length),
                    )
                };
                add_product(out_i, grad_weights, a_j);
                add_product(out_j, grad_weights, a_i);
            }
        }
    }
}

/// `out += a ∘ b`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_product(out: &mut [f32], a: &[f32], b: &[f32]) {
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
    let sum = sum_of(out, |x| x) * share + EPSILON;
    out.iter_mut().for_each(|weight| *weight *= share / sum);
    sum
}

/// Turns the gradient of the normalised weights into that of the head products:
/// `(g - Σ g ∘ w) / sum / heads`.
fn through_division(grad: &mut [f32], weights: &[f32], sum: f32, heads: usize) {
    let along = dot(grad, weights);
    let share = 1.0 / (sum * heads as f32);
    grad.iter_mut().for_each(|g| *g = (*g - along) * share);
}
