//! A learned scorer of mention pairs that knows how their names differ.

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation},
};
use docre_kernels::{Activation, Dropout, Precision};

use super::MentionName;
use crate::{
    initialiser::Initialiser,
    layers::{Embedding, Linear, PackAs, drop_hidden, linear, rows},
    mention::SpanSizes,
};

/// How many edit distances have embeddings; the last stands for all larger ones (the public code).
const DISTANCES: usize = 300;

/// Names with more bytes aren't compared letter by letter, which takes the product of both.
const LONGEST_COMPARED: usize = 300;

/// Scores how likely two mentions name the same thing: a hidden layer on both mentions and an
/// embedding of the edit distance of their names (JEREX, Eberts and Ulges 2021, "coreference
/// resolution"). A mention is the maximum over its word pieces.
///
/// A pair is read in the order of the text; the public code reads it both ways in training.
#[derive(Module, Debug)]
pub struct EditScorer {
    /// `[distances, embedding]`
    distances: Embedding,
    /// `[hidden, width]`: the first mention.
    first: Linear,
    /// The same for the second, without a bias.
    second: Linear,
    /// `[embedding, width]`, without a bias.
    distance: Linear,
    /// `[width, 1]`
    score: Linear,
    dropout: f64,
}

impl EditScorer {
    /// A new scorer.
    pub fn new(sizes: SpanSizes, random: &mut Initialiser, device: &Device) -> Self {
        let SpanSizes { hidden, width, embedding, dropout } = sizes;
        Self {
            distances: random.embedding(DISTANCES, embedding, device),
            first: random.linear(hidden, width, device),
            second: random.linear_without_bias(hidden, width, device),
            distance: random.linear_without_bias(embedding, width, device),
            score: random.linear(width, 1, device),
            dropout,
        }
    }

    /// Packs the hidden layer in eight bits.
    pub(crate) fn pack(&mut self) {
        self.first.pack(PackAs::Whole);
        self.second.pack(PackAs::Whole);
    }

    /// The logits of pairs of mentions, `[pairs]`. `mentions` is `[mentions, hidden]`, `distances`
    /// the edit distance of each pair's names.
    pub fn logits(
        &self,
        mentions: &Tensor<2>,
        pairs: &[(usize, usize)],
        distances: &[usize],
        masks: Dropout,
        precision: Precision,
    ) -> Tensor<1> {
        let read = |layer, x| linear(layer, x, Activation::None, precision);
        let (first, second) =
            (read(&self.first, mentions.clone()), read(&self.second, mentions.clone()));
        let distance = read(&self.distance, self.distances.of(distances.iter().copied()));
        let hidden = rows(&first, pairs.iter().map(|pair| pair.0))
            + rows(&second, pairs.iter().map(|pair| pair.1))
            + distance;
        let hidden = drop_hidden(activation::relu(hidden), masks, self.dropout);
        linear(&self.score, hidden, Activation::None, Precision::F32).reshape([pairs.len()])
    }
}

/// How many letters have to be put in, taken out or changed to make one name of the other, as they
/// are written. Of very long names it is the most that it can be.
pub(crate) fn edit_distance(one: &MentionName, other: &MentionName) -> usize {
    let longest = one.written.len().max(other.written.len());
    if longest > LONGEST_COMPARED && one.written != other.written {
        return longest;
    }
    strsim::levenshtein(&one.written, &other.written)
}
