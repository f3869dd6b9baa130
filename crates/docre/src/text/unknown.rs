//! How much of a text its tokenizer doesn't know.

use std::path::Path;

use super::{Example, Tokenizer};

/// The share of unknown pieces, in percent, from which on a model can't be expected to read a text.
const MANY: usize = 10;

/// The word pieces of some documents, and how many of them stand for text that isn't in the
/// tokenizer's vocabulary.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct UnknownPieces {
    /// All of them.
    pub all: usize,
    /// Those that stand for any unknown text.
    pub unknown: usize,
}

impl UnknownPieces {
    /// Those of examples.
    pub fn of<'a>(examples: impl IntoIterator<Item = &'a Example>, tokenizer: &Tokenizer) -> Self {
        let mut pieces = Self::default();
        examples.into_iter().for_each(|example| pieces.add(example, tokenizer));
        pieces
    }

    /// Adds an example's.
    pub fn add(&mut self, example: &Example, tokenizer: &Tokenizer) {
        let unknown = tokenizer.special_tokens().unk.id;
        self.all += example.ids.len();
        self.unknown += example.ids.iter().filter(|id| **id == unknown).count();
    }

    /// Adds those of other documents.
    pub fn merge(&mut self, others: Self) {
        self.all += others.all;
        self.unknown += others.unknown;
    }

    /// What a person should know of a file with these pieces, if they are many.
    pub fn warning(&self, file: &Path) -> Option<String> {
        let Self { all, unknown } = *self;
        (100 * unknown >= MANY * all && unknown > 0).then(|| {
            format!(
                "warning: {}: {} % of the word pieces ({unknown} of {all}) are unknown to the \
                 encoder's tokenizer, so little of the text is read; take an encoder for its \
                 language",
                file.display(),
                (200 * unknown + all) / (2 * all),
            )
        })
    }
}
