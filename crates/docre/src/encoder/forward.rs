//! From token ids to hidden states.

use std::sync::Arc;

use burn::{
    nn::{LayerNorm, Linear},
    tensor::{Device, Tensor},
};
use docre_kernels::{Activation, Dropout, Precision, Segments, gather_rows};

use super::Pass;
use super::bert::{Embeddings, Encoder, Intermediate, Layer, Output};

/// What an encoder reads: the windows of a batch, packed one behind another
/// without padding.
#[derive(Debug, Clone, Copy)]
pub struct EncoderInput<'a> {
    /// `[tokens]` The ids, each below the configuration's `vocab_size`.
    pub ids: &'a [u32],
    /// `[tokens]` The place in the window, from 0 and below
    /// [`longest_input`](super::EncoderConfig::longest_input). The offset of
    /// RoBERTa's positions is added by the encoder.
    pub positions: &'a [u32],
    /// The windows.
    pub segments: &'a Segments,
    /// The tokens whose attention in the last layer is wanted, each at most once.
    pub attention_rows: &'a Arc<[usize]>,
}

/// What an encoder returns.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `[tokens, hidden]` The last layer's hidden states.
    pub hidden: Tensor<2>,
    /// `[rows, heads, longest window]` The last layer's attention of the rows
    /// asked for, over the places of the row's own window, zero beyond its
    /// end. In training it is the attention after its dropout, as the hidden
    /// states saw it.
    pub attention: Tensor<3>,
}

impl Encoder {
    /// Encodes a batch. What a window becomes doesn't depend on what else is in the batch.
    ///
    /// The pass's dropout is [`Dropout::OFF`] at inference. In training it selects the
    /// masks by its key; the probabilities are those of the encoder's
    /// configuration, so its own may be any but 0.
    ///
    /// # Panics
    ///
    /// If the parts of the input have different lengths.
    pub fn forward(&self, input: EncoderInput, pass: impl Into<Pass>) -> Tokens {
        self.forward_layers(input, pass, |_| {})
    }

    /// [`Encoder::forward`] that shows the hidden states `[tokens, hidden]` on
    /// their way: the embeddings first, then each layer's output.
    pub fn forward_layers(
        &self,
        input: EncoderInput,
        pass: impl Into<Pass>,
        mut each: impl FnMut(&Tensor<2>),
    ) -> Tokens {
        let tokens = input.segments.total();
        assert_eq!(input.ids.len(), tokens, "one id for each token of the segments");
        assert_eq!(input.positions.len(), tokens, "one position for each token of the segments");
        let Pass { dropout, precision } = pass.into();
        let mut masks = Masks { dropout, site: 0 };
        let embedded = self.embeddings.forward(&input);
        let mut hidden = docre_kernels::dropout(embedded, masks.next(self.hidden_dropout));
        each(&hidden);
        let mut attention = None;
        let last = self.encoder.layer.len() - 1;
        for (number, layer) in self.encoder.layer.iter().enumerate() {
            let masks = LayerMasks {
                probabilities: masks.next(self.attention_dropout),
                attention_output: masks.next(self.hidden_dropout),
                output: masks.next(self.hidden_dropout),
            };
            let rows = (number == last).then_some(input.attention_rows);
            (hidden, attention) = layer.forward(hidden, input.segments, rows, masks, precision);
            each(&hidden);
        }
        Tokens { hidden, attention: attention.expect("the last layer returns it") }
    }

    /// Where the encoder's weights are.
    pub fn device(&self) -> Device {
        self.embeddings.layer_norm.gamma.val().device()
    }
}

/// Hands out a dropout mask for each place of the encoder.
struct Masks {
    dropout: Dropout,
    site: u64,
}

impl Masks {
    fn next(&mut self, probability: f64) -> Dropout {
        self.site += 1;
        if self.dropout.is_off() {
            return Dropout::OFF;
        }
        self.dropout.at(self.site).with_probability(probability as f32)
    }
}

struct LayerMasks {
    probabilities: Dropout,
    attention_output: Dropout,
    output: Dropout,
}

impl Embeddings {
    /// `[tokens, hidden]`
    fn forward(&self, input: &EncoderInput) -> Tensor<2> {
        let words = gather_rows(self.word_embeddings.weight.val(), &input.ids.into());
        let offset = self.position_offset as u32;
        let positions = input.positions.iter().map(|position| position + offset).collect();
        let positions = gather_rows(self.position_embeddings.weight.val(), &positions);
        // Relation extraction reads one text: all tokens are of type 0.
        let token_type = self.token_type_embeddings.weight.val().narrow(0, 0, 1); // [1, hidden]
        normalise(&self.layer_norm, self.epsilon, words, positions + token_type, Dropout::OFF)
    }
}

impl Layer {
    /// Hidden states `[tokens, hidden]`, and if `rows` are asked for their attention.
    fn forward(
        &self,
        hidden: Tensor<2>,
        segments: &Segments,
        rows: Option<&Arc<[usize]>>,
        masks: LayerMasks,
        precision: Precision,
    ) -> (Tensor<2>, Option<Tensor<3>>) {
        let maps = &self.attention.self_attention;
        let [query, key, value] = [&maps.query, &maps.key, &maps.value]
            .map(|map| linear(map, hidden.clone(), Activation::None, precision));
        let attention = rows.map(|rows| {
            let (query, key) = (query.clone(), key.clone());
            // The same mask as below, so that it is the attention the context was made with.
            docre_kernels::attention_rows(
                query,
                key,
                segments,
                maps.heads,
                rows,
                masks.probabilities,
            )
        });
        let context = docre_kernels::attention(
            query,
            key,
            value,
            segments,
            maps.heads,
            masks.probabilities,
            precision,
        );
        let output = &self.attention.output;
        let hidden = output.forward(context, hidden, masks.attention_output, precision);
        let inner = self.intermediate.forward(hidden.clone(), precision);
        (self.output.forward(inner, hidden, masks.output, precision), attention)
    }
}

impl Intermediate {
    /// `[tokens, hidden]` to `[tokens, intermediate]`
    fn forward(&self, hidden: Tensor<2>, precision: Precision) -> Tensor<2> {
        linear(&self.dense, hidden, Activation::Gelu, precision)
    }
}

impl Output {
    /// x `[tokens, inputs]`, residual and output `[tokens, hidden]`
    fn forward(
        &self,
        x: Tensor<2>,
        residual: Tensor<2>,
        dropout: Dropout,
        precision: Precision,
    ) -> Tensor<2> {
        let x = linear(&self.dense, x, Activation::None, precision);
        normalise(&self.layer_norm, self.epsilon, x, residual, dropout)
    }
}

fn linear(map: &Linear, x: Tensor<2>, activation: Activation, precision: Precision) -> Tensor<2> {
    let bias = map.bias.as_ref().expect("an encoder's linear maps have a bias").val();
    docre_kernels::linear(x, map.weight.val(), bias, activation, precision)
}

fn normalise(
    norm: &LayerNorm,
    epsilon: f64,
    x: Tensor<2>,
    residual: Tensor<2>,
    dropout: Dropout,
) -> Tensor<2> {
    let beta = norm.beta.as_ref().expect("an encoder's layer norms have a bias").val();
    docre_kernels::add_layer_norm(x, residual, norm.gamma.val(), beta, epsilon, dropout)
}
