//! JEREX's global relation classifier.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation},
};
use docre_kernels::{Activation, Dropout};

use super::{
    DocumentTokens, Initialiser, PairLayout, PairPass, PairScores,
    mention_states::{JerexSizes, MentionStates, score_pairs},
};
use crate::layers::{Embedding, Linear, PackAs, drop_hidden, linear, rows};

/// A hidden layer on the two entities and their types, and a linear classifier (JEREX, Eberts and
/// Ulges 2021, "global relation classifier"). An entity is the maximum over its mentions, a mention
/// the maximum over its word pieces.
///
/// The hidden layer is cut into what it makes of heads and of tails, each computed once an entity.
#[derive(Module, Debug)]
pub struct GlobalClassifier {
    /// `[types, embedding]`
    types: Embedding,
    /// `[hidden + embedding, hidden]`: an entity, then its type.
    head: Linear,
    /// The same for tails, without a bias.
    tail: Linear,
    /// `[hidden, classes]`
    output: Linear,
    dropout: f64,
}

impl GlobalClassifier {
    /// A new classifier of pairs of entities.
    pub(super) fn new(sizes: JerexSizes, random: &mut Initialiser, device: &Device) -> Self {
        let JerexSizes { hidden, classes, embedding, types, dropout } = sizes;
        let inputs = hidden + embedding;
        Self {
            types: random.embedding(types + 1, embedding, device),
            head: random.linear(inputs, hidden, device),
            tail: random.linear_without_bias(inputs, hidden, device),
            output: random.linear(hidden, classes, device),
            dropout,
        }
    }

    /// Packs its hidden layers in eight bits.
    pub(super) fn pack(&mut self) {
        self.head.pack(PackAs::Whole);
        self.tail.pack(PackAs::Whole);
    }

    /// The scores of all ordered pairs.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let device = tokens.hidden.device();
        let entities = MentionStates::new(&tokens.hidden, layout).entities;
        let types = self.types.of(layout.entity_types.iter().copied());
        let entities = Tensor::cat(vec![entities, types], 1);
        let project = |layer| linear(layer, entities.clone(), Activation::None, pass.precision);
        let (heads, tails) = (project(&self.head), project(&self.tail));
        let vectors = |pairs: &[(usize, usize)], masks: Dropout| {
            let heads = rows(&heads, pairs.iter().map(|pair| pair.0));
            let tails = rows(&tails, pairs.iter().map(|pair| pair.1));
            let hidden = activation::relu(heads + tails);
            drop_hidden(hidden, masks, self.dropout)
        };
        let scores = |x| linear(&self.output, x, Activation::None, pass.precision);
        score_pairs(layout, pass, self.output.dims(), vectors, scores, &device)
    }
}
