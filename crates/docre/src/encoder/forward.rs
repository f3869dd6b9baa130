//! From token ids to hidden states.

use std::sync::Arc;

use burn::{
    nn::LayerNorm,
    tensor::{Device, Tensor},
};
use docre_kernels::{
    Activation, Attending, Dropout, FeedForward, Int8Linear, NormAfter, Precision, Scope, Segments,
    attend, attend_at, attend_rows, attend_self, attend_self_int8, disentangled_attention,
    disentangled_rows, feed_forward_int8, gather_rows, linear_norm_int8,
};

use super::{
    Pass,
    bert::{Embeddings, Encoder, Intermediate, Layer, Output, SelfAttention},
    deberta::{Maps, Positions},
    distance, global,
    rotary::Rotation,
};
use crate::layers::{Linear, linear, norm_parameters, parameters};

/// What an encoder reads: the windows of a batch, packed one behind another
/// without padding.
#[derive(Debug, Clone, Copy)]
pub struct EncoderInput<'a> {
    /// `[tokens]` The ids, each below the configuration's `vocab_size`.
    pub ids: &'a [u32],
    /// `[tokens]` The place in the window, from 0 and below
    /// [`longest_input`](super::EncoderConfig::longest_input). The offset of
    /// RoBERTa's positions is added by the encoder; DeBERTa's distances are those of the
    /// tokens' order.
    pub positions: &'a [u32],
    /// `[tokens]` The type, 0 or 1; empty where all are of type 0. An encoder that knows one type
    /// alone takes them all for that.
    pub types: &'a [u32],
    /// The windows.
    pub segments: &'a Segments,
    /// The tokens whose attention in the last layer is wanted, each at most once.
    pub attention_rows: &'a Arc<[usize]>,
    /// The tokens whose last hidden states are wanted, ascending, where it isn't all of them. The
    /// last layer then costs little, but no attention can be asked for.
    pub output_rows: Option<&'a Arc<[usize]>>,
}

/// What an encoder returns.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// `[tokens, hidden]` The last layer's hidden states, of all tokens or of those asked for.
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
        let embedded = docre_kernels::dropout(embedded, masks.next(self.hidden_dropout));
        let hidden = match &self.projection {
            Some(map) => linear(map, embedded, Activation::None, precision),
            None => embedded,
        };
        each(&hidden);
        let longest = input.segments.longest();
        let plan = &self.encoder.plan;
        let relative = self.encoder.relative.as_ref();
        let positions = relative.map(|relative| relative.positions(longest));
        let table = self.encoder.relative_attention_bias.as_ref();
        let bias = table.map(|table| distance::bias(table, longest));
        let places: Option<Arc<[u32]>> = plan.rotary.as_ref().map(|_| input.positions.into());
        let mut state = State { sum: plan.rotary.as_ref().map(|_| hidden.clone()), hidden };
        let mut attention = None;
        let last = plan.passes - 1;
        for number in 0..plan.passes {
            let layer = &self.encoder.layer[number % self.encoder.layer.len()];
            let masks = LayerMasks {
                probabilities: masks.next(self.attention_dropout),
                attention_output: masks.next(self.hidden_dropout),
                output: masks.next(self.hidden_dropout),
                positions: match &positions {
                    Some(_) => masks.next(self.hidden_dropout),
                    None => Dropout::OFF,
                },
            };
            let rotary = plan.rotary.as_ref().zip(places.as_ref());
            let wanted = Wanted {
                attending: Attending {
                    segments: input.segments,
                    heads: layer.attention.self_attention.heads,
                    scope: plan.scopes[number],
                    bias: bias.as_ref(),
                    dropout: masks.probabilities,
                    precision,
                },
                rows: (number == last).then_some(input.attention_rows),
                outputs: input.output_rows.filter(|_| number == last && self.chooses()),
                positions: positions.as_ref(),
                rotation: rotary.map(|(rotary, places)| Rotation::of(rotary, number, places)),
            };
            (state, attention) = layer.forward(state, &wanted, masks, plan.activation);
            // Between layers whose norms come first, the sum is what goes on.
            each(state.sum.as_ref().filter(|_| number != last).unwrap_or(&state.hidden));
        }
        let mut hidden = state.hidden;
        if let Some(rows) = input.output_rows.filter(|_| !self.chooses()) {
            hidden = at(hidden, rows);
        }
        Tokens { hidden, attention: attention.expect("the last layer returns it") }
    }

    /// Whether its last layer can be computed for chosen tokens alone. Relative and rotary
    /// positions are those of all queries, and a token that sees all is computed with the others.
    fn chooses(&self) -> bool {
        let layers = &self.encoder;
        let global = layers.layer[0].attention.self_attention.global.is_some();
        layers.relative.is_none() && layers.plan.rotary.is_none() && !global
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

#[derive(Clone, Copy)]
struct LayerMasks {
    probabilities: Dropout,
    attention_output: Dropout,
    output: Dropout,
    positions: Dropout,
}

/// What goes from layer to layer, `[tokens, hidden]` each.
struct State {
    hidden: Tensor<2>,
    /// The sum before the norm, where norms stand before the blocks.
    sum: Option<Tensor<2>>,
}

/// What a layer attends to.
struct Wanted<'a> {
    attending: Attending<'a>,
    /// The tokens whose attention is returned.
    rows: Option<&'a Arc<[usize]>>,
    /// The tokens that are computed, where it isn't all of them.
    outputs: Option<&'a Arc<[usize]>>,
    /// The relative positions of encoders that have them.
    positions: Option<&'a Positions<'a>>,
    /// The rotary positions of encoders that have them.
    rotation: Option<Rotation>,
}

