//! What pairs of entities attend to, sentence by sentence.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use docre_kernels::{BlockAttention, pool_mean};

use super::{DocumentTokens, LongDocument, PairLayout};

/// The mean of the attention of each entity's mentions, `[entities, heads, longest document]`.
/// KD-DocRE prints a sum and calls it a mean, which its public code takes.
pub(super) fn entity_attention(attention: Tensor<3>, layout: &PairLayout) -> Tensor<3> {
    let [mentions, heads, longest] = attention.dims();
    let attention = pool_mean(attention.reshape([mentions, heads * longest]), &layout.mentions);
    attention.reshape([layout.mentions.count(), heads, longest])
}

/// The attention of a batch's entities as numbers.
#[derive(Debug, Clone)]
pub struct EntityAttention {
    read: Read,
}

#[derive(Debug, Clone)]
enum Read {
    Whole {
        /// `[entities, heads, longest]`
        values: Vec<f32>,
        heads: usize,
        longest: usize,
    },
    Long(Arc<BlockAttention>),
}

impl EntityAttention {
    /// The attention of the entities of a batch.
    pub fn new(tokens: &DocumentTokens, layout: &PairLayout) -> Self {
        let attention = entity_attention(tokens.attention.clone(), layout);
        let [_, heads, longest] = attention.dims();
        let values = attention.into_data().try_into_vec::<f32>().expect("attention is f32");
        Self { read: Read::Whole { values, heads, longest } }
    }

    /// The attention of the entities of a long document.
    pub(crate) fn of_long(document: &LongDocument) -> Self {
        Self { read: Read::Long(document.attention()) }
    }

    /// How the weights of a pair's localized context (ATLOP, Eq. 4) are shared out among the
    /// sentences, `[sentences]`: the sum over a sentence's tokens, divided by that over all
    /// sentences; 0 for entities without a mention. Markers, CLS and SEP of a sentence's range
    /// count as it has them.
    ///
    /// The two entities are numbered through the batch; a sentence is its tokens' places in
    /// the document.
    pub fn of_sentences(&self, pair: [usize; 2], sentences: &[Range<usize>]) -> Vec<f32> {
        let mut shares: Vec<f32> =
            sentences.iter().map(|tokens| self.shared(pair, tokens)).collect();
        let sum: f32 = shares.iter().sum();
        if sum > 0.0 {
            shares.iter_mut().for_each(|share| *share /= sum);
        }
        shares
    }

    /// The sum over tokens and heads of what both entities attend to.
    fn shared(&self, [first, second]: [usize; 2], tokens: &Range<usize>) -> f32 {
        let (values, heads, longest) = match &self.read {
            Read::Whole { values, heads, longest } => (values, *heads, *longest),
            Read::Long(attention) => return attention.shared([first, second], tokens),
        };
        let row = |entity: usize, head: usize| {
            &values[(entity * heads + head) * longest..][tokens.clone()]
        };
        let of_head = |head: usize| -> f32 {
            row(first, head).iter().zip(row(second, head)).map(|(a, b)| a * b).sum()
        };
        (0..heads).map(of_head).sum()
    }
}
