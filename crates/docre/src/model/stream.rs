//! Facts from a file of documents, a few documents at a time.

use std::{collections::VecDeque, iter::Peekable};

use serde::Serialize;

use super::{Extractor, FactReader};
use crate::{
    Result,
    document::{Document, Fact},
    text::{
        Example, UnknownPieces, Warning,
        prepare::{PreparedDocument, prepare_stream},
    },
};

/// Documents with pairs that go through the model at a time without gradients.
const BATCH: usize = 8;

/// Word pieces after which a batch takes no further document: with a few long
/// documents the memory is that of the longest.
const PIECES: usize = 4096;

/// The first of the examples that go through the model together without gradients.
pub(crate) fn first_batch<'a>(examples: impl IntoIterator<Item = &'a Example>) -> Vec<&'a Example> {
    let (mut batch, mut pieces) = (Vec::new(), 0);
    for example in examples {
        if !takes(batch.len(), pieces, example) {
            break;
        }
        pieces += example.length();
        batch.push(example);
    }
    batch
}

/// Whether a batch of so many documents and word pieces takes one more document.
fn takes(documents: usize, pieces: usize, next: &Example) -> bool {
    let has_room = next.whole().is_some() || documents < BATCH;
    documents == 0 || has_room && pieces + next.length() <= PIECES
}

/// Words after which a chunk takes no further document whose entities are looked for.
const WORDS: usize = 20_000;

/// The next documents, up to the first with which they have so many words, or that has entities.
fn first_words(documents: &mut impl Iterator<Item = Result<Document>>) -> Vec<Result<Document>> {
    let (mut chunk, mut words) = (Vec::new(), 0);
    while words < WORDS {
        let Some(document) = documents.next() else { break };
        let is_plain = document.as_ref().is_ok_and(|document| document.entities.is_empty());
        words += document.as_ref().map_or(0, |found| found.sentences.iter().map(Vec::len).sum());
        chunk.push(document);
        if !is_plain {
            break; // nothing is to be found in it, so nobody waits for others
        }
    }
    chunk
}

/// A document and what a model found in it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Extracted {
    /// The document.
    pub document: Document,
    /// The facts, by pair (h-major) and relation.
    pub facts: Vec<Fact>,
    /// What was left out of the document.
    pub warnings: Vec<Warning>,
    /// How much of it the tokenizer knows.
    #[serde(skip)]
    pub pieces: UnknownPieces,
}

impl Extractor {
    /// The facts of each document as they come, in their order, so that a file
    /// needn't fit in memory. An error takes the place of its document, and the
    /// documents after it follow.
    pub fn extract_stream<'a>(
        &'a self,
        documents: impl IntoIterator<Item = Result<Document>, IntoIter: 'a>,
    ) -> impl Iterator<Item = Result<Extracted>> + 'a {
        let options = self.config.example_options();
        let documents = self.with_entities(documents);
        let mut prepared = prepare_stream(documents, &self.tokenizer, options).peekable();
        let mut ready = VecDeque::new();
        std::iter::from_fn(move || {
            if ready.is_empty() {
                ready.extend(self.next_batch(&mut prepared));
            }
            ready.pop_front()
        })
    }

    /// Documents as they come, those without entities with the ones that are found in them, if the
    /// model finds any.
    fn with_entities<'a>(
        &'a self,
        documents: impl IntoIterator<Item = Result<Document>, IntoIter: 'a>,
    ) -> Box<dyn Iterator<Item = Result<Document>> + 'a> {
        let documents = documents.into_iter();
        if !self.finds_entities() {
            return Box::new(documents);
        }
        let mut documents = documents.fuse();
        let chunks = std::iter::from_fn(move || {
            let chunk = first_words(&mut documents);
            (!chunk.is_empty()).then_some(chunk)
        });
        Box::new(chunks.flat_map(|chunk| self.find_where_none_are(chunk)))
    }

    /// The documents of a chunk, each with entities; an error stays where it is.
    fn find_where_none_are(&self, chunk: Vec<Result<Document>>) -> Vec<Result<Document>> {
        let is_plain = |document: &Result<Document>| {
            document.as_ref().is_ok_and(|document| document.entities.is_empty())
        };
        let places: Vec<usize> = (0..chunk.len()).filter(|&at| is_plain(&chunk[at])).collect();
        let plain = places.iter().filter_map(|&at| chunk[at].as_ref().ok().cloned()).collect();
        let mut chunk = chunk;
        match self.find_entities(plain) {
            Ok(found) => {
                let found = places.into_iter().zip(found);
                found.for_each(|(at, document)| chunk[at] = Ok(document));
            }
            // Each by itself, so that the error has the place of its document.
            Err(_) => places.into_iter().for_each(|at| {
                let found = chunk[at].as_ref().ok().cloned().map(|document| {
                    self.find_entities(vec![document]).map(|mut found| found.remove(0))
                });
                if let Some(found) = found {
                    chunk[at] = found;
                }
            }),
        }
        chunk
    }

    /// Extracts from the next documents, up to and with the first bad one.
    fn next_batch(
        &self,
        prepared: &mut Peekable<impl Iterator<Item = Result<PreparedDocument>>>,
    ) -> Vec<Result<Extracted>> {
        let (mut batch, mut pieces) = (Vec::new(), 0);
        loop {
            let of_batch = batch.last().map(|last: &PreparedDocument| &last.document);
            let found = of_batch.map(|document| document.entities_found);
            let fits = |next: &Result<PreparedDocument>| match next {
                Ok(next) => {
                    let alike = found.is_none_or(|found| found == next.document.entities_found);
                    alike && takes(batch.len(), pieces, &next.example)
                }
                Err(_) => false,
            };
            let Some(Ok(next)) = prepared.next_if(fits) else { break };
            pieces += next.example.length();
            batch.push(next);
        }
        if batch.is_empty() {
            return prepared.next().and_then(Result::err).map(Err).into_iter().collect();
        }
        let examples: Vec<&Example> = batch.iter().map(|prepared| &prepared.example).collect();
        let reader = match (&self.config.finder, batch[0].document.entities_found) {
            (Some(finder), true) => FactReader { calibration: finder.calibration, ..self.reader() },
            _ => self.reader(),
        };
        match reader.facts(&self.model, &examples) {
            Err(error) => vec![Err(error)],
            Ok(facts) => batch
                .into_iter()
                .zip(facts)
                .map(|(PreparedDocument { document, example, warnings }, mut facts)| {
                    if let Some(finder) = &self.config.finder {
                        finder.keep_possible(&document, &self.config.scope, &mut facts);
                    }
                    let pieces = UnknownPieces::of([&example], &self.tokenizer);
                    Ok(Extracted { document, facts, warnings, pieces })
                })
                .collect(),
        }
    }
}
