//! A document as word pieces with markers around its mentions.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Tokenizer;
use crate::document::{Document, Mention};
use crate::{Error, Result};

/// What an encoder is told of the mentions in a text.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Markers {
    /// A marker on either side of each mention, whose opening one stands for it (ATLOP).
    #[default]
    Mentions,
    /// Nothing: the text as it is. A mention's first word piece stands for it. Texts are encoded
    /// the same whatever is found in them.
    None,
}

impl Markers {
    /// Whether it is the usual form.
    pub(crate) fn are_usual(&self) -> bool {
        *self == Self::default()
    }
}

/// A document's word pieces, uncut and without CLS and SEP, with a marker before
/// the first and after the last word of each mention.
///
/// A word carries one marker on a side, however many mentions start or end there
/// (as in ATLOP's public code). Positions count word pieces from 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MarkedText {
    pieces: Vec<u32>,
    /// For each sentence where its words start, their markers included, and where it ends.
    word_starts: Vec<Vec<usize>>,
}

/// Which sides of a word carry a marker.
#[derive(Clone, Copy, Default)]
struct Marks {
    before: bool,
    after: bool,
}

impl MarkedText {
    /// Tokenizes each word alone and puts the markers around the mentions.
    ///
    /// Fails if a mention lies outside its sentence.
    pub fn new(document: &Document, tokenizer: &Tokenizer) -> Result<Self> {
        Self::with(Markers::Mentions, document, tokenizer)
    }

    /// The same with these markers.
    pub fn with(markers: Markers, document: &Document, tokenizer: &Tokenizer) -> Result<Self> {
        let marks = marks(document)?; // which also checks the mentions
        match markers {
            Markers::Mentions => Self::of_words(document, marks, tokenizer),
            Markers::None => Self::without_markers(document, tokenizer),
        }
    }

    /// The same without any marker.
    pub fn without_markers(document: &Document, tokenizer: &Tokenizer) -> Result<Self> {
        Self::of_words(document, no_marks(document), tokenizer)
    }

    fn of_words(
        document: &Document,
        marks: Vec<Vec<Marks>>,
        tokenizer: &Tokenizer,
    ) -> Result<Self> {
        let words: usize = document.sentences.iter().map(Vec::len).sum();
        let mut pieces = Vec::with_capacity(2 * words);
        let mut word_starts = Vec::with_capacity(document.sentences.len());
        for (words, marks) in document.sentences.iter().zip(marks) {
            let mut starts = Vec::with_capacity(words.len() + 1);
            for (word, marks) in words.iter().zip(marks) {
                starts.push(pieces.len());
                if marks.before {
                    pieces.extend_from_slice(tokenizer.marker());
                }
                tokenizer.push_word(word, &mut pieces)?;
                if marks.after {
                    pieces.extend_from_slice(tokenizer.marker());
                }
            }
            starts.push(pieces.len());
            word_starts.push(starts);
        }
        Ok(Self { pieces, word_starts })
    }

    /// The ids of all pieces and markers.
    pub fn pieces(&self) -> &[u32] {
        &self.pieces
    }

    /// A sentence's pieces, markers included.
    pub fn sentence(&self, sentence: usize) -> Range<usize> {
        let starts = &self.word_starts[sentence];
        starts[0]..starts[starts.len() - 1]
    }

    /// The sentences, in order.
    pub fn sentences(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        (0..self.word_starts.len()).map(|sentence| self.sentence(sentence))
    }

    /// The pieces of a word, markers included.
    pub fn word(&self, sentence: usize, token: usize) -> Range<usize> {
        let starts = &self.word_starts[sentence];
        starts[token]..starts[token + 1]
    }

    /// The pieces of a mention of this document, from its opening marker to its closing one.
    pub fn mention(&self, mention: &Mention) -> Range<usize> {
        let starts = &self.word_starts[mention.sentence];
        starts[mention.tokens.start]..starts[mention.tokens.end]
    }
}

/// The marks of each word of each sentence.
fn marks(document: &Document) -> Result<Vec<Vec<Marks>>> {
    let mut marks = no_marks(document);
    for mention in document.entities.iter().flat_map(|entity| &entity.mentions) {
        let inside = marks
            .get_mut(mention.sentence)
            .and_then(|sentence| sentence.get_mut(mention.tokens.clone()));
        let Some([first, ..]) = inside else {
            return Err(outside(document, mention));
        };
        first.before = true;
        marks[mention.sentence][mention.tokens.end - 1].after = true;
    }
    Ok(marks)
}

fn no_marks(document: &Document) -> Vec<Vec<Marks>> {
    document.sentences.iter().map(|words| vec![Marks::default(); words.len()]).collect()
}

fn outside(document: &Document, mention: &Mention) -> Error {
    let Mention { name, sentence, tokens, .. } = mention;
    let found = match document.sentences.get(*sentence) {
        Some(words) => format!("that sentence has {} tokens", words.len()),
        None => format!("the document has {} sentences", document.sentences.len()),
    };
    let place = format!("{}..{} of sentence {sentence}", tokens.start, tokens.end);
    in_document(document, format!("mention \"{name}\" is at tokens {place}, but {found}"))
}

/// An error in a document that may never have been in a file.
pub(super) fn in_document(document: &Document, problem: String) -> Error {
    Error::LooseDocument { title: document.title.clone(), problem }
}
