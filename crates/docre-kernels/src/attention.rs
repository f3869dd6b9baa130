//! Self-attention over packed sequences.
//!
//! Probabilities are never stored: the backward pass makes them again from the
//! scores and each row's log-sum-exp, and the dropout mask from its key.

use std::{ops::Range, sync::Arc};

use burn::tensor::{DispatchTensor, Tensor};
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
    scope::{Attending, BiasGrad, DistanceBias, DistanceRows, HeadBias, Scope},
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
    attend(query, key, value, Attending::whole(segments, heads, dropout, precision))
}

/// [`attention()`] of every token to those that it sees, with a bias by distance if there is one.
///
/// # Shapes
///
/// - query, key, value, output: `[tokens, heads * head width]`
pub fn attend(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    attending: Attending,
) -> Tensor<2> {
    if is_flex(&query.device()) {
        return AttentionOp::new(attending, None).fused([query, key, value], attending.bias);
    }
    reference::attend(query, key, value, attending)
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
    attend_at(query, rows, key, value, Attending::whole(segments, heads, dropout, precision))
}

/// What [`attend()`] with the same arguments gives chosen tokens, at their cost alone.
///
/// # Shapes
///
/// Those of [`attention_at()`].
pub fn attend_at(
    query: Tensor<2>,
    rows: &Arc<[usize]>,
    key: Tensor<2>,
    value: Tensor<2>,
    attending: Attending,
) -> Tensor<2> {
    if is_flex(&query.device()) {
        let op = AttentionOp::new(attending, Some(rows.clone()));
        return op.fused([query, key, value], attending.bias);
    }
    reference::attend_at(query, rows, key, value, attending)
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
    attend_rows(query, key, rows, Attending::whole(segments, heads, dropout, Precision::F32))
}

/// The probabilities of [`attend()`] for chosen tokens; their precision is that of `f32` always.
///
/// # Shapes
///
/// Those of [`attention_rows()`].
pub fn attend_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    rows: &Arc<[usize]>,
    attending: Attending,
) -> Tensor<3> {
    if is_flex(&query.device()) {
        let attention = AttentionOp::new(attending, None);
        let inputs = [query, key].into_iter().chain(table(attending.bias));
        let inputs: Vec<DispatchTensor> = inputs.map(Tensor::into_dispatch).collect();
        return fuse(Arc::new(RowsOp { attention, rows: rows.clone() }), inputs);
    }
    reference::attend_rows(query, key, rows, attending)
}

/// The table of a bias, as an operation's input.
pub(crate) fn table(bias: Option<&DistanceBias>) -> Option<Tensor<2>> {
    bias.map(|bias| bias.table.clone())
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
    rows: Option<Arc<[usize]>>,
    segments: Segments,
    heads: usize,
    scope: Scope,
    /// The rows of the bias, whose table is the last input.
    bias: Option<DistanceRows>,
    dropout: Dropout,
    pub precision: Precision,
}

impl AttentionOp {
    pub fn new(attending: Attending, rows: Option<Arc<[usize]>>) -> Self {
        let Attending { segments, heads, scope, bias, dropout, precision } = attending;
        let bias = bias.map(|bias| bias.rows.clone());
        Self { rows, segments: segments.clone(), heads, scope, bias, dropout, precision }
    }

    fn fused(self, inputs: [Tensor<2>; 3], bias: Option<&DistanceBias>) -> Tensor<2> {
        let inputs = inputs.into_iter().chain(table(bias));
        fuse(Arc::new(self), inputs.map(Tensor::into_dispatch).collect::<Vec<_>>())
    }

    /// The queries of a segment's tokens.
    fn queries(&self, range: &Range<usize>) -> Range<usize> {
        let place = |rows: &[usize], token: usize| rows.partition_point(|row| *row < token);
        match &self.rows {
            Some(rows) => place(rows, range.start)..place(rows, range.end),
            None => range.clone(),
        }
    }

