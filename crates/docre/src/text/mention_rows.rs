//! Which rows of the encoder's attention a batch needs.

use super::Ragged;

/// The rows of the encoder's last attention that mentions read; there is no need
/// to compute the others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MentionRows {
    /// The packed tokens whose rows are needed, ascending, each once: the markers of all
    /// mentions, in every window that covers them.
    pub tokens: Vec<usize>,
    /// For each mention of the batch (in the order of the values of
    /// [`EncodedBatch::mentions`](super::EncodedBatch::mentions)) the places in
    /// [`MentionRows::tokens`] of its rows, one a window that covers it.
    pub rows: Ragged,
}

impl MentionRows {
    /// The rows for markers at `mentions` on the document-token axis, where `sources` gives
    /// the packed tokens of each document token.
    pub(crate) fn new(mentions: &[usize], sources: &Ragged) -> Self {
        let mut tokens: Vec<usize> =
            mentions.iter().flat_map(|&mention| sources.list(mention)).copied().collect();
        tokens.sort_unstable();
        tokens.dedup();
        let mut rows = Ragged::default();
        for &mention in mentions {
            let sources = sources.list(mention).iter();
            rows.push(sources.map(|token| tokens.partition_point(|earlier| earlier < token)));
        }
        Self { tokens, rows }
    }
}
