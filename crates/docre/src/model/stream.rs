//! Facts from a file of documents, a few documents at a time.

use std::{collections::VecDeque, iter::Peekable};

use serde::Serialize;

use super::Extractor;
use crate::{
    Result,
    document::{Document, Fact},
    text::{Example, PreparedDocument, UnknownPieces, Warning, prepare_stream},
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
    let has_room = next.whole.is_some() || documents < BATCH;
    documents == 0 || has_room && pieces + next.length() <= PIECES
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
        let mut prepared = prepare_stream(documents, &self.tokenizer, options).peekable();
        let mut ready = VecDeque::new();
        std::iter::from_fn(move || {
            if ready.is_empty() {
                ready.extend(self.next_batch(&mut prepared));
            }
            ready.pop_front()
        })
    }

    /// Extracts from the next documents, up to and with the first bad one.
    fn next_batch(
        &self,
        prepared: &mut Peekable<impl Iterator<Item = Result<PreparedDocument>>>,
    ) -> Vec<Result<Extracted>> {
        let (mut batch, mut pieces) = (Vec::new(), 0);
        loop {
            let fits = |next: &Result<PreparedDocument>| match next {
                Ok(next) => takes(batch.len(), pieces, &next.example),
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
        match self.extract(&examples) {
            Err(error) => vec![Err(error)],
            Ok(facts) => batch
                .into_iter()
                .zip(facts)
                .map(|(PreparedDocument { document, example, warnings }, facts)| {
                    let pieces = UnknownPieces::of([&example], &self.tokenizer);
                    Ok(Extracted { document, facts, warnings, pieces })
                })
                .collect(),
        }
    }
}
