//! A pair's head or tail feature, from an entity's part and a context's part.

use std::sync::Arc;

use burn::tensor::Tensor;
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{written, zeros},
    math,
    matmul::Shared,
    reference,
};

/// `tanh(entity_part[e] + context_part[c])` for each `(e, c)` of `pairs` (ATLOP,
/// Eq. 6 to 8, with each linear map applied once an entity and once a context).
///
/// # Shapes
///
/// - entity_part: `[entities, width]`
/// - context_part: `[contexts, width]`
/// - output: `[pairs, width]`
pub fn pair_feature(
    entity_part: Tensor<2>,
    context_part: Tensor<2>,
    pairs: &Arc<[(usize, usize)]>,
) -> Tensor<2> {
    if is_flex(&entity_part.device()) {
        let inputs = [entity_part.into_dispatch(), context_part.into_dispatch()];
        return fuse(Arc::new(PairFeatureOp { pairs: pairs.clone() }), inputs);
    }
    reference::pair_feature(entity_part, context_part, pairs)
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn tanh_of_sum(out: &mut [f32], entity: &[f32], context: &[f32]) {
    for ((out, e), c) in out.iter_mut().zip(entity).zip(context) {
        *out = math::tanh(e + c);
    }
}

/// `entity += s` and `context += s` with the slope `s = grad (1 - y²)`
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn add_slopes(entity: &mut [f32], context: &mut [f32], y: &[f32], grad: &[f32]) {
    for (((entity, context), y), g) in entity.iter_mut().zip(context).zip(y).zip(grad) {
        let slope = g * (1.0 - y * y);
        *entity += slope;
        *context += slope;
    }
}

/// Pairs that a thread of the forward pass takes at a time.
const ROWS: usize = 32;

/// Columns that a thread of the backward pass sums at a time.
const COLUMNS: usize = 128;

#[derive(Debug)]
struct PairFeatureOp {
    pairs: Arc<[(usize, usize)]>,
}

impl FusedOp for PairFeatureOp {
    fn retains(&self, _input: usize) -> bool {
        // For their numbers of rows.
        true
    }

    fn retains_output(&self) -> bool {
        true
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let (entities, contexts, width) = (inputs[0].data, inputs[1].data, inputs[0].shape[1]);
        let out = written(self.pairs.len() * width, ROWS * width, |number, out| {
            let pairs = &self.pairs[number * ROWS..];
            for (out, (entity, context)) in out.chunks_exact_mut(width).zip(pairs) {
                let entity = &entities[entity * width..][..width];
                let context = &contexts[context * width..][..width];
                tanh_of_sum(out, entity, context);
            }
        });
        (out, vec![self.pairs.len(), width], Saved::default())
    }

    fn backward(&self, retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(entities), Some(contexts), Some(features)] = retained else {
            unreachable!("retained")
        };
        let width = entities.shape[1];
        let mut grad_entities = zeros(entities.data.len());
        let mut grad_contexts = zeros(contexts.data.len());
        let shared = (Shared::new(&mut grad_entities), Shared::new(&mut grad_contexts));
        // Each thread sums its own columns over all pairs in order, so the bits repeat.
        (0..width.div_ceil(COLUMNS)).into_par_iter().for_each(|block| {
            let from = block * COLUMNS;
            let count = COLUMNS.min(width - from);
            for (row, (entity, context)) in self.pairs.iter().enumerate() {
                let at = row * width + from;
                let (y, grad) = (&features.data[at..at + count], &grad[at..at + count]);
                // SAFETY: no other thread touches these columns.
                let (entity, context) = unsafe {
                    (
                        shared.0.part(entity * width + from, count),
                        shared.1.part(context * width + from, count),
                    )
                };
                add_slopes(entity, context, y, grad);
            }
        });
        vec![Grad::Values(grad_entities), Grad::Values(grad_contexts)]
    }
}