impl Embeddings {
    /// `[tokens, hidden]`
    fn forward(&self, input: &EncoderInput) -> Tensor<2> {
        let words = self.word_embeddings.rows(&input.ids.into());
        let positions = self.position_embeddings.as_ref().map(|table| {
            let offset = self.position_offset as u32;
            let positions = input.positions.iter().map(|position| position + offset).collect();
            gather_rows(table.weight.val(), &positions)
        });
        let token_type = self.token_type_embeddings.as_ref().map(|table| table.weight.val());
        let token_type = token_type.map(|table| token_types(table, input.types));
        let norm =
            |x, residual| normalise(&self.layer_norm, self.epsilon, x, residual, Dropout::OFF);
        match (positions, token_type) {
            (Some(positions), Some(token_type)) => norm(words, positions + token_type),
            (Some(positions), None) => norm(words, positions),
            (None, token_type) => {
                let words = token_type.map_or(words.clone(), |token_type| words + token_type);
                let (gamma, beta) = norm_parameters(&self.layer_norm);
                docre_kernels::layer_norm(words, gamma, beta, self.epsilon)
            }
        }
    }
}

/// Some of the rows.
pub(super) fn at(hidden: Tensor<2>, rows: &[usize]) -> Tensor<2> {
    gather_rows(hidden, &rows.iter().map(|row| *row as u32).collect())
}

/// The embedding of each token's type, `[tokens, hidden]`, or `[1, hidden]` where all have one.
fn token_types(table: Tensor<2>, types: &[u32]) -> Tensor<2> {
    let [known, _] = table.dims();
    if types.is_empty() || known == 1 {
        return table.narrow(0, 0, 1);
    }
    gather_rows(table, &types.into())
}

impl Layer {
    /// The state behind the layer, of all tokens or of those wanted, and if rows are asked for
    /// their attention.
    fn forward(
        &self,
        State { hidden, sum }: State,
        wanted: &Wanted,
        masks: LayerMasks,
        activation: Activation,
    ) -> (State, Option<Tensor<3>>) {
        let precision = wanted.attending.precision;
        let maps = &self.attention.self_attention;
        let queries = wanted.outputs.map_or(hidden.clone(), |rows| at(hidden.clone(), rows));
        let (context, attention) = maps.forward(queries.clone(), hidden, wanted, masks.positions);
        let (first, second) = (&self.attention.output, &self.output);
        let state = match sum {
            None => {
                let hidden = first.forward(context, queries, masks.attention_output, precision);
                let int8 = self.intermediate.dense.int8().zip(second.dense.int8());
                let hidden = match int8.filter(|_| masks.output.is_off()) {
                    Some(int8) => self.feed_forward_int8(hidden, int8, activation),
                    None => {
                        let inner =
                            self.intermediate.forward(hidden.clone(), activation, precision);
                        second.forward(inner, hidden, masks.output, precision)
                    }
                };
                State { hidden, sum: None }
            }
            Some(sum) => {
                let state = first.add(context, sum, masks.attention_output, precision);
                let inner =
                    linear(&self.intermediate.dense, state.hidden, Activation::None, precision);
                let inner = docre_kernels::gated_gelu(inner);
                let sum = state.sum.expect("there was one");
                second.add(inner, sum, masks.output, precision)
            }
        };
        (state, attention)
    }

    /// The second half of a layer whose norms come last, with its weights in eight bits.
    fn feed_forward_int8(
        &self,
        hidden: Tensor<2>,
        (first, second): (&Int8Linear, &Int8Linear),
        activation: Activation,
    ) -> Tensor<2> {
        let maps = FeedForward {
            first,
            first_bias: self.intermediate.dense.bias(),
            activation,
            second,
            second_bias: self.output.dense.bias(),
        };
        feed_forward_int8(hidden, maps, self.output.norm_after())
    }
}

