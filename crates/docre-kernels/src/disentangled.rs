//! Attention over packed sequences whose scores depend on content and on relative position.
//!
//! Both kinds of positional score are products with the few rows of a table that a segment
//! reads, spread over queries and keys afterwards. As in plain attention no probabilities are
//! stored.

use std::{ops::Range, sync::Arc};

use burn::tensor::{DispatchTensor, Tensor};
use rayon::prelude::*;

use crate::{
    attention::{Heads, QUERIES, RowSoftmax, blocks, softmax, tasks},
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::zeros,
    disentangled_parts::{Layout, Operands, TableGrads, grads_of_tables},
    dropout::Dropout,
    layer_norm::dot,
    matmul::{Into, Matrix, Shared, product, product_at},
    precision::Precision,
    reference,
    relative::Relative,
    segments::Segments,
};

/// Disentangled attention (He et al. 2021, ICLR, equation 4) of every token to the tokens of its
/// own segment, with dropout on the probabilities. With `δ` the row of `relative.rows` for the
/// distance `i - j`, the score of query `i` and key `j` is
///
/// ```text
/// (query_i · key_j + query_i · keys_δ + key_j · queries_δ) / √(terms * head width)
/// ```
///
/// of as many terms as there are. The paper writes the last one with the row for `j - i`; its
/// code, with which all encoders were trained, takes the row for `i - j` in both.
///
/// # Shapes
///
/// - query, key, value, output: `[tokens, heads * head width]`
#[allow(clippy::too_many_arguments)] // those of attention, and where positions are
pub fn disentangled_attention(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    relative: Relative,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&query.device()) {
        let layout = Layout::new(&relative, segments, heads, dropout);
        let inputs = [value, query, key].into_iter().chain(relative.keys).chain(relative.queries);
        let inputs: Vec<DispatchTensor> = inputs.map(Tensor::into_dispatch).collect();
        return fuse(Arc::new(DisentangledOp { layout, precision }), inputs);
    }
    reference::disentangled_attention(query, key, value, relative, segments, heads, dropout)
}

/// Keys whose scores against positions are spread over queries at a time.
const KEYS: usize = 16;

#[derive(Debug)]
struct DisentangledOp {
    layout: Layout,
    precision: Precision,
}

impl FusedOp for DisentangledOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    fn retains_output(&self) -> bool {
        true
    }

    /// Keeps the log-sum-exp of each row of scores, `[tokens, heads]`.
    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let value = Heads::new(inputs[0], self.layout.heads);
        let operands = self.layout.operands(&inputs[1..]);
        let mut out = zeros(inputs[0].data.len());
        let mut normalisers = vec![0.0; inputs[0].shape[0] * self.layout.heads];
        let (shared_out, shared_normalisers) =
            (Shared::new(&mut out), Shared::new(&mut normalisers));
        tasks(&self.layout.segments, self.layout.heads).into_par_iter().for_each(
            |(range, head)| {
                let task = Task::new(self, operands, range, head);
                let keys = task.tokens.len();
                let key_scores = task.key_scores();
                let mut scores = Scores::new(&task);
                let v = value.matrix(task.tokens.clone(), head);
                for queries in blocks(&task.tokens) {
                    let scores = scores.of(&task, &queries, &key_scores);
                    for (row, token) in scores.chunks_exact_mut(keys).zip(queries.clone()) {
                        let place = token * self.layout.heads + head;
                        // SAFETY: one element, of this token and head.
                        let normaliser = unsafe { shared_normalisers.part(place, 1) };
                        let mask = self.layout.row_mask(token, head);
                        normaliser[0] = softmax(row, operands.scale(), mask);
                    }
                    let out = value.target(shared_out, queries.clone(), head);
                    let scores = Matrix::new(scores, queries.len(), keys);
                    // SAFETY: the task owns this head of these tokens.
                    unsafe { product_at(out, scores, v, Into::Replace, self.precision) };
                }
            },
        );
        let saved = if keep { vec![normalisers] } else { Saved::default() };
        (out, inputs[0].shape.to_vec(), saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let views: Vec<View> = retained.iter().map(|view| view.expect("retained")).collect();
        let (output, inputs) = views.split_last().expect("the output is retained");
        let layout = &self.layout;
        let whole = Whole {
            value: Heads::new(inputs[0], layout.heads),
            out: Heads::new(*output, layout.heads),
            grad: Heads::new(View { shape: output.shape, data: grad }, layout.heads),
            normalisers: &saved[0],
        };
        let operands = layout.operands(&inputs[1..]);
        let mut grads = [(); 3].map(|()| zeros(grad.len()));
        let [grad_value, grad_query, grad_key] = grads.each_mut().map(|g| Shared::new(g));
        let to = Grads { value: grad_value, query: grad_query, key: grad_key };
        let parts: Vec<TableGrads> = tasks(&layout.segments, layout.heads)
            .into_par_iter()
            .map(|(range, head)| Task::new(self, operands, range, head).backward(&whole, to))
            .collect();
        let mut grads: Vec<Grad> = grads.map(Grad::Values).into();
        grads.extend(grads_of_tables(&parts, &inputs[3..], operands.query.size));
        grads
    }
}

