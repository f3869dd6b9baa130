//! Where mentions are in an example.

use std::ops::Range;

use super::{KeptMention, MarkedText, Markers, Ragged, Tokenizer, Warning};
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

    /// For each entity the places in the ids of its mentions' opening markers, or first word pieces,
    /// as far as the cut leaves them, and their spans.
    pub fn of_document(
        &self,
        document: &Document,
        warnings: &mut Vec<Warning>,
    ) -> (Ragged, Vec<MentionSpan>) {
        let count = document.entities.iter().map(|entity| entity.mentions.len()).sum();
        let mut places = Ragged::with_capacity(document.entities.len(), count);
        let mut of_mentions = Vec::with_capacity(count);
        for entity in &document.entities {
            let of_entity = entity.mentions.iter().filter_map(|mention| {
                let span = self.text.mention(mention);
                let left = left_of(&span, self.kept);
                warnings.extend(left.map(|kept| mention_cut(document, mention, kept)));
                if left == Some(KeptMention::Nothing) {
                    return None;
                }
                of_mentions.push(self.of(mention));
                Some(span.start + 1) // CLS comes before the pieces
            });
            places.push(of_entity);
        }
        (places, of_mentions)
    }

    /// The span of a mention of which something is left.
    fn of(&self, mention: &Mention) -> MentionSpan {
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

fn mention_cut(document: &Document, mention: &Mention, kept: KeptMention) -> Warning {
    Warning::MentionCut {
        document: document.title.clone(),
        mention: mention.name.clone(),
        sentence: mention.sentence,
        kept,
    }
}

/// What is left of a mention of which something is cut; `None` for a whole one.
///
/// ATLOP's public code keeps a mention when its marker's place `start + 1` is
/// below the length with CLS and SEP, so one that starts just at the cut reads SEP.
fn left_of(span: &Range<usize>, kept: usize) -> Option<KeptMention> {
    if span.end <= kept {
        None
    } else if span.start < kept {
        Some(KeptMention::Start)
    } else if span.start == kept {
        Some(KeptMention::Sep)
    } else {
        Some(KeptMention::Nothing)
    }
}
