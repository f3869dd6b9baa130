//! Every stretch of words as a mention that may be one.

use std::ops::Range;

use burn::{
    module::Module,
    tensor::{Device, Tensor, activation},
};
use docre_kernels::{Activation, Dropout, Precision};

use crate::{
    initialiser::Initialiser,
    layers::{Embedding, Linear, PackAs, drop_hidden, linear},
};

/// Says of a span of words whether it is a mention: a hidden layer on the maximum over its word
/// pieces and an embedding of its width (JEREX, Eberts and Ulges 2021, "mention localization").
#[derive(Module, Debug)]
pub struct SpanClassifier {
    /// `[widths, embedding]`, from one word on.
    widths: Embedding,
    /// `[hidden + embedding, width]`
    dense: Linear,
    /// `[width, 1]`
    score: Linear,
    dropout: f64,
}

/// The sizes of the layers that read spans.
#[derive(Debug, Clone, Copy)]
pub struct SpanSizes {
    /// The width of hidden states.
    pub hidden: usize,
    /// The width of hidden layers.
    pub width: usize,
    /// The width of embeddings.
    pub embedding: usize,
    /// The dropout of hidden layers.
    pub dropout: f64,
}

impl SpanClassifier {
    /// A new classifier of spans of at most `longest` words.
    pub fn new(
        sizes: SpanSizes,
        longest: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        let SpanSizes { hidden, width, embedding, dropout } = sizes;
        Self {
            widths: random.embedding(longest, embedding, device),
            dense: random.linear(hidden + embedding, width, device),
            score: random.linear(width, 1, device),
            dropout,
        }
    }

    /// Packs the hidden layer in eight bits.
    pub(crate) fn pack(&mut self) {
        self.dense.pack(PackAs::Whole);
    }

    /// The logits of spans, `[spans]`, from their maxima, `[spans, hidden]`, and their words.
    pub fn logits(
        &self,
        maxima: Tensor<2>,
        spans: &[Range<usize>],
        masks: Dropout,
        precision: Precision,
    ) -> Tensor<1> {
        let widths = self.widths.of(spans.iter().map(|span| span.len() - 1));
        let features = Tensor::cat(vec![maxima, widths], 1);
        let hidden = linear(&self.dense, features, Activation::None, precision);
        let hidden = drop_hidden(activation::relu(hidden), masks, self.dropout);
        linear(&self.score, hidden, Activation::None, Precision::F32).reshape([spans.len()])
    }
}

/// All spans of at most `longest` words within a sentence, by their beginnings, then their ends.
/// Sentences are words that follow each other.
pub(crate) fn spans(
    sentences: &[Range<usize>],
    longest: usize,
) -> impl Iterator<Item = Range<usize>> + '_ {
    let of_sentence = move |sentence: &Range<usize>| {
        let end = sentence.end;
        let of_word =
            move |first: usize| (first + 1..=end.min(first + longest)).map(move |e| first..e);
        sentence.clone().flat_map(of_word)
    };
    sentences.iter().flat_map(of_sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_stay_within_their_sentence() {
        let found: Vec<_> = spans(&[0..3, 3..4], 2).collect();
        assert_eq!(found, [0..1, 0..2, 1..2, 1..3, 2..3, 3..4]);
    }
}
