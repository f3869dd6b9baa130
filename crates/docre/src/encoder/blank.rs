//! Parts whose weights are all zero, to be filled.

use burn::{
    module::Initializer,
    nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, LinearConfig},
    tensor::Device,
};

use super::EncoderConfig;
use crate::layers::Linear;

/// A table of embeddings.
pub(super) fn table(rows: usize, width: usize, device: &Device) -> Embedding {
    EmbeddingConfig::new(rows, width).with_initializer(Initializer::Zeros).init(device)
}

/// A linear layer.
pub(super) fn linear(inputs: usize, outputs: usize, bias: bool, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs)
        .with_bias(bias)
        .with_initializer(Initializer::Zeros)
        .init(device)
        .into()
}

/// A layer norm.
pub(super) fn norm(width: usize, config: &EncoderConfig, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width)
        .with_epsilon(config.layer_norm_eps)
        .with_bias(config.has_biases())
        .init(device)
}
