//! Documents of a chosen length with a chosen number of entities.

use crate::{
    Result,
    document::{Document, Entity, Mention},
    text::{Example, ExampleOptions, Tokenizer},
};

/// Words a sentence.
const SENTENCE: usize = 25;

/// Makes unlabelled documents from the words of real ones.
pub(super) struct Synthesizer<'a> {
    words: Vec<String>,
    tokenizer: &'a Tokenizer,
}

impl<'a> Synthesizer<'a> {
    /// Takes the words of documents in their order; `None` if there are none.
    pub fn new(documents: &[Document], tokenizer: &'a Tokenizer) -> Option<Self> {
        let sentences = documents.iter().flat_map(|document| &document.sentences);
        let words: Vec<String> = sentences.flatten().cloned().collect();
        (!words.is_empty()).then_some(Self { words, tokenizer })
    }

    /// An example of about `pieces` word pieces, markers included, with `entities` entities of
    /// one mention each, spread evenly.
    pub fn example(&self, pieces: usize, entities: usize) -> Result<Example> {
        let options = ExampleOptions::default();
        let mut words = pieces;
        // The number of words by rule of three, twice to be close.
        for _ in 0..3 {
            let (example, _) =
                Example::new(&self.document(words, entities), self.tokenizer, &options)?;
            let length = example.length();
            if length.abs_diff(pieces) * 50 <= pieces {
                return Ok(example);
            }
            // Words that have no pieces, such as blanks, can't make a document longer.
            words = (words * pieces / length).min(2 * pieces).max(entities);
        }
        Ok(Example::new(&self.document(words, entities), self.tokenizer, &options)?.0)
    }

    fn document(&self, words: usize, entities: usize) -> Document {
        let words: Vec<String> = self.words.iter().cycle().take(words).cloned().collect();
        let entities = (0..entities)
            .map(|entity| {
                let place = entity * words.len() / entities;
                let (sentence, token) = (place / SENTENCE, place % SENTENCE);
                let mention = Mention {
                    name: words[place].clone(),
                    sentence,
                    tokens: token..token + 1,
                    kind: String::new(),
                };
                Entity::new([mention])
            })
            .collect();
        Document {
            title: "synthetic".into(),
            sentences: words.chunks(SENTENCE).map(<[String]>::to_vec).collect(),
            entities,
            facts: None,
            ..Document::default()
        }
    }
}
