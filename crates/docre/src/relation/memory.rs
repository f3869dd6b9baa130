//! A memory that pairs are read with (TTM-RE).

use burn::{
    module::{Module, Param},
    nn::{LayerNorm, LayerNormConfig},
    tensor::{
        Device, Tensor,
        activation::{relu, softmax},
    },
};
use docre_kernels::{Activation, Dropout, Precision, Segments, attention, layer_norm};
use serde::{Deserialize, Serialize};

use super::{
    Initialiser,
    sizes::{WIDEST, at_most, divides},
};
use crate::{
    Result,
    layers::{Linear, linear},
};

/// What PyTorch adds to variances in layer normalisation.
const EPSILON: f64 = 1e-5;

/// The most layers of the transformer; the public code has 4.
const MOST_LAYERS: usize = 64;

/// Pairs that attend to each other in the public code.
const CHUNK: usize = 256;

/// The `memory` of a recipe's `[relation]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MemorySettings {
    /// What attends to what.
    pub form: MemoryForm,
    /// The vectors that are remembered (the public code: 200).
    pub slots: usize,
    /// The layers of the transformer (the public code: 4).
    pub layers: usize,
    /// Its heads, which divide the width of a pair's features (the public code: 8).
    pub heads: usize,
}

/// What attends to what behind the memory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MemoryForm {
    /// The two tokens of a pair.
    #[default]
    Paper,
    /// All heads of 256 pairs, and all their tails (the public code): a pair's scores depend on
    /// the pairs that are scored beside it.
    Reference,
}

impl Default for MemorySettings {
    fn default() -> Self {
        Self { form: MemoryForm::default(), slots: 200, layers: 4, heads: 8 }
    }
}

impl MemorySettings {
    /// Refuses sizes that features `width` wide don't fit.
    pub(super) fn check(&self, width: usize) -> Result<()> {
        at_most("memory.slots", self.slots, WIDEST)?;
        at_most("memory.layers", self.layers, MOST_LAYERS)?;
        divides("memory.heads", self.heads, "relation.width", width)
    }
}

/// The token Turing memory of TTM-RE (Gao et al. 2024), between a pair's features and the
/// classifier.
///
/// Two summaries are read from the memory's slots and the pair's two features together, each a
/// mean weighed by a softmax over all of them; a transformer (post-norm) processes the two, and
/// the features become the mean of what they were and what comes out. What the public code writes
/// to its memory afterwards is never read, so nothing is written here. Its paper couldn't be read;
/// `form = "reference"` is its public code, but that code also takes one extractor for heads and
/// tails.
#[derive(Module, Debug)]
pub struct Memory {
    /// `[slots, width]`
    slots: Param<Tensor<2>>,
    norm: LayerNorm,
    /// `[width, width]`
    inner: Linear,
    /// `[width, 2]`
    weigh: Linear,
    layers: Vec<MemoryLayer>,
    heads: usize,
    #[module(skip)]
    form: MemoryForm,
}

impl Memory {
    /// A new memory for features `width` wide.
    pub fn new(
        width: usize,
        settings: &MemorySettings,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        let bound = (6.0 / (settings.slots + width) as f64).sqrt();
        Self {
            slots: random.uniform([settings.slots, width], bound, device),
            norm: norm(width, device),
            inner: random.linear(width, width, device),
            weigh: random.linear(width, 2, device),
            layers: (0..settings.layers).map(|_| MemoryLayer::new(width, random, device)).collect(),
            heads: settings.heads,
            form: settings.form,
        }
    }

    /// Heads and tails, `[rows, width]` each, mixed with what the memory makes of them.
    pub fn mix(
        &self,
        heads: Tensor<2>,
        tails: Tensor<2>,
        precision: Precision,
    ) -> (Tensor<2>, Tensor<2>) {
        let summaries = self.read(&heads, &tails, precision);
        let [first, second] = self.process(summaries, precision);
        ((first + heads) / 2.0, (second + tails) / 2.0)
    }