impl SelfAttention {
    /// What each token collects, `[tokens, hidden]`, and if rows are asked for their attention.
    fn forward(
        &self,
        queries: Tensor<2>,
        hidden: Tensor<2>,
        wanted: &Wanted,
        mask_of_positions: Dropout,
    ) -> (Tensor<2>, Option<Tensor<3>>) {
        let Wanted { attending, rows, outputs, positions, rotation } = wanted;
        let Attending { segments, heads, dropout, precision, .. } = *attending;
        if rows.is_none() && outputs.is_none() && positions.is_none() && rotation.is_none() {
            let context = self.attend(hidden.clone(), *attending);
            return self.with_global(hidden, context, None, wanted);
        }
        let map = |map, x| linear(map, x, Activation::None, precision);
        let turned = |x| match rotation {
            Some(rotation) => rotation.rotate(x, heads),
            None => x,
        };
        let query = turned(map(&self.query, queries));
        let key = turned(map(&self.key, hidden.clone()));
        let value = map(&self.value, hidden.clone());
        // All functions draw the same mask, so that the rows are the attention that the context
        // was made with.
        let (q, k) = (query.clone(), key.clone());
        if let Some(outputs) = outputs {
            let nothing = Tensor::zeros([0, heads, segments.longest()], &query.device());
            let context = attend_at(query, outputs, key, value, *attending);
            return (context, rows.map(|_| nothing));
        }
        let Some(positions) = positions else {
            let rows = rows.map(|rows| attend_rows(q, k, rows, *attending));
            let context = attend(query, key, value, *attending);
            return self.with_global(hidden, context, rows, wanted);
        };
        let relative = positions.through(self.maps(), mask_of_positions, precision);
        let rows = rows
            .map(|rows| disentangled_rows(q, k, relative.clone(), segments, heads, rows, dropout));
        let context = disentangled_attention(
            query, key, value, relative, segments, heads, dropout, precision,
        );
        (context, rows)
    }

    /// What each token collects, where it asks for nothing else.
    fn attend(&self, hidden: Tensor<2>, attending: Attending) -> Tensor<2> {
        let maps = [&self.query, &self.key, &self.value];
        if let [Some(query), Some(key), Some(value)] = maps.map(Linear::int8) {
            let biases = maps.map(Linear::bias);
            return attend_self_int8(hidden, [query, key, value], biases, attending);
        }
        let [query, key, value] = maps.map(parameters);
        let (weights, biases) = ([query.0, key.0, value.0], [query.1, key.1, value.1]);
        attend_self(hidden, weights, biases, attending)
    }

    /// The context and the attention with those of each segment's first token, where that sees
    /// all tokens through maps of its own.
    fn with_global(
        &self,
        hidden: Tensor<2>,
        context: Tensor<2>,
        attention: Option<Tensor<3>>,
        wanted: &Wanted,
    ) -> (Tensor<2>, Option<Tensor<3>>) {
        let Some(maps) = &self.global else { return (context, attention) };
        let attending = Attending { scope: Scope::Whole, ..wanted.attending };
        let attention = attention.zip(wanted.rows).map(|(attention, rows)| {
            global::attention(maps, hidden.clone(), attention, rows, attending)
        });
        (global::context(maps, hidden, context, attending), attention)
    }

    fn maps(&self) -> Maps<'_> {
        Maps {
            key: &self.key,
            query: &self.query,
            position_key: self.position_key.as_ref(),
            position_query: self.position_query.as_ref(),
        }
    }
}

impl Intermediate {
    /// `[tokens, hidden]` to `[tokens, intermediate]`
    fn forward(
        &self,
        hidden: Tensor<2>,
        activation: Activation,
        precision: Precision,
    ) -> Tensor<2> {
        linear(&self.dense, hidden, activation, precision)
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
        if let Some(weight) = self.dense.int8().filter(|_| dropout.is_off()) {
            return linear_norm_int8(x, residual, weight, self.dense.bias(), self.norm_after());
        }
        let x = linear(&self.dense, x, Activation::None, precision);
        normalise(&self.layer_norm, self.epsilon, x, residual, dropout)
    }

    fn norm_after(&self) -> NormAfter {
        let (gamma, beta) = norm_parameters(&self.layer_norm);
        NormAfter { gamma, beta, epsilon: self.epsilon }
    }

    /// The sum with x `[tokens, inputs]`, and that sum's norm, which the next block reads.
    fn add(&self, x: Tensor<2>, sum: Tensor<2>, dropout: Dropout, precision: Precision) -> State {
        let x = linear(&self.dense, x, Activation::None, precision);
        let sum = sum + docre_kernels::dropout(x, dropout);
        let (gamma, beta) = norm_parameters(&self.layer_norm);
        let hidden = docre_kernels::layer_norm(sum.clone(), gamma, beta, self.epsilon);
        State { hidden, sum: Some(sum) }
    }
}

fn normalise(
    norm: &LayerNorm,
    epsilon: f64,
    x: Tensor<2>,
    residual: Tensor<2>,
    dropout: Dropout,
) -> Tensor<2> {
    let (gamma, beta) = norm_parameters(norm);
    docre_kernels::add_layer_norm(x, residual, gamma, beta, epsilon, dropout)
}
