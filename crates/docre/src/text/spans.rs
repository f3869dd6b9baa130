//! Where mentions are in an example.

use std::ops::Range;

use super::{MarkedText, Markers, Tokenizer};
use crate::document::{Document, Mention};

/// Where a mention is, for whoever reads more of it than the piece that stands for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MentionSpan {
    /// Its word pieces, without its markers: places in [`Example::ids`](super::Example::ids), or in
    /// a batch on the document-token axis. There is at least one.
    pub pieces: Range<usize>,
    /// Its words, counted through the document.
    pub words: Range<usize>,
    /// Its sentence.
    pub sentence: usize,
}

/// Finds the spans of a document's mentions.
pub(super) struct Spans<'a> {
    text: &'a MarkedText,
    /// How many pieces the markers on either side have.
    marker: usize,
    /// The pieces that are left of the text.
    kept: usize,
    /// The words before each sentence.
    before: Vec<usize>,
}

impl<'a> Spans<'a> {
    pub fn new(
        document: &Document,
        text: &'a MarkedText,
        markers: Markers,
        tokenizer: &Tokenizer,
        kept: usize,
    ) -> Self {
        let marker = match markers {
            Markers::Mentions => tokenizer.marker().len(),
            Markers::None => 0,
        };
        let mut words = 0;
        let count = |sentence: &Vec<String>| {
            words += sentence.len();
            words - sentence.len()
        };
        let before = document.sentences.iter().map(count).collect();
        Self { text, marker, kept, before }
    }

    /// The span of a mention of which something is left.
    pub fn of(&self, mention: &Mention) -> MentionSpan {
        let pieces = self.text.mention(mention);
        // CLS comes before the pieces, and SEP behind those that are kept.
        let start = (pieces.start + self.marker).min(self.kept) + 1;
        let end = pieces.end.saturating_sub(self.marker).min(self.kept) + 1;
        let before = self.before[mention.sentence];
        MentionSpan {
            pieces: start..end.max(start + 1),
            words: before + mention.tokens.start..before + mention.tokens.end,
            sentence: mention.sentence,
        }
    }
}
