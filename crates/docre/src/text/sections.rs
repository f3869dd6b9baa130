//! A document's words without markers, as whoever looks for mentions reads them.

use std::ops::Range;

use super::example::with_special_tokens;
use super::{Example, MarkedText, Ragged, Rows, Tokenizer};
use crate::Result;
use crate::document::Document;

/// Some of a document's words, one after another, with what an encoder reads of them. A long
/// document has several sections, which are read one by one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The ids, without entities and labels.
    pub example: Example,
    /// The words, each with the place of its first piece in the ids.
    pub words: Vec<SectionWord>,
    /// The words of each sentence, or of the part of one that is here; none is empty.
    pub sentences: Vec<Range<usize>>,
}

impl Section {
    /// The places of each word's pieces in the ids, at least one.
    pub(crate) fn word_pieces(&self) -> impl Iterator<Item = Range<usize>> + '_ {
        let end = self.example.ids.len() - 1; // SEP
        let ends = self.words.iter().skip(1).map(|next| next.piece).chain([end]);
        self.words.iter().zip(ends).map(|(word, end)| word.piece..end.max(word.piece + 1))
    }
}

/// A word of a [`Section`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SectionWord {
    /// Its sentence in the document.
    pub sentence: usize,
    /// Its place in the sentence.
    pub token: usize,
    /// Where its first piece is in the section's ids.
    pub piece: usize,
}

/// The sections of a document, each of at most `longest` word pieces unless one word has more. A
/// sentence is cut only if it doesn't fit in a section of its own.
pub fn sections(
    document: &Document,
    tokenizer: &Tokenizer,
    longest: usize,
) -> Result<Vec<Section>> {
    let text = MarkedText::without_markers(document, tokenizer)?;
    let mut sections = Vec::new();
    let mut open = Open::default();
    for (sentence, pieces) in text.sentences().enumerate() {
        if open.pieces.len() + pieces.len() > longest {
            open.close(document, tokenizer, &mut sections);
        }
        open.begin_sentence();
        for token in 0..document.sentences[sentence].len() {
            let word = text.word(sentence, token);
            if open.pieces.len() + word.len() > longest {
                open.close(document, tokenizer, &mut sections);
                open.begin_sentence();
            }
            open.push(sentence, token, &text.pieces()[word]);
        }
    }
    open.close(document, tokenizer, &mut sections);
    Ok(sections)
}

/// A section that takes more words.
#[derive(Default)]
struct Open {
    pieces: Vec<u32>,
    words: Vec<SectionWord>,
    sentences: Vec<Range<usize>>,
}

impl Open {
    fn begin_sentence(&mut self) {
        self.sentences.push(self.words.len()..self.words.len());
    }

    fn push(&mut self, sentence: usize, token: usize, pieces: &[u32]) {
        // CLS comes before the pieces.
        self.words.push(SectionWord { sentence, token, piece: self.pieces.len() + 1 });
        self.pieces.extend_from_slice(pieces);
        self.sentences.last_mut().expect("a sentence is begun").end = self.words.len();
    }

    fn close(&mut self, document: &Document, tokenizer: &Tokenizer, to: &mut Vec<Section>) {
        let Self { pieces, words, mut sentences } = std::mem::take(self);
        sentences.retain(|sentence| !sentence.is_empty());
        if words.is_empty() {
            return;
        }
        let example = Example {
            title: document.title.clone(),
            ids: with_special_tokens(&pieces, tokenizer),
            entities: Ragged::default(),
            spans: Vec::new(),
            types: Vec::new(),
            sentences: Vec::new(),
            rows: Rows::default(),
            labels: None,
            evidence: Vec::new(),
        };
        to.push(Section { example, words, sentences });
    }
}