    /// The two summaries of slots and features, `[rows, width]` each.
    pub fn read(
        &self,
        heads: &Tensor<2>,
        tails: &Tensor<2>,
        precision: Precision,
    ) -> [Tensor<2>; 2] {
        let slots = self.slots.val();
        let scores = |tokens: Tensor<2>| {
            let tokens = normalised(&self.norm, tokens);
            let inner = linear(&self.inner, tokens, Activation::Gelu, precision);
            linear(&self.weigh, inner, Activation::None, precision)
        };
        let of_slots = scores(slots.clone());
        // The slots are the same for all pairs, so that together they are one token more, with the
        // logarithm of their sum for a score.
        let together = softmax(of_slots.clone(), 0).transpose().matmul(slots);
        let highest = of_slots.clone().detach().max_dim(0);
        let sum = (of_slots - highest.clone()).exp().sum_dim(0).log() + highest;
        let (of_heads, of_tails) = (scores(heads.clone()), scores(tails.clone()));
        let rows = heads.dims()[0];
        [0, 1].map(|column| {
            let column_of = |scores: &Tensor<2>| scores.clone().narrow(1, column, 1);
            let sum = column_of(&sum).expand([rows, 1]);
            let scores = vec![sum, column_of(&of_heads), column_of(&of_tails)];
            let weights = softmax(Tensor::cat(scores, 1), 1);
            let share = |token: usize| weights.clone().narrow(1, token, 1);
            share(0) * together.clone().narrow(0, column, 1)
                + share(1) * heads.clone()
                + share(2) * tails.clone()
        })
    }

    /// The summaries behind the transformer, `[rows, width]` each.
    pub fn process(&self, [first, second]: [Tensor<2>; 2], precision: Precision) -> [Tensor<2>; 2] {
        let [rows, width] = first.dims();
        let (tokens, segments) = match self.form {
            MemoryForm::Paper => {
                let both = vec![first.unsqueeze_dim::<3>(1), second.unsqueeze_dim(1)];
                let tokens = Tensor::cat(both, 1).reshape([2 * rows, width]);
                (tokens, Segments::from_lengths(std::iter::repeat_n(2, rows)))
            }
            MemoryForm::Reference => {
                let chunks = || (0..rows).step_by(CHUNK).map(|from| CHUNK.min(rows - from));
                let segments = Segments::from_lengths(chunks().chain(chunks()));
                (Tensor::cat(vec![first, second], 0), segments)
            }
        };
        let tokens = self
            .layers
            .iter()
            .fold(tokens, |tokens, layer| layer.forward(tokens, &segments, self.heads, precision));
        match self.form {
            MemoryForm::Paper => {
                let both = tokens.reshape([rows, 2, width]);
                [0, 1].map(|token| both.clone().narrow(1, token, 1).squeeze_dim(1))
            }
            MemoryForm::Reference => [0, rows].map(|from| tokens.clone().narrow(0, from, rows)),
        }
    }
}

/// A layer of the transformer: attention and two maps, each with a residual and a layer norm
/// behind it.
#[derive(Module, Debug)]
struct MemoryLayer {
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: LayerNorm,
    inner: Linear,
    outer: Linear,
    output_norm: LayerNorm,
}

impl MemoryLayer {
    fn new(width: usize, random: &mut Initialiser, device: &Device) -> Self {
        let mut layer = || random.linear(width, width, device);
        Self {
            query: layer(),
            key: layer(),
            value: layer(),
            output: layer(),
            attention_norm: norm(width, device),
            inner: layer(),
            outer: layer(),
            output_norm: norm(width, device),
        }
    }

    /// Tokens `[tokens, width]` that attend to those of their segment.
    fn forward(
        &self,
        tokens: Tensor<2>,
        segments: &Segments,
        heads: usize,
        precision: Precision,
    ) -> Tensor<2> {
        let map = |layer: &Linear, x: Tensor<2>| linear(layer, x, Activation::None, precision);
        let [query, key, value] =
            [&self.query, &self.key, &self.value].map(|layer| map(layer, tokens.clone()));
        let attended = attention(query, key, value, segments, heads, Dropout::OFF, precision);
        let tokens = normalised(&self.attention_norm, tokens + map(&self.output, attended));
        let inner = relu(map(&self.inner, tokens.clone()));
        normalised(&self.output_norm, tokens + map(&self.outer, inner))
    }
}

fn norm(width: usize, device: &Device) -> LayerNorm {
    LayerNormConfig::new(width).with_epsilon(EPSILON).init(device)
}

fn normalised(norm: &LayerNorm, x: Tensor<2>) -> Tensor<2> {
    let beta = norm.beta.as_ref().expect("a layer norm has a bias").val();
    layer_norm(x, norm.gamma.val(), beta, EPSILON)
}