/// What the backward pass reads beside the operands.
struct Whole<'a> {
    value: Heads<'a>,
    out: Heads<'a>,
    grad: Heads<'a>,
    normalisers: &'a [f32],
}

/// Where the gradients of tokens go.
#[derive(Clone, Copy)]
struct Grads<'a> {
    value: Shared<'a>,
    query: Shared<'a>,
    key: Shared<'a>,
}

/// One head of one segment.
struct Task<'a> {
    layout: &'a Layout,
    operands: Operands<'a>,
    tokens: Range<usize>,
    head: usize,
    /// The rows of the tables that the segment reads.
    table: Range<usize>,
    precision: Precision,
}

impl<'a> Task<'a> {
    fn new(
        op: &'a DisentangledOp,
        operands: Operands<'a>,
        tokens: Range<usize>,
        head: usize,
    ) -> Self {
        let table = op.layout.table(tokens.len());
        Self { layout: &op.layout, operands, tokens, head, table, precision: op.precision }
    }

    /// The places of tokens in the segment.
    fn places(&self, tokens: &Range<usize>) -> Range<usize> {
        tokens.start - self.tokens.start..tokens.end - self.tokens.start
    }

    /// The rows of the tables that these queries read with all keys.
    fn window_of_queries(&self, queries: &Range<usize>) -> Range<usize> {
        self.layout.rows.window(self.places(queries), 0..self.tokens.len())
    }

    /// The rows of the tables that all queries read with these keys.
    fn window_of_keys(&self, keys: &Range<usize>) -> Range<usize> {
        self.layout.rows.window(0..self.tokens.len(), self.places(keys))
    }

