//! Self-attention over packed sequences.
//!
//! Probabilities are never stored: the backward pass makes them again from the
//! scores and each row's log-sum-exp, and the dropout mask from its key.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::zeros,
    dropout::{Dropout, Stream},
    layer_norm::dot,
    math,
    matmul::{Into, Matrix, Shared, Target, product, product_at},
    precision::Precision,
    reference,
    segments::Segments,
};

/// Scaled dot-product attention of every token to the tokens of its own segment,
/// with dropout on the probabilities.
///
/// # Shapes
///
/// - query, key, value, output: `[tokens, heads * head width]`
pub fn attention(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&query.device()) {
        let segments = segments.clone();
        let op = AttentionOp { rows: None, segments, heads, dropout, precision };
        return op.fused(query, key, value);
    }
    reference::attention(query, key, value, segments, heads, dropout, precision)
}

/// What [`attention()`] with the same arguments gives chosen tokens, at their cost alone.
///
/// # Shapes
///
/// - query, output: `[rows, heads * head width]`
/// - rows: token numbers, ascending
/// - key, value: `[tokens, heads * head width]`
#[expect(clippy::too_many_arguments, reason = "those of attention, and the rows")]
pub fn attention_at(
    query: Tensor<2>,
    rows: &Arc<[usize]>,
    key: Tensor<2>,
    value: Tensor<2>,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&query.device()) {
        let (rows, segments) = (Some(rows.clone()), segments.clone());
        let op = AttentionOp { rows, segments, heads, dropout, precision };
        return op.fused(query, key, value);
    }
    reference::attention_at(query, rows, key, value, segments, heads, dropout, precision)
}

/// The attention probabilities of chosen tokens, after the same dropout as
/// [`attention()`] with the same arguments uses.
///
/// # Shapes
///
/// - query, key: `[tokens, heads * head width]`
/// - rows: token numbers, each at most once
/// - output: `[rows, heads, longest segment]`, over the positions of the token's
///   own segment, zero beyond its end
pub fn attention_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    segments: &Segments,
    heads: usize,
    rows: &Arc<[usize]>,
    dropout: Dropout,
) -> Tensor<3> {
    if is_flex(&query.device()) {
        let op = RowsOp { segments: segments.clone(), heads, rows: rows.clone(), dropout };
        return fuse(Arc::new(op), [query.into_dispatch(), key.into_dispatch()]);
    }
    reference::attention_rows(query, key, segments, heads, rows, dropout)
}

/// Queries whose scores a thread holds at a time: with 512 keys, 256 kB.
pub(crate) const QUERIES: usize = 128;

/// The head `head` of the tokens `range` of a `[tokens, width]` tensor.
#[derive(Clone, Copy)]
pub(crate) struct Heads<'a> {
    data: &'a [f32],
    width: usize,
    pub size: usize,
}

impl<'a> Heads<'a> {
    pub fn new(view: View<'a>, heads: usize) -> Self {
        Self { data: view.data, width: view.shape[1], size: view.shape[1] / heads }
    }

    pub fn matrix(&self, range: Range<usize>, head: usize) -> Matrix<'a> {
        let from = range.start * self.width + head * self.size;
        let to = (range.end - 1) * self.width + (head + 1) * self.size;
        Matrix::strided(&self.data[from..to], range.len(), self.size, self.width)
    }

    pub fn row(&self, token: usize, head: usize) -> &'a [f32] {
        &self.data[token * self.width + head * self.size..][..self.size]
    }

    /// The same row in a shared tensor of the same layout.
    ///
    /// # Safety
    ///
    /// As for [`Shared::part`].
    pub unsafe fn part<'b>(&self, out: Shared<'b>, token: usize, head: usize) -> &'b mut [f32] {
        // SAFETY: passed on.
        unsafe { out.part(token * self.width + head * self.size, self.size) }
    }

    /// Where the same block lies in a shared tensor of the same layout.
    pub fn target(&self, out: Shared, range: Range<usize>, head: usize) -> Target {
        out.target(range.start * self.width + head * self.size, range.len(), self.size, self.width)
    }

    fn scale(&self) -> f32 {
        1.0 / (self.size as f32).sqrt()
    }
}

