//! How the attention of entity pairs is shared out among sentences, with gradients.

use std::ops::Range;

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::{DocumentTokens, PairLayout, attention::entity_attention};

/// What the public code adds to the sum that a pair's attention is divided by.
const EPSILON: f64 = 1e-5;

/// Pairs of a document whose attention is looked at, and the document's sentences.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AttendedDocument {
    /// Head and tail of each pair, numbered through the batch.
    pub pairs: Vec<(usize, usize)>,
    /// The places of each sentence's tokens in the document; empty where it was cut off.
    pub sentences: Vec<Range<usize>>,
}

/// The share of each sentence in the localized context of some pairs, `[pairs, most sentences]`,
/// in the documents' order.
pub(crate) fn pair_sentence_shares(
    tokens: &DocumentTokens,
    layout: &PairLayout,
    documents: &[AttendedDocument],
) -> Tensor<2> {
    let attention = entity_attention(tokens.attention.clone(), layout);
    sentence_shares(token_shares(attention, documents), documents)
}

/// The weights of the pairs' localized contexts (ATLOP, Eq. 4), `[pairs, longest]`, from the
/// attention of entities, `[entities, heads, longest]`.
fn token_shares(attention: Tensor<3>, documents: &[AttendedDocument]) -> Tensor<2> {
    let device = attention.device();
    let of = |end: fn(&(usize, usize)) -> usize| {
        let places = documents.iter().flat_map(|document| document.pairs.iter().map(end));
        attention.clone().select(0, numbers(places, &device))
    };
    let shared = (of(|pair| pair.0) * of(|pair| pair.1)).mean_dim(1).squeeze_dim::<2>(1);
    let sum = shared.clone().sum_dim(1) + EPSILON;
    shared / sum
}

/// The sum of each pair's token weights, `[pairs, tokens]`, over the tokens of each sentence of its
/// document, `[pairs, most sentences]`: 0 for sentences that a document doesn't have. What lies on
/// CLS and SEP is lost, so that a row sums to less than 1.
pub fn sentence_shares(weights: Tensor<2>, documents: &[AttendedDocument]) -> Tensor<2> {
    let [_, tokens] = weights.dims();
    let device = weights.device();
    let most = documents.iter().map(|document| document.sentences.len()).max().unwrap_or_default();
    let mut first = 0;
    let mut parts = Vec::new();
    for document in documents.iter().filter(|document| !document.pairs.is_empty()) {
        let count = document.pairs.len();
        let rows = weights.clone().narrow(0, first, count);
        parts.push(rows.matmul(membership(&document.sentences, tokens, most, &device)));
        first += count;
    }
    match parts.is_empty() {
        true => Tensor::zeros([0, most], &device),
        false => Tensor::cat(parts, 0),
    }
}

/// 1 where a token belongs to a sentence, `[tokens, sentences]`.
fn membership(
    sentences: &[Range<usize>],
    tokens: usize,
    columns: usize,
    device: &Device,
) -> Tensor<2> {
    let mut values = vec![0.0_f32; tokens * columns];
    for (column, sentence) in sentences.iter().enumerate() {
        sentence.clone().for_each(|token| values[token * columns + column] = 1.0);
    }
    Tensor::from_data(TensorData::new(values, [tokens, columns]), device)
}

fn numbers(places: impl Iterator<Item = usize>, device: &Device) -> Tensor<1, Int> {
    let places: Vec<i32> = places.map(|place| place as i32).collect();
    let count = places.len();
    Tensor::from_data(TensorData::new(places, [count]), device)
}
