//! The parameters of an encoder. All families have BERT's; what some add may be missing.

use burn::{
    module::{Module, Param},
    nn::{Embedding, LayerNorm},
    tensor::{Device, Tensor},
};

use docre_kernels::{Activation, Scope};

use super::{
    EncoderConfig, HiddenAct, ModelType, RotaryConfig,
    blank::{linear, norm, table},
    deberta::RelativeEmbeddings,
    distance,
};
use crate::layers::{Linear, PackAs, Table};

/// An encoder without its pooler. Its parameters' paths are Hugging Face's names of BERT, but
/// for `self_attention` and `layer_norm`; DeBERTa's are called like BERT's where they do the same.
#[derive(Module, Debug)]
pub struct Encoder {
    pub(super) embeddings: Embeddings,
    /// From narrow embeddings to the hidden size.
    pub(super) projection: Option<Linear>,
    pub(super) encoder: Layers,
    pub(super) hidden_dropout: f64,
    pub(super) attention_dropout: f64,
}

/// The sum of word, position and type, those that there are, normalised.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    pub word_embeddings: Table,
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
    /// MPNet's table of biases by distance, `[rows, heads]`.
    pub relative_attention_bias: Option<Embedding>,
    #[module(skip)]
    pub plan: Plan,
}

/// How the layers are gone through.
#[derive(Debug, Clone)]
pub(super) struct Plan {
    /// How often a layer is gone through, in turn.
    pub passes: usize,
    /// What a query sees in each pass.
    pub scopes: Vec<Scope>,
    /// Rotary positions, whose encoders have their norms before the blocks.
    pub rotary: Option<RotaryConfig>,
    /// What follows a layer's first wide map.
    pub activation: Activation,
}

impl Plan {
    fn of(config: &EncoderConfig) -> Self {
        let passes = config.num_hidden_layers;
        Self {
            passes,
            scopes: (0..passes).map(|pass| config.scope(pass)).collect(),
            rotary: config.rotary.clone(),
            activation: match config.hidden_act {
                HiddenAct::Gelu => Activation::Gelu,
                HiddenAct::GeluNew => Activation::GeluTanh,
            },
        }
    }
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
    /// The maps of Longformer's first token, which sees all.
    pub global: Option<GlobalMaps>,
    pub heads: usize,
}

/// What a token compares and collects that sees all.
#[derive(Module, Debug)]
pub(super) struct GlobalMaps {
    pub query: Linear,
    pub key: Linear,
    pub value: Linear,
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
    /// The table that ids are looked up in, `[vocab_size, width]`, or as many rows of it as the
    /// ids to come need.
    pub(crate) fn word_embeddings(&mut self) -> &mut Param<Tensor<2>> {
        &mut self.embeddings.word_embeddings.weight
    }

    /// The width of hidden states.
    pub(crate) fn hidden_size(&self) -> usize {
        self.encoder.layer[0].output.layer_norm.gamma.dims()[0]
    }

    /// Whether it is packed in eight bits.
    pub(crate) fn is_packed(&self) -> bool {
        self.embeddings.word_embeddings.is_packed()
    }

    /// Packs the large matrices in eight bits, for inference. What relative positions and
    /// Longformer's first token go through stays as it is: it is small, or seldom used.
    ///
    /// The encoder can't be trained or saved any more.
    pub fn pack(&mut self) {
        self.embeddings.word_embeddings.pack();
        for layer in &mut self.encoder.layer {
            let Layer { attention, intermediate, output } = layer;
            let maps = &mut attention.self_attention;
            let dense = [&mut attention.output.dense, &mut intermediate.dense, &mut output.dense];
            let layers = [&mut maps.query, &mut maps.key, &mut maps.value].into_iter().chain(dense);
            layers.for_each(|layer| layer.pack(PackAs::Whole));
        }
    }

    /// An encoder whose weights are all zero, to be filled. The values are
    /// made when they are first read, so filling costs nothing extra.
    pub(crate) fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let layers = 0..config.layers_with_weights();
        let layer = layers.map(|_| Layer::zeroed(config, device)).collect();
        let width = config.embedding_width();
        let narrow = config.embedding_size.is_some();
        Self {
            embeddings: Embeddings::zeroed(config, device),
            projection: narrow.then(|| linear(width, config.hidden_size, true, device)),
            encoder: Layers {
                layer,
                relative: RelativeEmbeddings::zeroed(config, device),
                relative_attention_bias: distance::table(config, device),
                plan: Plan::of(config),
            },
            hidden_dropout: config.hidden_dropout_prob,
            attention_dropout: config.attention_probs_dropout_prob,
        }
    }
}

impl Embeddings {
    fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let width = config.embedding_width();
        let table = |rows| table(rows, width, device);
        let types = config.type_vocab_size;
        Self {
            word_embeddings: table(config.vocab_size).into(),
            position_embeddings: config
                .has_positions()
                .then(|| table(config.max_position_embeddings)),
            token_type_embeddings: (types > 0).then(|| table(types)),
            layer_norm: norm(width, config, device),
            epsilon: config.layer_norm_eps,
            position_offset: config.position_offset(),
        }
    }
}

impl Layer {
    fn zeroed(config: &EncoderConfig, device: &Device) -> Self {
        let (hidden, inner) = (config.hidden_size, config.intermediate_size);
        let biased_map = |inputs, outputs, bias| linear(inputs, outputs, bias, device);
        let biases = config.has_biases();
        let map = |inputs, outputs| biased_map(inputs, outputs, biases);
        let output = |inputs| Output {
            dense: map(inputs, hidden),
            layer_norm: norm(hidden, config, device),
            epsilon: config.layer_norm_eps,
        };
        // DeBERTa v1's keys have no bias, those of positions neither.
        let key_bias = biases && config.model_type != ModelType::Deberta;
        let global = || GlobalMaps {
            query: map(hidden, hidden),
            key: map(hidden, hidden),
            value: map(hidden, hidden),
        };
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
            global: (config.model_type == ModelType::Longformer).then(global),
            heads: config.num_attention_heads,
        };
        Self {
            attention: Attention { self_attention, output: output(hidden) },
            intermediate: Intermediate { dense: map(hidden, config.intermediate_outputs()) },
            output: output(inner),
        }
    }
}
