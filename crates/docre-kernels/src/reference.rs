//! Every operation composed of Burn's own: what runs on devices other than the
//! CPU, and what the CPU kernels are tested against. No loop runs over documents
//! or entities: sequences are padded and handled at once.

use std::sync::Arc;

use burn::tensor::{Bool, Device, Int, Tensor, TensorData, activation};

use crate::{
    adamw::{AdamWState, AdamWStep},
    dropout::Dropout,
    linear::Activation,
    pair_context::EPSILON,
    segments::{DocumentPairs, Groups, Segments},
};

/// See [`crate::linear()`].
pub fn linear(
    x: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<2> {
    let out = x.matmul(weight) + bias.unsqueeze();
    match activation {
        Activation::None => out,
        Activation::Gelu => activation::gelu(out),
        Activation::Tanh => out.tanh(),
    }
}

/// See [`crate::gather_rows()`].
pub fn gather_rows(table: Tensor<2>, numbers: &[u32]) -> Tensor<2> {
    let numbers: Vec<i64> = numbers.iter().map(|number| i64::from(*number)).collect();
    let count = numbers.len();
    let numbers = Tensor::<1, Int>::from_data(TensorData::new(numbers, [count]), &table.device());
    table.select(0, numbers)
}

/// See [`crate::layer_norm()`].
pub fn layer_norm(x: Tensor<2>, gamma: Tensor<1>, beta: Tensor<1>, epsilon: f64) -> Tensor<2> {
    let centred = x.clone() - x.mean_dim(1);
    let variance = centred.clone().square().mean_dim(1);
    centred / (variance + epsilon).sqrt() * gamma.unsqueeze() + beta.unsqueeze()
}

/// See [`crate::add_layer_norm()`].
pub fn add_layer_norm(
    x: Tensor<2>,
    residual: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
    dropout: Dropout,
) -> Tensor<2> {
    layer_norm(masked(x, dropout) + residual, gamma, beta, epsilon)
}

/// See [`crate::attention()`].
pub fn attention(
    query: Tensor<2>,
    key: Tensor<2>,
    value: Tensor<2>,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
) -> Tensor<2> {
    let [tokens, width] = query.dims();
    let longest = segments.longest();
    let probabilities = all_probabilities(query, key, segments, heads, dropout);
    let value = split_heads(value, segments, heads);
    let out = probabilities.matmul(value); // [segments, heads, longest, head width]
    let out = out.swap_dims(1, 2).reshape([segments.count() * longest, width]);
    let places = segments
        .iter()
        .enumerate()
        .flat_map(|(segment, range)| (0..range.len()).map(move |i| segment * longest + i));
    let device = out.device();
    let out = out.select(0, index(places, &device));
    debug_assert_eq!(out.dims(), [tokens, width]);
    out
}

/// See [`crate::attention_rows()`].
pub fn attention_rows(
    query: Tensor<2>,
    key: Tensor<2>,
    segments: &Segments,
    heads: usize,
    rows: &Arc<[usize]>,
    dropout: Dropout,
) -> Tensor<3> {
    let longest = segments.longest();
    let owners = segments.owners();
    let probabilities = all_probabilities(query, key, segments, heads, dropout);
    let by_query =
        probabilities.swap_dims(1, 2).reshape([segments.count() * longest, heads, longest]);
    let places = rows.iter().map(|token| {
        let segment = owners[*token];
        segment * longest + token - segments.range(segment).start
    });
    let device = by_query.device();
    by_query.select(0, index(places, &device))
}

/// The probabilities after dropout: `[segments, heads, longest, longest]`.
fn all_probabilities(
    query: Tensor<2>,
    key: Tensor<2>,
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
) -> Tensor<4> {
    let (count, longest) = (segments.count(), segments.longest());
    let device = query.device();
    let scale = 1.0 / ((query.dims()[1] / heads) as f64).sqrt();
    let query = split_heads(query, segments, heads);
    let key = split_heads(key, segments, heads);
    let beyond = beyond_end(segments, &device).reshape([count, 1, 1, longest]);
    let beyond = beyond.expand([count, heads, longest, longest]);
    let scores = query.matmul(key.swap_dims(2, 3)) * scale;
    let probabilities = activation::softmax(scores.mask_fill(beyond, -1e30), 3);
    if dropout.is_off() {
        return probabilities;
    }
    probabilities * probability_mask(segments, heads, dropout, &device)
}

/// The mask of [`all_probabilities`], at the places that the fused kernel uses.
fn probability_mask(
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    device: &Device,
) -> Tensor<4> {
    let (count, longest) = (segments.count(), segments.longest());
    let factors = dropout.factors(segments.total() * heads * longest);
    let mut mask = vec![0.0; count * heads * longest * longest];
    for (segment, range) in segments.iter().enumerate() {
        for (query, token) in range.enumerate() {
            for head in 0..heads {
                let from = (token * heads + head) * longest;
                let to = ((segment * heads + head) * longest + query) * longest;
                mask[to..to + longest].copy_from_slice(&factors[from..from + longest]);
            }
        }
    }
    Tensor::from_data(TensorData::new(mask, [count, heads, longest, longest]), device)
}

/// Packed tokens to `[segments, heads, longest, head width]`.
fn split_heads(x: Tensor<2>, segments: &Segments, heads: usize) -> Tensor<4> {
    let [_, width] = x.dims();
    let (count, longest) = (segments.count(), segments.longest());
    pad(x, segments).reshape([count, longest, heads, width / heads]).swap_dims(1, 2)
}

/// Packed rows to `[segments, longest, width]`. Rows beyond a segment's end repeat its first.
fn pad(x: Tensor<2>, segments: &Segments) -> Tensor<3> {
    let [_, width] = x.dims();
    let longest = segments.longest();
    let last = segments.total().saturating_sub(1);
    let places = segments.iter().flat_map(|range| {
        (0..longest)
            .map(move |i| if i < range.len() { range.start + i } else { range.start.min(last) })
    });
    let device = x.device();
    x.select(0, index(places, &device)).reshape([segments.count(), longest, width])
}

/// Where a padded position lies beyond its segment's end: `[segments, longest]`.
fn beyond_end(segments: &Segments, device: &Device) -> Tensor<2, Bool> {
    let longest = segments.longest();
    let beyond: Vec<bool> =
        segments.iter().flat_map(|range| (0..longest).map(move |i| i >= range.len())).collect();
    Tensor::from_data(TensorData::new(beyond, [segments.count(), longest]), device)
}

/// See [`crate::pool_logsumexp()`].
pub fn pool_logsumexp(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    let (gathered, beyond, empty) = gather_groups(x, groups);
    let gathered = gathered.mask_fill(beyond, -1e30); // [groups, most, width]
    let highest = gathered.clone().max_dim(1).detach();
    let sum = (gathered - highest.clone()).exp().sum_dim(1);
    (sum.log() + highest).squeeze_dim::<2>(1).mask_fill(empty, 0.0)
}

/// See [`crate::pool_mean()`].
pub fn pool_mean(x: Tensor<2>, groups: &Groups) -> Tensor<2> {
    let device = x.device();
    let (gathered, beyond, _) = gather_groups(x, groups);
    let counts: Vec<f32> = groups.iter().map(|rows| rows.len().max(1) as f32).collect();
    let counts = Tensor::<1>::from_floats(counts.as_slice(), &device).unsqueeze_dim(1);
    gathered.mask_fill(beyond, 0.0).sum_dim(1).squeeze_dim::<2>(1) / counts
}

/// Each group's rows, padded: `[groups, most, width]`; where there is no row
/// (same shape), and where a whole group is empty (`[groups, width]`).
fn gather_groups(x: Tensor<2>, groups: &Groups) -> (Tensor<3>, Tensor<3, Bool>, Tensor<2, Bool>) {
    let [_, width] = x.dims();
    let device = x.device();
    let (count, most) = (groups.count(), groups.segments.longest().max(1));
    let places =
        groups.iter().flat_map(|rows| (0..most).map(move |i| rows.get(i).copied().unwrap_or(0)));
    let gathered = x.select(0, index(places, &device)).reshape([count, most, width]);
    let beyond: Vec<bool> =
        groups.iter().flat_map(|rows| (0..most).map(move |i| i >= rows.len())).collect();
    let beyond = Tensor::<3, Bool>::from_data(TensorData::new(beyond, [count, most, 1]), &device);
    let empty: Vec<bool> = groups.iter().map(|rows| rows.is_empty()).collect();
    let empty = Tensor::<2, Bool>::from_data(TensorData::new(empty, [count, 1]), &device);
    (gathered, beyond.expand([count, most, width]), empty.expand([count, width]))
}

/// See [`crate::pair_context()`].
pub fn pair_context(attention: Tensor<3>, hidden: Tensor<2>, layout: &DocumentPairs) -> Tensor<2> {
    let device = hidden.device();
    let [_, width] = hidden.dims();
    let longest = attention.dims()[2];
    let first = attention.clone().select(0, index(layout.pairs.iter().map(|p| p.0), &device));
    let second = attention.select(0, index(layout.pairs.iter().map(|p| p.1), &device));
    let weights = (first * second).mean_dim(1).squeeze_dim::<2>(1); // [pairs, longest]
    let weights = weights.clone() / (weights.sum_dim(1) + EPSILON);
    // [documents, most pairs, longest] × [documents, longest, width], then the pairs again.
    let weights = pad(weights, &layout.pairs_of_document);
    let tokens = pad_to(hidden, &layout.tokens, longest);
    let most = layout.pairs_of_document.longest();
    let contexts = weights.matmul(tokens).reshape([layout.tokens.count() * most, width]);
    let places = layout
        .pairs_of_document
        .iter()
        .enumerate()
        .flat_map(|(document, range)| (0..range.len()).map(move |i| document * most + i));
    contexts.select(0, index(places, &device))
}

/// [`pad`] to a given length, of which a document's attention beyond its end is zero.
fn pad_to(x: Tensor<2>, segments: &Segments, length: usize) -> Tensor<3> {
    let [_, width] = x.dims();
    let device = x.device();
    let places = segments.iter().flat_map(|range| {
        (0..length).map(move |i| range.start + i.min(range.len().saturating_sub(1)))
    });
    x.select(0, index(places, &device)).reshape([segments.count(), length, width])
}

/// See [`crate::pair_feature()`].
pub fn pair_feature(
    entity_part: Tensor<2>,
    context_part: Tensor<2>,
    pairs: &Arc<[(usize, usize)]>,
) -> Tensor<2> {
    let device = entity_part.device();
    let entities = entity_part.select(0, index(pairs.iter().map(|p| p.0), &device));
    let contexts = context_part.select(0, index(pairs.iter().map(|p| p.1), &device));
    (entities + contexts).tanh()
}

/// See [`crate::grouped_bilinear()`].
pub fn grouped_bilinear(
    heads: Tensor<2>,
    tails: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    block: usize,
) -> Tensor<2> {
    let [pairs, width] = heads.dims();
    let groups = width / block;
    let heads = heads.reshape([pairs, groups, block, 1]);
    let tails = tails.reshape([pairs, groups, 1, block]);
    (heads * tails).reshape([pairs, width * block]).matmul(weight) + bias.unsqueeze()
}

/// See [`crate::adamw()`].
pub fn adamw(state: AdamWState, gradient: Tensor<1>, step: &AdamWStep) -> AdamWState {
    let (rate, correction) = step.corrections();
    let gradient = gradient * step.gradient_scale;
    let mean = state.mean * step.beta_1 + gradient.clone() * (1.0 - step.beta_1);
    let mean_square = state.mean_square * step.beta_2 + gradient.square() * (1.0 - step.beta_2);
    let root = mean_square.clone().sqrt() * correction + step.epsilon;
    let kept = state.parameter * (1.0 - step.rate * step.weight_decay);
    AdamWState { parameter: kept - mean.clone() * rate / root, mean, mean_square }
}

fn masked(x: Tensor<2>, dropout: Dropout) -> Tensor<2> {
    if dropout.is_off() {
        return x;
    }
    let shape = x.shape();
    let factors = TensorData::new(dropout.factors(shape.num_elements()), shape);
    let factors = Tensor::from_data(factors, &x.device());
    x * factors
}

fn index(places: impl Iterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let places: Vec<i32> = places.map(|place| place as i32).collect();
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}
