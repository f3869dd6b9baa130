//! JEREX's multi-instance relation classifier.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation},
};
use docre_kernels::{Activation, Dropout, Precision};

use super::{
    DocumentTokens, Initialiser, PairLayout, PairPass, PairScores,
    mention_pairs::MentionPairs,
    mention_states::{JerexSizes, MentionStates, score_pairs},
};
use crate::{
    layers::{Embedding, Linear, PackAs, drop_hidden, linear, rows},
    stretches::range_max,
};

/// How many distances have embeddings, in words and in sentences; the last stands for all farther
/// ones (the public code, which takes documents of at most so many).
const DISTANCES: [usize; 2] = [700, 50];

/// Reads each pair of mentions of an entity pair: the two mentions, their entities, the maximum over
/// the word pieces between them, and how many words and sentences they are apart. The maximum over
/// the mention pairs and the entities' types go through a hidden layer to the classifier (JEREX,
/// Eberts and Ulges 2021, "multi-instance relation classifier"). Mentions and entities are maxima
/// over their word pieces and mentions.
///
/// The map of a mention pair is linear, so it is cut into what it makes of each part, which is
/// computed once for a mention, a stretch of text, or a distance.
#[derive(Module, Debug)]
pub struct MultiInstanceClassifier {
    /// `[distances, embedding]`
    token_distances: Embedding,
    /// `[distances, embedding]`
    sentence_distances: Embedding,
    /// `[types, embedding]`
    types: Embedding,
    /// `[2 * hidden, hidden]`: a head's mention, then the head.
    head: Linear,
    /// The same for tails, without a bias.
    tail: Linear,
    /// `[hidden, hidden]`, without a bias.
    context: Linear,
    /// `[2 * embedding, hidden]`: words apart, then sentences, without a bias.
    distance: Linear,
    /// `[hidden + 2 * embedding, hidden]`: the maximum over mention pairs, then the type of the head
    /// and that of the tail.
    pair: Linear,
    /// `[hidden, classes]`
    output: Linear,
    dropout: f64,
}

/// What the map of mention pairs makes of each part, `[rows, hidden]` each.
struct Parts<'a> {
    heads: Tensor<2>,
    tails: Tensor<2>,
    /// `[document tokens, hidden]`, as the encoder gives them.
    tokens: &'a Tensor<2>,
    precision: Precision,
}

impl MultiInstanceClassifier {
    /// A new classifier of pairs of entities.
    pub(super) fn new(sizes: JerexSizes, random: &mut Initialiser, device: &Device) -> Self {
        let JerexSizes { hidden, classes, embedding: width, types, dropout } = sizes;
        let [tokens, sentences] = DISTANCES.map(|count| random.embedding(count, width, device));
        Self {
            token_distances: tokens,
            sentence_distances: sentences,
            types: random.embedding(types + 1, width, device),
            head: random.linear(2 * hidden, hidden, device),
            tail: random.linear_without_bias(2 * hidden, hidden, device),
            context: random.linear_without_bias(hidden, hidden, device),
            distance: random.linear_without_bias(2 * width, hidden, device),
            pair: random.linear(hidden + 2 * width, hidden, device),
            output: random.linear(hidden, classes, device),
            dropout,
        }
    }

    /// Packs its hidden layers in eight bits.
    pub(super) fn pack(&mut self) {
        for layer in [&mut self.head, &mut self.tail, &mut self.context, &mut self.pair] {
            layer.pack(PackAs::Whole);
        }
    }

    /// The scores of all ordered pairs.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let device = tokens.hidden.device();
        let parts = self.parts(&tokens.hidden, layout, pass.precision);
        let vectors = |pairs: &[(usize, usize)], masks: Dropout| {
            let instances = self.instances(&parts, layout, pairs, masks);
            let kind = |entity: usize| layout.entity_types[entity];
            let heads = self.types.of(pairs.iter().map(|pair| kind(pair.0)));
            let tails = self.types.of(pairs.iter().map(|pair| kind(pair.1)));
            let both = Tensor::cat(vec![instances, heads, tails], 1);
            let hidden = linear(&self.pair, both, Activation::None, pass.precision);
            drop_hidden(activation::relu(hidden), masks.at(1), self.dropout)
        };
        let scores = |x| linear(&self.output, x, Activation::None, pass.precision);
        score_pairs(layout, pass, self.output.dims(), vectors, scores, &device)
    }

    fn parts<'a>(
        &self,
        tokens: &'a Tensor<2>,
        layout: &PairLayout,
        precision: Precision,
    ) -> Parts<'a> {
        let MentionStates { mentions, entities } = MentionStates::new(tokens, layout);
        let segments = &layout.mentions.segments;
        let of_mentions = segments.iter().enumerate();
        let entity = of_mentions.flat_map(|(entity, mentions)| mentions.map(move |_| entity));
        let both = Tensor::cat(vec![mentions, rows(&entities, entity)], 1);
        let project = |layer| linear(layer, both.clone(), Activation::None, precision);
        Parts { heads: project(&self.head), tails: project(&self.tail), tokens, precision }
    }

    /// The maximum over the mention pairs of each of some entity pairs, `[pairs, hidden]`.
    fn instances(
        &self,
        parts: &Parts,
        layout: &PairLayout,
        pairs: &[(usize, usize)],
        masks: Dropout,
    ) -> Tensor<2> {
        let mention_pairs = MentionPairs::new(layout, pairs);
        let read = |layer, x| linear(layer, x, Activation::None, parts.precision);
        let contexts = read(&self.context, range_max(parts.tokens, &mention_pairs.between));
        let distances = Tensor::cat(
            vec![
                self.token_distances.of(mention_pairs.token_distances.iter().copied()),
                self.sentence_distances.of(mention_pairs.sentence_distances.iter().copied()),
            ],
            1,
        );
        let both = mention_pairs.pairs.iter();
        let local = rows(&parts.heads, both.clone().map(|pair| pair.0))
            + rows(&parts.tails, both.map(|pair| pair.1))
            + rows(&contexts, mention_pairs.context.iter().copied())
            + read(&self.distance, distances);
        range_max(&drop_hidden(local, masks, self.dropout), &mention_pairs.of_entity_pairs)
    }
}
