//! Documents that are too long, or have too many pairs, to be scored in one piece.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use docre_kernels::{Precision, Segments};

use super::Model;
use crate::{
    encoder::{EncoderInput, Tokens},
    relation::{EntityAttention, LongDocument},
    text::EncodedBatch,
};

/// What is held of a document at a time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Limits {
    /// Mentions times document tokens of a batch in one piece: with 12 heads 50 MB.
    pub attention: usize,
    /// Rows times classes of a batch in one piece: 64 MB.
    pub scores: usize,
    /// Packed tokens that are encoded at a time, of whole windows.
    pub tokens: usize,
    /// Pairs that are scored at a time.
    pub pairs: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self { attention: 1 << 20, scores: 1 << 24, tokens: 8192, pairs: 4096 }
    }
}

impl Limits {
    /// Whether a batch goes through the model in one piece.
    pub fn hold(&self, batch: &EncodedBatch, classes: usize) -> bool {
        let longest = batch.documents.iter().map(|document| document.tokens.len()).max();
        let mentions = batch.mentions.values.len();
        mentions * longest.unwrap_or(0) <= self.attention && batch.rows * classes <= self.scores
    }
}

impl Model {
    /// Encodes the one document of a batch, some windows at a time, without gradients. A window
    /// becomes the same with any others.
    pub(super) fn long_document(
        &self,
        batch: &EncodedBatch,
        precision: Precision,
        limits: Limits,
    ) -> LongDocument {
        let parts = parts(&batch.segments, limits.tokens);
        let tokens = parts.into_iter().map(|part| self.encode(batch, part, precision));
        LongDocument::new(tokens, batch, &self.encoder.device())
    }

    /// What the encoder makes of some of a batch's windows.
    fn encode(&self, batch: &EncodedBatch, windows: Range<usize>, precision: Precision) -> Tokens {
        let segments = &batch.segments[windows.start..=windows.end];
        let tokens = segments[0]..segments[windows.len()];
        let rows = &batch.mention_rows.tokens;
        let before = |token| rows.partition_point(|row| *row < token);
        let rows = rows[before(tokens.start)..before(tokens.end)].iter();
        let rows: Arc<[usize]> = rows.map(|row| row - tokens.start).collect();
        let segments: Vec<usize> = segments.iter().map(|start| start - tokens.start).collect();
        let input = EncoderInput {
            ids: &batch.ids[tokens.clone()],
            positions: &batch.positions[tokens.clone()],
            types: if batch.types.is_empty() { &[] } else { &batch.types[tokens] },
            segments: &Segments::new(segments),
            attention_rows: &rows,
            output_rows: None,
        };
        self.encoder.forward(input, precision)
    }

    /// The scores of a long document's ordered pairs, some at a time in their order.
    pub(super) fn score_long(
        &self,
        document: LongDocument,
        batch: &EncodedBatch,
        precision: Precision,
        limits: Limits,
        mut each: impl FnMut(&EntityAttention, Tensor<2>),
    ) {
        let attention = EntityAttention::of_long(&document);
        let each = |scores| each(&attention, scores);
        self.relation.score_long(document, batch, limits.pairs, precision, each);
    }
}

/// Windows one behind another, as many together as have at most so many tokens.
fn parts(segments: &[usize], tokens: usize) -> Vec<Range<usize>> {
    let (mut parts, mut first) = (Vec::new(), 0);
    let count = segments.len() - 1;
    for window in 0..count {
        if window > first && segments[window + 1] - segments[first] > tokens {
            parts.push(first..window);
            first = window;
        }
    }
    parts.push(first..count);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_go_together_up_to_the_limit_and_a_longer_one_alone() {
        assert_eq!(parts(&[0, 4, 8, 12, 30, 31], 8), [0..2, 2..3, 3..4, 4..5]);
        assert_eq!(parts(&[0, 4], 8).first(), Some(&(0..1)));
    }
}
