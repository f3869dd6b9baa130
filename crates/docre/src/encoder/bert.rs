//! The parameters of an encoder. BERT and RoBERTa differ in their embeddings' positions only;
//! DeBERTa has what [`super::deberta`] adds, and may lack some embeddings.

use burn::{
    module::{Module, Param},
    nn::{Embedding, LayerNorm, Linear},
    tensor::{Device, Tensor},
};

use super::{
    EncoderConfig, ModelType,
    blank::{linear, norm, table},
    deberta::RelativeEmbeddings,
};

/// An encoder without its pooler. Its parameters' paths are Hugging Face's names of BERT, but
/// for `self_attention` and `layer_norm`; DeBERTa's are called like BERT's where they do the same.
#[derive(Module, Debug)]
pub struct Encoder {
    pub(super) embeddings: Embeddings,
    pub(super) encoder: Layers,
    pub(super) hidden_dropout: f64,
    pub(super) attention_dropout: f64,
}

/// The sum of word, position and type, those that there are, normalised.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    pub word_embeddings: Embedding,
    pub position_embeddings: Option<Embedding>,
    pub token_type_embeddings: Option<Embedding>,
    pub layer_norm: LayerNorm,
    pub epsilon: f64,
    pub position_offset: usize,
}

/// All layers, and what they share.
#[derive(Module, Debug)]
pub(super) struct Layers {
    pub layer: Vec<Layer>,
    /// DeBERTa alone has them.
    pub relative: Option<RelativeEmbeddings>,
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
    /// The keys of relative positions, where they have a map of their own.
    pub position_key: Option<Linear>,
    /// The queries of relative positions, where they have a map of their own.
    pub position_query: Option<Linear>,
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
    /// The table that ids are looked up in, `[vocab_size, hidden]`, or as many rows of it as the
    /// ids to come need.
    pub(crate) fn word_embeddings(&mut self) -> &mut Param<Tensor<2>> {
        &mut self.embeddings.word_embeddings.weight
    }

    /// An encoder whose weights are all zero, to be filled. The values are
    /// made when they are first read, so filling costs nothing extra.
    pub(crate) fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let layer = (0..config.num_hidden_layers).map(|_| Layer::zeroed(config, device)).collect();
        Self {
            embeddings: Embeddings::zeroed(config, device),
            encoder: Layers { layer, relative: RelativeEmbeddings::zeroed(config, device) },
            hidden_dropout: config.hidden_dropout_prob,
            attention_dropout: config.attention_probs_dropout_prob,
        }
    }
}

impl Embeddings {
    fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let table = |rows| table(rows, config, device);
        let types = config.type_vocab_size;
        Self {
            word_embeddings: table(config.vocab_size),
            position_embeddings: config
                .has_positions()
                .then(|| table(config.max_position_embeddings)),
            token_type_embeddings: (types > 0).then(|| table(types)),
            layer_norm: norm(config, device),
            epsilon: config.layer_norm_eps,
            position_offset: config.position_offset(),
        }
    }
}

impl Layer {
    fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let biased_map = |inputs, outputs, bias| linear(inputs, outputs, bias, device);
        let map = |inputs, outputs| biased_map(inputs, outputs, true);
        let output = |inputs| Output {
            dense: map(inputs, hidden),
            layer_norm: norm(config, device),
            epsilon: config.layer_norm_eps,
        };
        // DeBERTa v1's keys have no bias, those of positions neither.
        let key_bias = config.model_type != ModelType::Deberta;
        let own_maps = config.relative.as_ref().filter(|relative| !relative.share_att_key);
        let self_attention = SelfAttention {
            query: map(hidden, hidden),
            key: biased_map(hidden, hidden, key_bias),
            value: map(hidden, hidden),
            position_key: own_maps
                .filter(|relative| relative.content_to_position)
                .map(|_| biased_map(hidden, hidden, key_bias)),
            position_query: own_maps
                .filter(|relative| relative.position_to_content)
                .map(|_| map(hidden, hidden)),
            heads: config.num_attention_heads,
        };
        Self {
            attention: Attention { self_attention, output: output(hidden) },
            intermediate: Intermediate { dense: map(hidden, inner) },
            output: output(inner),
        }
    }
}