/// Where the mask of query `token`'s probabilities of `head` begins. It depends
/// on nothing but the token's place, so other operations can make the same mask.
pub(crate) fn mask_start(token: usize, head: usize, heads: usize, longest: usize) -> u32 {
    ((token * heads + head) * longest) as u32
}

/// All (segment, head) pairs, the units of parallel work, longest segments first.
pub(crate) fn tasks(segments: &Segments, heads: usize) -> Vec<(Range<usize>, usize)> {
    let mut ranges: Vec<_> = segments.iter().filter(|range| !range.is_empty()).collect();
    ranges.sort_by_key(|range| std::cmp::Reverse(range.len()));
    ranges.into_iter().flat_map(|range| (0..heads).map(move |h| (range.clone(), h))).collect()
}

#[derive(Debug)]
pub(crate) struct AttentionOp {
    /// The tokens of the queries, ascending; all, if there are none.
    pub rows: Option<Arc<[usize]>>,
    pub segments: Segments,
    pub heads: usize,
    pub dropout: Dropout,
    pub precision: Precision,
}

impl AttentionOp {
    fn fused(self, query: Tensor<2>, key: Tensor<2>, value: Tensor<2>) -> Tensor<2> {
        fuse(Arc::new(self), [query, key, value].map(Tensor::into_dispatch))
    }

    /// The queries of a segment's tokens.
    fn queries(&self, range: &Range<usize>) -> Range<usize> {
        let place = |rows: &[usize], token: usize| rows.partition_point(|row| *row < token);
        match &self.rows {
            Some(rows) => place(rows, range.start)..place(rows, range.end),
            None => range.clone(),
        }
    }

    /// The mask of a query's row of probabilities.
    fn row_mask(&self, query: usize, head: usize) -> Option<RowMask> {
        let token = self.rows.as_ref().map_or(query, |rows| rows[query]);
        RowMask::new(self.dropout, mask_start(token, head, self.heads, self.segments.longest()))
    }
}

/// A range in blocks of [`QUERIES`].
pub(crate) fn blocks(range: &Range<usize>) -> impl Iterator<Item = Range<usize>> + use<> {
    let end = range.end;
    range.clone().step_by(QUERIES).map(move |from| from..(from + QUERIES).min(end))
}

/// The factors of one row of probabilities.
#[derive(Clone, Copy)]
pub(crate) struct RowMask {
    stream: Stream,
    start: u32,
}

impl RowMask {
    /// The mask that begins at [`mask_start`], if any.
    pub fn new(dropout: Dropout, start: u32) -> Option<Self> {
        (!dropout.is_off()).then(|| Self { stream: dropout.stream(), start })
    }

    /// `row = row ∘ mask`
    pub fn apply(self, row: &mut [f32]) {
        scale_masked(row, 1.0, self);
    }

    #[inline(always)]
    fn factor(self, index: usize) -> f32 {
        self.stream.factor(self.start.wrapping_add(index as u32))
    }
}