    /// The columns `window` of values that have a column for each row of `self.table`.
    fn columns(&self, values: &'a [f32], window: &Range<usize>, rows: usize) -> Matrix<'a> {
        let from = window.start - self.table.start;
        Matrix::strided(&values[from..], rows, window.len(), self.table.len())
    }

    /// Tokens against the rows `window` of a table, into their columns of `out`, `[tokens, table]`.
    fn against(&self, out: &mut [f32], tokens: Matrix, table: &Heads, window: Range<usize>) {
        let out = &mut out[window.start - self.table.start..];
        let rows = table.matrix(window, self.head);
        product(out, self.table.len(), tokens, rows.t(), Into::Replace, self.precision);
    }

    /// Every key against the positions that it is read at, `[keys, table]`; empty without that term.
    fn key_scores(&self) -> Vec<f32> {
        let Some(queries) = &self.operands.relative_queries else { return Vec::new() };
        let width = self.table.len();
        let mut scores = vec![0.0; self.tokens.len() * width];
        for keys in blocks(&self.tokens) {
            let out = &mut scores[self.places(&keys).start * width..];
            let window = self.window_of_keys(&keys);
            self.against(out, self.operands.key.matrix(keys, self.head), queries, window);
        }
        scores
    }

    /// Calls `visit` for each score of a block of queries, with its place among the block's
    /// scores and that of its value in [`Task::key_scores`]. A few keys at a time, whose values
    /// stay in the cache: those of one query lie in as many rows as there are keys.
    #[inline(always)]
    fn each_key_score(&self, queries: Range<usize>, mut visit: impl FnMut(usize, usize)) {
        let (keys, width) = (self.tokens.len(), self.table.len());
        for from in (0..keys).step_by(KEYS) {
            let to = (from + KEYS).min(keys);
            for (query, place) in queries.clone().enumerate() {
                let rows = &self.layout.rows.of_query(place, keys)[from..to];
                for (key, row) in (from..to).zip(rows) {
                    visit(query * keys + key, key * width + *row as usize - self.table.start);
                }
            }
        }
    }

    fn backward(&self, whole: &Whole, to: Grads) -> TableGrads {
        let (head, keys) = (self.head, self.tokens.len());
        let key_scores = self.key_scores();
        let mut of_key_scores = vec![0.0; key_scores.len()];
        let mut scores = Scores::new(self);
        let mut grad_scores = vec![0.0; QUERIES.min(keys) * keys];
        let mut grads = TableGrads::zeros(self.table.clone(), head, &self.operands);
        let (k, v) = (self.keys(), whole.value.matrix(self.tokens.clone(), head));
        for queries in blocks(&self.tokens) {
            let count = queries.len();
            let grad_scores = &mut grad_scores[..count * keys];
            let g = whole.grad.matrix(queries.clone(), head);
            product(grad_scores, keys, g, v.t(), Into::Replace, self.precision);
            let probabilities = scores.of(self, &queries, &key_scores);
            self.through_softmax(whole, &queries, probabilities, grad_scores);
            let q = self.operands.query.matrix(queries.clone(), head);
            let p = Matrix::new(probabilities, count, keys);
            let d = Matrix::new(grad_scores, count, keys);
            let of_queries = self.operands.query.target(to.query, queries.clone(), head);
            let of_all_keys = self.operands.key.target(to.key, self.tokens.clone(), head);
            let of_values = whole.value.target(to.value, self.tokens.clone(), head);
            // SAFETY: the task owns this head of this segment's tokens.
            unsafe {
                product_at(of_values, p.t(), g, Into::Add, self.precision);
                product_at(of_queries, d, k, Into::Replace, self.precision);
                product_at(of_all_keys, d.t(), q, Into::Add, self.precision);
            }
            if self.operands.relative_keys.is_some() {
                let positions = &mut scores.positions;
                self.backward_of_queries(&queries, grad_scores, positions, &mut grads, to);
            }
            if self.operands.relative_queries.is_some() {
                self.each_key_score(self.places(&queries), |score, position| {
                    of_key_scores[position] += grad_scores[score];
                });
            }
        }
        self.backward_of_keys(&of_key_scores, &mut grads, to);
        grads
    }

    fn keys(&self) -> Matrix<'a> {
        self.operands.key.matrix(self.tokens.clone(), self.head)
    }

    /// Takes unscaled scores and the gradient of probabilities; leaves the masked probabilities
    /// and the gradient of unscaled scores.
    fn through_softmax(
        &self,
        whole: &Whole,
        queries: &Range<usize>,
        scores: &mut [f32],
        grad: &mut [f32],
    ) {
        let keys = self.tokens.len();
        let rows = scores.chunks_exact_mut(keys).zip(grad.chunks_exact_mut(keys));
        for ((row, grad_row), token) in rows.zip(queries.clone()) {
            let softmax = RowSoftmax {
                scale: self.operands.scale(),
                normaliser: whole.normalisers[token * self.layout.heads + self.head],
                along: dot(whole.grad.row(token, self.head), whole.out.row(token, self.head)),
            };
            softmax.backward(row, grad_row, self.layout.row_mask(token, self.head));
        }
    }

