//! The probabilities of disentangled attention for chosen tokens.

use std::{ops::Range, sync::Arc};

use burn::tensor::{DispatchTensor, Tensor};
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    attention::{mask_rows, rows_by_segment, softmax, through_softmax},
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    disentangled_parts::{Layout, Operands, TableGrads, grads_of_tables},
    dropout::Dropout,
    layer_norm::dot,
    matmul::Shared,
    reference,
    relative::Relative,
    segments::Segments,
};

/// The attention probabilities of chosen tokens, after the same dropout as
/// [`disentangled_attention`](crate::disentangled_attention()) with the same arguments uses.
///
/// # Shapes
///
/// - query, key: `[tokens, heads * head width]`
/// - rows: token numbers, each at most once
/// - output: `[rows, heads, longest segment]`, over the positions of the token's
///   own segment, zero beyond its end
pub fn disentangled_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    relative: Relative,
    segments: &Segments,
    heads: usize,
    rows: &Arc<[usize]>,
    dropout: Dropout,
) -> Tensor<3> {
    if is_flex(&query.device()) {
        let layout = Layout::new(&relative, segments, heads, dropout);
        let inputs = [query, key].into_iter().chain(relative.keys).chain(relative.queries);
        let inputs: Vec<DispatchTensor> = inputs.map(Tensor::into_dispatch).collect();
        return fuse(Arc::new(DisentangledRowsOp { layout, rows: rows.clone() }), inputs);
    }
    reference::disentangled_rows(query, key, relative, segments, heads, rows, dropout)
}

#[derive(Debug)]
struct DisentangledRowsOp {
    layout: Layout,
    rows: Arc<[usize]>,
}

impl FusedOp for DisentangledRowsOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    /// Keeps the probabilities before dropout.
    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let Layout { segments, heads, dropout, .. } = &self.layout;
        let operands = self.layout.operands(inputs);
        let longest = segments.longest();
        let owners = segments.owners();
        let mut out = vec![0.0; self.rows.len() * heads * longest];
        out.par_chunks_mut((heads * longest).max(1)).zip(self.rows.par_iter()).for_each(
            |(out, token)| {
                let tokens = segments.range(owners[*token]);
                for (head, out) in out.chunks_exact_mut(longest).enumerate() {
                    let out = &mut out[..tokens.len()];
                    self.scores(out, operands, *token, &tokens, head);
                    softmax(out, operands.scale(), None);
                }
            },
        );
        let saved = if keep { vec![out.clone()] } else { Saved::default() };
        mask_rows(&mut out, &self.rows, *heads, longest, *dropout);
        (out, vec![self.rows.len(), *heads, longest], saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let Layout { segments, heads, .. } = &self.layout;
        let inputs: Vec<View> = retained.iter().flatten().copied().collect();
        let operands = self.layout.operands(&inputs);
        let mut grads = [(); 2].map(|()| vec![0.0; inputs[0].data.len()]);
        let [grad_query, grad_key] = grads.each_mut().map(|g| Shared::new(g));
        let places = rows_by_segment(&self.rows, segments);
        let tasks: Vec<_> = (0..places.len())
            .filter(|segment| !places[*segment].is_empty())
            .flat_map(|segment| (0..*heads).map(move |head| (segment, head)))
            .collect();
        let parts: Vec<TableGrads> = tasks
            .into_par_iter()
            .map(|(segment, head)| {
                let tokens = segments.range(segment);
                let mut task = Task::new(&self.layout, operands, tokens, head);
                for place in &places[segment] {
                    let token = self.rows[*place];
                    let from = (place * heads + head) * segments.longest();
                    let row = from..from + task.tokens.len();
                    let scores = task.through_softmax(&grad[row.clone()], &saved[0][row], token);
                    // SAFETY: the task owns this head of this segment's tokens.
                    unsafe { task.add(&scores, token, grad_query, grad_key) };
                }
                task.grads
            })
            .collect();
        let mut grads: Vec<Grad> = grads.map(Grad::Values).into();
        grads.extend(grads_of_tables(&parts, &inputs[2..], operands.query.size));
        grads
    }
}

impl DisentangledRowsOp {
    /// The unscaled scores of a token with the tokens of its segment.
    fn scores(
        &self,
        out: &mut [f32],
        operands: Operands,
        token: usize,
        tokens: &Range<usize>,
        head: usize,
    ) {
        let query = operands.query.row(token, head);
        let rows = self.layout.rows.of_query(token - tokens.start, tokens.len());
        for ((score, key), row) in out.iter_mut().zip(tokens.clone()).zip(rows) {
            let key = operands.key.row(key, head);
            *score = dot(query, key);
            if let Some(keys) = &operands.relative_keys {
                *score += dot(query, keys.row(*row as usize, head));
            }
            if let Some(queries) = &operands.relative_queries {
                *score += dot(key, queries.row(*row as usize, head));
            }
        }
    }
}

/// The backward pass of one head of one segment.
struct Task<'a> {
    layout: &'a Layout,
    operands: Operands<'a>,
    tokens: Range<usize>,
    grads: TableGrads,
}

impl<'a> Task<'a> {
    fn new(layout: &'a Layout, operands: Operands<'a>, tokens: Range<usize>, head: usize) -> Self {
        let grads = TableGrads::zeros(layout.table(tokens.len()), head, &operands);
        Self { layout, operands, tokens, grads }
    }

    /// The gradient of a token's unscaled scores from that of its probabilities after dropout.
    fn through_softmax(&self, grad: &[f32], probabilities: &[f32], token: usize) -> Vec<f32> {
        let mut scores = grad.to_vec();
        if let Some(mask) = self.layout.row_mask(token, self.grads.head) {
            mask.apply(&mut scores);
        }
        let along = dot(&scores, probabilities);
        through_softmax(&mut scores, probabilities, along, self.operands.scale());
        scores
    }

    /// Adds the gradients of all that a token's scores are made of.
    ///
    /// # Safety
    ///
    /// Meanwhile no other thread reads or writes this head of the segment's tokens.
    unsafe fn add(&mut self, scores: &[f32], token: usize, of_query: Shared, of_key: Shared) {
        let Self { layout, operands, tokens, grads } = self;
        let (head, first) = (grads.head, grads.table.start);
        let query = operands.query.row(token, head);
        // SAFETY: the caller's promise; a query's part and a key's are of different tensors.
        let of_query = unsafe { operands.query.part(of_query, token, head) };
        let rows = layout.rows.of_query(token - tokens.start, tokens.len());
        for ((grad, key_token), row) in scores.iter().zip(tokens.clone()).zip(rows) {
            let (key, row) = (operands.key.row(key_token, head), *row as usize);
            // SAFETY: as above.
            let of_key = unsafe { operands.key.part(of_key, key_token, head) };
            add_scaled(of_query, key, *grad);
            add_scaled(of_key, query, *grad);
            if let Some(keys) = &operands.relative_keys {
                add_scaled(of_query, keys.row(row, head), *grad);
                add_scaled(grads.of_keys(row - first), query, *grad);
            }
            if let Some(queries) = &operands.relative_queries {
                add_scaled(of_key, queries.row(row, head), *grad);
                add_scaled(grads.of_queries(row - first), key, *grad);
            }
        }
    }
}

/// `to += from * factor`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_scaled(to: &mut [f32], from: &[f32], factor: f32) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += from * factor);
}