impl AttentionOp {
    /// The context of queries with keys and values, and the log-sum-exp of each row of scores,
    /// `[queries, heads]`.
    pub fn context(&self, inputs: [View; 3]) -> (Vec<f32>, Vec<f32>) {
        let [query, key, value] = inputs.map(|view| Heads::new(view, self.heads));
        let mut out = zeros(inputs[0].data.len());
        let mut normalisers = vec![0.0; inputs[0].shape[0] * self.heads];
        let (shared_out, shared_normalisers) =
            (Shared::new(&mut out), Shared::new(&mut normalisers));
        tasks(&self.segments, self.heads).into_par_iter().for_each(|(range, head)| {
            let keys = range.len();
            let mut scores = vec![0.0; QUERIES.min(keys) * keys];
            let (k, v) = (key.matrix(range.clone(), head), value.matrix(range.clone(), head));
            for queries in blocks(&self.queries(&range)) {
                let scores = &mut scores[..queries.len() * keys];
                let q = query.matrix(queries.clone(), head);
                product(scores, keys, q, k.t(), Into::Replace, self.precision);
                for (row, token) in scores.chunks_exact_mut(keys).zip(queries.clone()) {
                    // SAFETY: one element, of this token and head.
                    let normaliser =
                        unsafe { shared_normalisers.part(token * self.heads + head, 1) };
                    let mask = self.row_mask(token, head);
                    normaliser[0] = softmax(row, query.scale(), mask);
                }
                let out = query.target(shared_out, queries.clone(), head);
                let scores = Matrix::new(scores, queries.len(), keys);
                // SAFETY: the task owns this head of these tokens.
                unsafe { product_at(out, scores, v, Into::Replace, self.precision) };
            }
        });
        (out, normalisers)
    }

    /// The gradients of queries, keys and values, which `views` are with the context, from that
    /// of the context.
    pub fn gradients(&self, views: [View; 4], normalisers: &[f32], grad: &[f32]) -> [Vec<f32>; 3] {
        let [query, key, value, out] = views.map(|view| Heads::new(view, self.heads));
        let grad = Heads::new(View { shape: views[0].shape, data: grad }, self.heads);
        let mut grads = [0, 1, 2].map(|i| zeros(views[i].data.len()));
        let [grad_query, grad_key, grad_value] = grads.each_mut().map(|g| Shared::new(g));
        tasks(&self.segments, self.heads).into_par_iter().for_each(|(range, head)| {
            let keys = range.len();
            let mut probabilities = vec![0.0; QUERIES.min(keys) * keys];
            let mut grad_scores = probabilities.clone();
            let (k, v) = (key.matrix(range.clone(), head), value.matrix(range.clone(), head));
            for queries in blocks(&self.queries(&range)) {
                let count = queries.len();
                let probabilities = &mut probabilities[..count * keys];
                let grad_scores = &mut grad_scores[..count * keys];
                let q = query.matrix(queries.clone(), head);
                let g = grad.matrix(queries.clone(), head);
                product(probabilities, keys, q, k.t(), Into::Replace, self.precision);
                product(grad_scores, keys, g, v.t(), Into::Replace, self.precision);
                let rows = probabilities.chunks_exact_mut(keys);
                let rows = rows.zip(grad_scores.chunks_exact_mut(keys));
                for ((row, grad_row), token) in rows.zip(queries.clone()) {
                    let softmax = RowSoftmax {
                        scale: query.scale(),
                        normaliser: normalisers[token * self.heads + head],
                        along: dot(grad.row(token, head), out.row(token, head)),
                    };
                    softmax.backward(row, grad_row, self.row_mask(token, head));
                }
                let p = Matrix::new(probabilities, count, keys);
                let d = Matrix::new(grad_scores, count, keys);
                let of_queries = query.target(grad_query, queries.clone(), head);
                let of_keys = key.target(grad_key, range.clone(), head);
                let of_values = value.target(grad_value, range.clone(), head);
                // SAFETY: the task owns this head of this segment's tokens.
                unsafe {
                    product_at(of_values, p.t(), g, Into::Add, self.precision);
                    product_at(of_queries, d, k, Into::Replace, self.precision);
                    product_at(of_keys, d.t(), q, Into::Add, self.precision);
                }
            }
        });
        grads
    }
}

impl FusedOp for AttentionOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    fn retains_output(&self) -> bool {
        true
    }

    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let (out, normalisers) = self.context([inputs[0], inputs[1], inputs[2]]);
        let saved = if keep { vec![normalisers] } else { Saved::default() };
        (out, inputs[0].shape.to_vec(), saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let views = [0, 1, 2, 3].map(|i| retained[i].expect("retained"));
        self.gradients(views, &saved[0], grad).map(Grad::Values).into()
    }
}

