//! What a tagger reads of a document.

use super::shapes::{SHAPE_WINDOW, shapes};
use crate::{
    Result,
    document::Document,
    text::{
        Tokenizer,
        sections::{Section, sections},
    },
};

/// The most word pieces of a section: a long document is read so much at a time.
const LONGEST: usize = 4000;

/// A section of a document with what its words look like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TaggerInput {
    pub section: Section,
    /// `[words]` The shapes of each word and of its neighbours.
    pub shapes: Vec<[usize; SHAPE_WINDOW]>,
}

impl TaggerInput {
    /// The sections of a document, in order.
    pub fn of(document: &Document, tokenizer: &Tokenizer) -> Result<Vec<Self>> {
        let with_shapes = |section: Section| {
            let word = |place: usize| {
                let word = &section.words[place];
                document.sentences[word.sentence][word.token].as_str()
            };
            let of_sentence =
                |sentence: &std::ops::Range<usize>| shapes(sentence.clone().map(word));
            let shapes = section.sentences.iter().flat_map(of_sentence).collect();
            Self { section, shapes }
        };
        let sections = sections(document, tokenizer, LONGEST)?;
        Ok(sections.into_iter().map(with_shapes).collect())
    }
}