    /// The token of a query.
    fn token(&self, query: usize) -> usize {
        self.rows.as_ref().map_or(query, |rows| rows[query])
    }

    /// The keys that a block of queries of a segment needs, as places in the segment.
    fn keys(&self, queries: &Range<usize>, segment: &Range<usize>) -> Range<usize> {
        let [first, last] =
            [queries.start, queries.end - 1].map(|query| self.token(query) - segment.start);
        self.scope.keys(&(first..last + 1), segment.len())
    }

    /// The mask of a query's row of probabilities, from the key at a place on.
    fn row_mask(&self, query: usize, head: usize, key: usize) -> Option<RowMask> {
        let start = mask_start(self.token(query), head, self.heads, self.segments.longest());
        RowMask::new(self.dropout, start.wrapping_add(key as u32))
    }

    /// A head's part of the bias.
    fn head_bias(&self, table: Option<View>, head: usize, scale: f32) -> Option<HeadBias<'_>> {
        let rows = self.bias.as_ref()?;
        Some(HeadBias::new(table.expect("an input of an operation with a bias"), rows, head, scale))
    }

    /// Adds the bias to a query's unscaled scores, and takes the keys out that it doesn't see.
    fn finish(&self, row: &mut [f32], bias: Option<&HeadBias>, place: usize, keys: &Range<usize>) {
        if let Some(bias) = bias {
            bias.add(row, place, keys);
        }
        self.scope.hide(row, place, keys);
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

/// The tokens of a segment at these places.
fn tokens(segment: &Range<usize>, places: &Range<usize>) -> Range<usize> {
    segment.start + places.start..segment.start + places.end
}

impl AttentionOp {
    /// The context of queries with keys and values, and the log-sum-exp of each row of scores,
    /// `[queries, heads]`.
    pub fn context(&self, inputs: [View; 3], table: Option<View>) -> (Vec<f32>, Vec<f32>) {
        let [query, key, value] = inputs.map(|view| Heads::new(view, self.heads));
        let mut out = zeros(inputs[0].data.len());
        let mut normalisers = vec![0.0; inputs[0].shape[0] * self.heads];
        let (shared_out, shared_normalisers) =
            (Shared::new(&mut out), Shared::new(&mut normalisers));
        tasks(&self.segments, self.heads).into_par_iter().for_each(|(range, head)| {
            let bias = self.head_bias(table, head, query.scale());
            let mut scores = vec![0.0; QUERIES.min(range.len()) * range.len()];
            for queries in blocks(&self.queries(&range)) {
                let keys = self.keys(&queries, &range);
                let key_tokens = tokens(&range, &keys);
                let scores = &mut scores[..queries.len() * keys.len()];
                let (k, v) = (key.matrix(key_tokens.clone(), head), value.matrix(key_tokens, head));
                let q = query.matrix(queries.clone(), head);
                product(scores, keys.len(), q, k.t(), Into::Replace, self.precision);
                for (row, number) in scores.chunks_exact_mut(keys.len()).zip(queries.clone()) {
                    // SAFETY: one element, of this query and head.
                    let normaliser =
                        unsafe { shared_normalisers.part(number * self.heads + head, 1) };
                    self.finish(row, bias.as_ref(), self.token(number) - range.start, &keys);
                    let mask = self.row_mask(number, head, keys.start);
                    normaliser[0] = softmax(row, query.scale(), mask);
                }
                let out = query.target(shared_out, queries.clone(), head);
                let scores = Matrix::new(scores, queries.len(), keys.len());
                // SAFETY: the task owns this head of these tokens.
                unsafe { product_at(out, scores, v, Into::Replace, self.precision) };
            }
        });
        (out, normalisers)
    }

    /// The gradients of queries, keys and values, which `views` are with the context, from that
    /// of the context; and of the bias's table, if there is one.
    pub fn gradients(
        &self,
        views: [View; 4],
        table: Option<View>,
        normalisers: &[f32],
        grad: &[f32],
    ) -> ([Vec<f32>; 3], Option<Vec<f32>>) {
        let [query, key, value, out] = views.map(|view| Heads::new(view, self.heads));
        let grad = Heads::new(View { shape: views[0].shape, data: grad }, self.heads);
        let mut grads = [0, 1, 2].map(|i| zeros(views[i].data.len()));
        let [grad_query, grad_key, grad_value] = grads.each_mut().map(|g| Shared::new(g));
        let of_head = |(range, head): (Range<usize>, usize)| {
            let bias = self.head_bias(table, head, query.scale());
            let mut of_bias = self.bias.as_ref().map(|rows| (rows, BiasGrad::zeros(rows, head)));
            let mut probabilities = vec![0.0; QUERIES.min(range.len()) * range.len()];
            let mut grad_scores = probabilities.clone();
            for queries in blocks(&self.queries(&range)) {
                let count = queries.len();
                let places = self.keys(&queries, &range);
                let (keys, key_tokens) = (places.len(), tokens(&range, &places));
                let probabilities = &mut probabilities[..count * keys];
                let grad_scores = &mut grad_scores[..count * keys];
                let k = key.matrix(key_tokens.clone(), head);
                let v = value.matrix(key_tokens.clone(), head);
                let q = query.matrix(queries.clone(), head);
                let g = grad.matrix(queries.clone(), head);
                product(probabilities, keys, q, k.t(), Into::Replace, self.precision);
                product(grad_scores, keys, g, v.t(), Into::Replace, self.precision);
                let rows = probabilities.chunks_exact_mut(keys);
                let rows = rows.zip(grad_scores.chunks_exact_mut(keys));
                for ((row, grad_row), number) in rows.zip(queries.clone()) {
                    let place = self.token(number) - range.start;
                    self.finish(row, bias.as_ref(), place, &places);
                    let softmax = RowSoftmax {
                        scale: query.scale(),
                        normaliser: normalisers[number * self.heads + head],
                        along: dot(grad.row(number, head), out.row(number, head)),
                    };
                    softmax.backward(row, grad_row, self.row_mask(number, head, places.start));
                    if let Some((rows, grad)) = &mut of_bias {
                        grad.add(rows, grad_row, place, &places);
                    }
                }
                let p = Matrix::new(probabilities, count, keys);
                let d = Matrix::new(grad_scores, count, keys);
                let of_queries = query.target(grad_query, queries.clone(), head);
                let of_keys = key.target(grad_key, key_tokens.clone(), head);
                let of_values = value.target(grad_value, key_tokens, head);
                // SAFETY: the task owns this head of this segment's tokens.
                unsafe {
                    product_at(of_values, p.t(), g, Into::Add, self.precision);
                    product_at(of_queries, d, k, Into::Replace, self.precision);
                    product_at(of_keys, d.t(), q, Into::Add, self.precision);
                }
            }
            of_bias.map(|(_, grad)| grad)
        };
        let tasks = tasks(&self.segments, self.heads);
        let parts: Vec<_> = tasks.into_par_iter().map(of_head).collect();
        (grads, self.grad_of_table(parts, table, query.scale()))
    }

    /// The gradient of the bias's table from those of all heads.
    fn grad_of_table(
        &self,
        parts: Vec<Option<BiasGrad>>,
        table: Option<View>,
        scale: f32,
    ) -> Option<Vec<f32>> {
        let parts: Vec<_> = parts.into_iter().flatten().collect();
        Some(BiasGrad::of_table(&parts, self.bias.as_ref()?, table?.shape, scale))
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
        let table = inputs.get(3).copied();
        let (out, normalisers) = self.context([inputs[0], inputs[1], inputs[2]], table);
        let saved = if keep { vec![normalisers] } else { Saved::default() };
        (out, inputs[0].shape.to_vec(), saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let views: Vec<View> = retained.iter().map(|view| view.expect("retained")).collect();
        let (out, inputs) = views.split_last().expect("the output is retained");
        let table = inputs.get(3).copied();
        let views = [inputs[0], inputs[1], inputs[2], *out];
        let (grads, of_table) = self.gradients(views, table, &saved[0], grad);
        grads.into_iter().chain(of_table).map(Grad::Values).collect()
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
    attention: AttentionOp,
    rows: Arc<[usize]>,
}

impl RowsOp {
    fn offset(&self, row: usize, head: usize, longest: usize) -> usize {
        (row * self.attention.heads + head) * longest
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
        let AttentionOp { segments, heads, dropout, .. } = &self.attention;
        let (heads, longest) = (*heads, segments.longest());
        let [query, key] = [0, 1].map(|i| Heads::new(inputs[i], heads));
        let biases: Vec<_> = (0..heads)
            .map(|head| self.attention.head_bias(inputs.get(2).copied(), head, query.scale()))
            .collect();
        let owners = segments.owners();
        let mut out = vec![0.0; self.rows.len() * heads * longest];
        out.par_chunks_mut((heads * longest).max(1)).zip(self.rows.par_iter()).for_each(
            |(out, token)| {
                let range = segments.range(owners[*token]);
                for (head, out) in out.chunks_exact_mut(longest).enumerate() {
                    let out = &mut out[..range.len()];
                    let q = query.matrix(*token..*token + 1, head);
                    let k = key.matrix(range.clone(), head);
                    product(out, range.len(), q, k.t(), Into::Replace, Precision::F32);
                    let (place, keys) = (token - range.start, 0..range.len());
                    self.attention.finish(out, biases[head].as_ref(), place, &keys);
                    softmax(out, query.scale(), None);
                }
            },
        );
        let saved = if keep { vec![out.clone()] } else { Saved::default() };
        mask_rows(&mut out, &self.rows, heads, longest, *dropout);
        (out, vec![self.rows.len(), heads, longest], saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let AttentionOp { segments, heads, dropout, bias, .. } = &self.attention;
        let (heads, longest) = (*heads, segments.longest());
        let inputs: Vec<View> = retained.iter().flatten().copied().collect();
        let [query, key] = [0, 1].map(|i| Heads::new(inputs[i], heads));
        let mut grads = [(); 2].map(|()| vec![0.0; inputs[0].data.len()]);
        let [grad_query, grad_key] = grads.each_mut().map(|g| Shared::new(g));
        let places = rows_by_segment(&self.rows, segments);
        let tasks: Vec<_> =
            (0..places.len()).flat_map(|s| (0..heads).map(move |h| (s, h))).collect();
        let of_head = |(segment, head): (usize, usize)| {
            let range = segments.range(segment);
            let mut of_bias = bias.as_ref().map(|rows| (rows, BiasGrad::zeros(rows, head)));
            let mut scores = vec![0.0; range.len()];
            for place in &places[segment] {
                let token = self.rows[*place];
                let at = self.offset(*place, head, longest);
                scores.copy_from_slice(&grad[at..at + range.len()]);
                let start = mask_start(token, head, heads, longest);
                if let Some(mask) = RowMask::new(*dropout, start) {
                    mask.apply(&mut scores);
                }
                let row = &saved[0][at..at + range.len()];
                let along = dot(&scores, row);
                through_softmax(&mut scores, row, along, query.scale());
                if let Some((rows, grad)) = &mut of_bias {
                    grad.add(rows, &scores, token - range.start, &(0..range.len()));
                }
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
            of_bias.map(|(_, grad)| grad)
        };
        let parts: Vec<_> = tasks.into_par_iter().map(of_head).collect();
        let of_table = self.attention.grad_of_table(parts, inputs.get(2).copied(), query.scale());
        grads.into_iter().chain(of_table).map(Grad::Values).collect()
    }
}