/// Turns a row of unscaled scores into probabilities, masked; returns its log-sum-exp.
pub(crate) fn softmax(row: &mut [f32], scale: f32, mask: Option<RowMask>) -> f32 {
    let (highest, sum) = exponentials(row, scale);
    match mask {
        Some(mask) => scale_masked(row, 1.0 / sum, mask),
        None => scale_all(row, 1.0 / sum),
    }
    highest + sum.ln()
}

/// Turns a row of unscaled scores into exponentials; returns the highest scaled score, which
/// they are relative to, and their sum.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn exponentials(row: &mut [f32], scale: f32) -> (f32, f32) {
    let highest = scale * max_of(row);
    let mut lanes = [0.0; 16];
    let mut chunks = row.chunks_exact_mut(16);
    for chunk in &mut chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *x = math::exp(x.mul_add(scale, -highest));
            *lane += *x;
        }
    }
    let mut sum: f32 = lanes.iter().sum();
    for x in chunks.into_remainder() {
        *x = math::exp(x.mul_add(scale, -highest));
        sum += *x;
    }
    (highest, sum)
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn scale_all(row: &mut [f32], scale: f32) {
    row.iter_mut().for_each(|x| *x *= scale);
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn scale_masked(row: &mut [f32], scale: f32, mask: RowMask) {
    for (index, x) in row.iter_mut().enumerate() {
        *x *= scale * mask.factor(index);
    }
}

/// What the backward pass of a row of attention needs.
#[derive(Clone, Copy)]
pub(crate) struct RowSoftmax {
    pub scale: f32,
    /// The log-sum-exp of the scaled scores.
    pub normaliser: f32,
    /// The inner product of the row's output and its gradient.
    pub along: f32,
}

impl RowSoftmax {
    /// Takes a row's unscaled scores and `g vᵀ`; leaves the masked probabilities and the
    /// gradient of the unscaled scores: `p ∘ (mask ∘ (g vᵀ) - g · out)`.
    pub fn backward(self, scores: &mut [f32], grad: &mut [f32], mask: Option<RowMask>) {
        match mask {
            Some(mask) => backward_masked(self, scores, grad, mask),
            None => backward_whole(self, scores, grad),
        }
    }

    #[inline(always)]
    fn through(self, score: &mut f32, grad: &mut f32, factor: f32) {
        let p = math::exp(score.mul_add(self.scale, -self.normaliser));
        *grad = p * self.scale * (*grad * factor - self.along);
        *score = p * factor;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn backward_masked(row: RowSoftmax, scores: &mut [f32], grad: &mut [f32], mask: RowMask) {
    for (index, (score, grad)) in scores.iter_mut().zip(grad).enumerate() {
        row.through(score, grad, mask.factor(index));
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn backward_whole(row: RowSoftmax, scores: &mut [f32], grad: &mut [f32]) {
    scores.iter_mut().zip(grad).for_each(|(score, grad)| row.through(score, grad, 1.0));
}

/// The gradient of unscaled scores from that of their probabilities.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
pub(crate) fn through_softmax(grad: &mut [f32], probabilities: &[f32], along: f32, scale: f32) {
    for (g, p) in grad.iter_mut().zip(probabilities) {
        *g = p * (*g - along) * scale;
    }
}

#[inline(always)]
fn max_of(row: &[f32]) -> f32 {
    let mut lanes = [f32::NEG_INFINITY; 16];
    let mut chunks = row.chunks_exact(16);
    for chunk in &mut chunks {
        for (lane, x) in lanes.iter_mut().zip(chunk) {
            *lane = if *x > *lane { *x } else { *lane };
        }
    }
    let rest = chunks.remainder().iter().copied().fold(f32::NEG_INFINITY, f32::max);
    lanes.into_iter().fold(rest, f32::max)
}

#[derive(Debug)]
struct RowsOp {
    segments: Segments,
    heads: usize,
    rows: Arc<[usize]>,
    dropout: Dropout,
}

impl RowsOp {
    fn offset(&self, row: usize, head: usize, longest: usize) -> usize {
        (row * self.heads + head) * longest
    }
}

/// The tokens `rows` of each segment, as places in `rows`.
pub(crate) fn rows_by_segment(rows: &[usize], segments: &Segments) -> Vec<Vec<usize>> {
    let owners = segments.owners();
    let mut places = vec![Vec::new(); segments.count()];
    for (place, token) in rows.iter().enumerate() {
        places[owners[*token]].push(place);
    }
    places
}

/// `out = out ∘ mask`, where `out` is the probabilities of the tokens `rows`,
/// `[rows, heads, longest]`.
pub(crate) fn mask_rows(
    out: &mut [f32],
    rows: &[usize],
    heads: usize,
    longest: usize,
    dropout: Dropout,
) {
    if dropout.is_off() {
        return;
    }
    out.par_chunks_mut(heads * longest).zip(rows.par_iter()).for_each(|(out, token)| {
        for (head, out) in out.chunks_exact_mut(longest).enumerate() {
            if let Some(mask) = RowMask::new(dropout, mask_start(*token, head, heads, longest)) {
                mask.apply(out);
            }
        }
    });
}

impl FusedOp for RowsOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    /// Keeps the probabilities before dropout.
    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [query, key] = [0, 1].map(|i| Heads::new(inputs[i], self.heads));
        let longest = self.segments.longest();
        let owners = self.segments.owners();
        let mut out = vec![0.0; self.rows.len() * self.heads * longest];
        out.par_chunks_mut((self.heads * longest).max(1)).zip(self.rows.par_iter()).for_each(
            |(out, token)| {
                let range = self.segments.range(owners[*token]);
                for (head, out) in out.chunks_exact_mut(longest).enumerate() {
                    let out = &mut out[..range.len()];
                    let q = query.matrix(*token..*token + 1, head);
                    let k = key.matrix(range.clone(), head);
                    product(out, range.len(), q, k.t(), Into::Replace, Precision::F32);
                    softmax(out, query.scale(), None);
                }
            },
        );
        let saved = if keep { vec![out.clone()] } else { Saved::default() };
        mask_rows(&mut out, &self.rows, self.heads, longest, self.dropout);
        (out, vec![self.rows.len(), self.heads, longest], saved)
    }

    fn backward(&self, inputs: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let views = [0, 1].map(|i| inputs[i].expect("retained"));
        let [query, key] = views.map(|view| Heads::new(view, self.heads));
        let longest = self.segments.longest();
        let mut grads = [(); 2].map(|()| vec![0.0; views[0].data.len()]);
        let [grad_query, grad_key] = grads.each_mut().map(|g| Shared::new(g));
        let places = rows_by_segment(&self.rows, &self.segments);
        let tasks: Vec<_> =
            (0..places.len()).flat_map(|s| (0..self.heads).map(move |h| (s, h))).collect();
        tasks.into_par_iter().for_each(|(segment, head)| {
            let range = self.segments.range(segment);
            let mut scores = vec![0.0; range.len()];
            for place in &places[segment] {
                let token = self.rows[*place];
                let at = self.offset(*place, head, longest);
                scores.copy_from_slice(&grad[at..at + range.len()]);
                let start = mask_start(token, head, self.heads, longest);
                if let Some(mask) = RowMask::new(self.dropout, start) {
                    mask.apply(&mut scores);
                }
                let row = &saved[0][at..at + range.len()];
                let along = dot(&scores, row);
                through_softmax(&mut scores, row, along, query.scale());
                let of_query = query.target(grad_query, token..token + 1, head);
                let of_keys = key.target(grad_key, range.clone(), head);
                let d = Matrix::new(&scores, 1, range.len());
                let k = key.matrix(range.clone(), head);
                let q = query.matrix(token..token + 1, head);
                // SAFETY: the task owns this head of this segment's tokens.
                unsafe {
                    product_at(of_query, d, k, Into::Replace, Precision::F32);
                    product_at(of_keys, d.t(), q, Into::Add, Precision::F32);
                }
            }
        });
        grads.map(Grad::Values).into()
    }
}