    /// The gradients of `query · keys_δ`, from those of a block of scores.
    fn backward_of_queries(
        &self,
        queries: &Range<usize>,
        grad_scores: &[f32],
        positions: &mut [f32],
        grads: &mut TableGrads,
        to: Grads,
    ) {
        let (width, size, keys) = (self.table.len(), self.operands.query.size, self.tokens.len());
        let table = self.operands.relative_keys.expect("asked with this term alone");
        let positions = &mut positions[..queries.len() * width];
        positions.fill(0.0);
        let rows = positions.chunks_exact_mut(width).zip(grad_scores.chunks_exact(keys));
        for ((positions, grads), place) in rows.zip(self.places(queries)) {
            for (row, grad) in self.layout.rows.of_query(place, keys).iter().zip(grads) {
                positions[*row as usize - self.table.start] += grad;
            }
        }
        let window = self.window_of_queries(queries);
        let positions = self.columns(positions, &window, queries.len());
        let of_queries = self.operands.query.target(to.query, queries.clone(), self.head);
        let rows = table.matrix(window.clone(), self.head);
        // SAFETY: the task owns this head of this segment's tokens.
        unsafe { product_at(of_queries, positions, rows, Into::Add, self.precision) };
        let q = self.operands.query.matrix(queries.clone(), self.head);
        let of_table = grads.of_keys(window.start - self.table.start);
        product(of_table, size, positions.t(), q, Into::Add, self.precision);
    }

    /// The gradients of `key · queries_δ`, from those of [`Task::key_scores`].
    fn backward_of_keys(&self, of_key_scores: &[f32], grads: &mut TableGrads, to: Grads) {
        let (width, size) = (self.table.len(), self.operands.query.size);
        let Some(table) = self.operands.relative_queries else { return };
        for keys in blocks(&self.tokens) {
            let window = self.window_of_keys(&keys);
            let values = &of_key_scores[self.places(&keys).start * width..];
            let values = self.columns(values, &window, keys.len());
            let of_keys = self.operands.key.target(to.key, keys.clone(), self.head);
            let rows = table.matrix(window.clone(), self.head);
            // SAFETY: the task owns this head of this segment's tokens.
            unsafe { product_at(of_keys, values, rows, Into::Add, self.precision) };
            let k = self.operands.key.matrix(keys, self.head);
            let of_table = grads.of_queries(window.start - self.table.start);
            product(of_table, size, values.t(), k, Into::Add, self.precision);
        }
    }
}

/// Room for the scores of a block of queries.
struct Scores {
    /// `[queries, keys]`
    scores: Vec<f32>,
    /// `[queries, table]` Queries against positions; empty without that term.
    positions: Vec<f32>,
}

impl Scores {
    fn new(task: &Task) -> Self {
        let keys = task.tokens.len();
        let queries = QUERIES.min(keys);
        let table = task.operands.relative_keys.map_or(0, |_| task.table.len());
        Self { scores: vec![0.0; queries * keys], positions: vec![0.0; queries * table] }
    }

    /// The unscaled scores of a block of queries, `[queries, keys]`.
    fn of(&mut self, task: &Task, queries: &Range<usize>, key_scores: &[f32]) -> &mut [f32] {
        let keys = task.tokens.len();
        let scores = &mut self.scores[..queries.len() * keys];
        let q = task.operands.query.matrix(queries.clone(), task.head);
        product(scores, keys, q, task.keys().t(), Into::Replace, task.precision);
        let places = task.places(queries);
        if let Some(table) = &task.operands.relative_keys {
            task.against(&mut self.positions, q, table, task.window_of_queries(queries));
            let positions = self.positions.chunks_exact(task.table.len());
            let rows = scores.chunks_exact_mut(keys).zip(positions);
            for ((scores, positions), place) in rows.zip(places.clone()) {
                for (score, row) in scores.iter_mut().zip(task.layout.rows.of_query(place, keys)) {
                    *score += positions[*row as usize - task.table.start];
                }
            }
        }
        if task.operands.relative_queries.is_some() {
            task.each_key_score(places, |score, position| scores[score] += key_scores[position]);
        }
        scores
    }
}
