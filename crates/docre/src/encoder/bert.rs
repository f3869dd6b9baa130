//! The parameters of BERT and RoBERTa, which differ in their embeddings' positions only.

use burn::{
    module::{Initializer, Module},
    nn::{Embedding, EmbeddingConfig, LayerNorm, LayerNormConfig, Linear, LinearConfig},
    tensor::Device,
};

use super::EncoderConfig;

/// A BERT or RoBERTa encoder without its pooler. Its parameters' paths are
/// Hugging Face's names, but for `self_attention` and `layer_norm`.
#[derive(Module, Debug)]
pub struct Encoder {
    pub(super) embeddings: Embeddings,
    pub(super) encoder: Layers,
    pub(super) hidden_dropout: f64,
    pub(super) attention_dropout: f64,
}

/// The sum of word, position and type, normalised.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    pub word_embeddings: Embedding,
    pub position_embeddings: Embedding,
    pub token_type_embeddings: Embedding,
    pub layer_norm: LayerNorm,
    pub epsilon: f64,
    pub position_offset: usize,
}

/// All layers. The struct is there for its name in the parameters' paths.
#[derive(Module, Debug)]
pub(super) struct Layers {
    pub layer: Vec<Layer>,
}

/// One transformer layer.
#[derive(Module, Debug)]
pub(super) struct Layer {
    pub attention: Attention,
    pub intermediate: Intermediate,
    pub output: Output,
}

/// A layer's first half.
#[derive(Module, Debug)]
pub(super) struct Attention {
    pub self_attention: SelfAttention,
    pub output: Output,
}

/// What the attention compares and collects.
#[derive(Module, Debug)]
pub(super) struct SelfAttention {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
    pub heads: usize,
}

/// The wide middle of a layer's second half.
#[derive(Module, Debug)]
pub(super) struct Intermediate {
    pub dense: Linear,
}

/// What ends each half of a layer: a linear map, the residual connection and a norm.
#[derive(Module, Debug)]
pub(super) struct Output {
    pub dense: Linear,
    pub layer_norm: LayerNorm,
    pub epsilon: f64,
}

impl Encoder {
    /// An encoder whose weights are all zero, to be filled. The values are
    /// made when they are first read, so filling costs nothing extra.
    pub(crate) fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let layer = (0..config.num_hidden_layers).map(|_| Layer::zeroed(config, device)).collect();
        Self {
            embeddings: Embeddings::zeroed(config, device),
            encoder: Layers { layer },
            hidden_dropout: config.hidden_dropout_prob,
            attention_dropout: config.attention_probs_dropout_prob,
        }
    }
}

impl Embeddings {
    fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let table = |rows| {
            EmbeddingConfig::new(rows, config.hidden_size)
                .with_initializer(Initializer::Zeros)
                .init(device)
        };
        Self {
            word_embeddings: table(config.vocab_size),
            position_embeddings: table(config.max_position_embeddings),
            token_type_embeddings: table(config.type_vocab_size),
            layer_norm: norm(config, device),
            epsilon: config.layer_norm_eps,
            position_offset: config.position_offset(),
        }
    }
}

impl Layer {
    fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let map = |inputs, outputs| linear(inputs, outputs, device);
        let output = |inputs| Output {
            dense: map(inputs, hidden),
            layer_norm: norm(config, device),
            epsilon: config.layer_norm_eps,
        };
        let self_attention = SelfAttention {
            query: map(hidden, hidden),
            key: map(hidden, hidden),
            value: map(hidden, hidden),
            heads: config.num_attention_heads,
        };
        Self {
            attention: Attention { self_attention, output: output(hidden) },
            intermediate: Intermediate { dense: map(hidden, inner) },
            output: output(inner),
        }
    }
}

fn linear(inputs: usize, outputs: usize, device: &Device) -> Linear {
    LinearConfig::new(inputs, outputs).with_initializer(Initializer::Zeros).init(device)
}

fn norm(config: &EncoderConfig, device: &Device) -> LayerNorm {
    LayerNormConfig::new(config.hidden_size).with_epsilon(config.layer_norm_eps).init(device)
}
