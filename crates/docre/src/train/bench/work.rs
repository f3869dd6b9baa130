//! How much arithmetic a model's matrix products are.

use crate::{
    encoder::{EncoderConfig, RelativeConfig},
    relation::RelationSettings,
    text::EncodedBatch,
};

/// The backward pass of a product is two products of its size.
pub(super) const TRAINING: f64 = 3.0;

/// The floating-point operations of the matrix products of one forward pass, a
/// multiplication and an addition counted as two. What is computed is counted, so padding,
/// activations and softmax are not.
pub(super) fn forward(
    config: &EncoderConfig,
    relation: &RelationSettings,
    classes: usize,
    batch: &EncodedBatch,
) -> f64 {
    encoder(config, batch) + pair_stage(config, relation, classes, batch)
}

fn encoder(config: &EncoderConfig, batch: &EncodedBatch) -> f64 {
    let hidden = config.hidden_size as f64;
    let tokens = batch.ids.len() as f64;
    let maps = tokens * (4.0 * hidden * hidden + 2.0 * hidden * config.intermediate_size as f64);
    let lengths = || batch.segments.windows(2).map(|window| window[1] - window[0]);
    let attention: f64 = lengths().map(|length| 2.0 * (length as f64).powi(2) * hidden).sum();
    let relative = config.relative.as_ref().map_or(0.0, |config| relative(config, hidden, lengths));
    2.0 * config.num_hidden_layers as f64 * (maps + attention + relative)
}

/// A layer's maps of relative positions, and their products with tokens.
fn relative<L: Iterator<Item = usize>>(
    config: &RelativeConfig,
    hidden: f64,
    lengths: impl Fn() -> L,
) -> f64 {
    let (table, rows) = config.rows(lengths().max().unwrap_or(0));
    let products: f64 = lengths().map(|length| rows.products(length) as f64).sum();
    config.terms() as f64 * (table.len() as f64 * hidden * hidden + products * hidden)
}

/// ATLOP: contexts, extractors, classifier.
fn pair_stage(
    config: &EncoderConfig,
    relation: &RelationSettings,
    classes: usize,
    batch: &EncodedBatch,
) -> f64 {
    let RelationSettings::Atlop { width, block } = relation;
    let (hidden, width) = (config.hidden_size as f64, *width as f64);
    let contexts: f64 = batch
        .documents
        .iter()
        .map(|document| document.pairs.len() as f64 * document.tokens.len() as f64 * hidden)
        .sum();
    let rows = (batch.mentions.len() + batch.pairs.len()) as f64;
    let extractors = 2.0 * rows * hidden * width;
    let classifier = batch.ordered_pairs.len() as f64 * width * (*block * classes) as f64;
    2.0 * (contexts + extractors + classifier)
}
