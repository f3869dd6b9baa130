//! A learned scorer of mention pairs.

use burn::{
    module::{Module, Param},
    tensor::{Device, Tensor, TensorData},
};
use docre_kernels::{Activation, Precision};

use super::features::{OF_NAMES, feature_count};
use crate::{
    initialiser::Initialiser,
    layers::{Linear, PackAs, linear, rows},
};

/// Scores how likely two mentions name the same thing: a hidden layer on both mentions, their
/// product and what their names look like to each other. A mention is its first and its last
/// word's hidden state.
#[derive(Module, Debug)]
pub struct PairScorer {
    /// `[2 * hidden, width]`.
    mention: Linear,
    /// `[3 * width + features, width]`.
    pair: Linear,
    /// `[width, 1]`.
    score: Linear,
}

impl PairScorer {
    /// Takes the weights of the features of names from a scorer of the same width, which may know
    /// other entity types: the features of these come last.
    pub(crate) fn keep_features_of_names(&mut self, other: &Self) {
        let (own, theirs) = (self.pair.weight.val(), other.pair.weight.val());
        let ([rows, width], [_, their_width]) = (own.dims(), theirs.dims());
        if self.pair.weight.dims() == other.pair.weight.dims() || width != their_width {
            return;
        }
        let common = 3 * width + OF_NAMES;
        let kept = theirs.slice([0..common, 0..width]);
        let new = own.slice([common..rows, 0..width]);
        self.pair.weight = Param::from_tensor(Tensor::cat(vec![kept, new], 0).detach());
    }

    /// A new scorer of mentions of so many entity types.
    pub(crate) fn new(
        hidden: usize,
        width: usize,
        kinds: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        Self {
            mention: random.linear(2 * hidden, width, device),
            pair: random.linear(3 * width + feature_count(kinds), width, device),
            score: random.linear(width, 1, device),
        }
    }

    /// Packs the hidden layers in eight bits.
    pub(crate) fn pack(&mut self) {
        self.mention.pack(PackAs::Whole);
        self.pair.pack(PackAs::Whole);
    }

    /// Mentions, `[mentions, width]`, from the hidden states of their first and last words,
    /// `[mentions, hidden]` each.
    pub(crate) fn mentions(
        &self,
        first: Tensor<2>,
        last: Tensor<2>,
        precision: Precision,
    ) -> Tensor<2> {
        linear(&self.mention, Tensor::cat(vec![first, last], 1), Activation::Tanh, precision)
    }

    /// The logits of pairs of mentions, `[pairs]`. `features` has a row for each pair.
    pub(crate) fn logits(
        &self,
        mentions: &Tensor<2>,
        pairs: &[(usize, usize)],
        features: Vec<f32>,
        precision: Precision,
    ) -> Tensor<1> {
        let device = mentions.device();
        let count = pairs.len();
        let first = rows(mentions, pairs.iter().map(|pair| pair.0));
        let second = rows(mentions, pairs.iter().map(|pair| pair.1));
        let width = features.len() / count.max(1);
        let features = Tensor::<2>::from_data(TensorData::new(features, [count, width]), &device);
        let product = first.clone() * second.clone();
        let both = Tensor::cat(vec![first, second, product, features], 1);
        let hidden = linear(&self.pair, both, Activation::Gelu, precision);
        linear(&self.score, hidden, Activation::None, Precision::F32).reshape([count])
    }
}
