//! Many documents at once, on all threads.

use rayon::prelude::*;

use super::{Example, ExampleOptions, Tokenizer, Warning};
use crate::Result;
use crate::document::Document;

/// Documents that [`prepare_stream`] holds at a time: work for all threads, a few megabytes.
const CHUNK: usize = 256;

/// Words after which a chunk takes no further document, so that long documents don't fill the
/// memory.
const CHUNK_WORDS: usize = 50_000;

/// The examples of a list of documents.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Prepared {
    /// An example for each document, in the documents' order.
    pub examples: Vec<Example>,
    /// What was left out of the documents, in their order.
    pub warnings: Vec<Warning>,
}

/// A document with its example.
#[derive(Debug, Clone, PartialEq)]
pub struct PreparedDocument {
    /// The document.
    pub document: Document,
    /// Its example.
    pub example: Example,
    /// What was left out of it.
    pub warnings: Vec<Warning>,
}

/// Makes an example of each document, on all threads.
///
/// Fails with the error of the first bad document.
pub fn prepare(
    documents: &[Document],
    tokenizer: &Tokenizer,
    options: &ExampleOptions<'_>,
) -> Result<Prepared> {
    let made: Vec<_> =
        documents.par_iter().map(|document| Example::new(document, tokenizer, options)).collect();
    let mut prepared = Prepared::default();
    for example in made {
        let (example, warnings) = example?;
        prepared.examples.push(example);
        prepared.warnings.extend(warnings);
    }
    Ok(prepared)
}

/// Makes an example of each document as they come, up to some hundreds at a time, so that
/// a file needn't fit in memory.
///
/// The order is kept. An error, of `documents` or of an example, takes the place of its
/// document, and the documents after it follow.
pub fn prepare_stream<'a>(
    documents: impl IntoIterator<Item = Result<Document>, IntoIter: 'a>,
    tokenizer: &'a Tokenizer,
    options: ExampleOptions<'a>,
) -> impl Iterator<Item = Result<PreparedDocument>> + 'a {
    let mut documents = documents.into_iter().fuse();
    let chunks = std::iter::from_fn(move || {
        let (mut chunk, mut words) = (Vec::new(), 0);
        while chunk.len() < CHUNK && words < CHUNK_WORDS {
            let Some(document) = documents.next() else { break };
            words += document.as_ref().map_or(0, |read| read.sentences.iter().map(Vec::len).sum());
            chunk.push(document);
        }
        (!chunk.is_empty()).then_some(chunk)
    });
    chunks.flat_map(move |chunk| {
        let prepared: Vec<_> = chunk
            .into_par_iter()
            .map(|document| prepare_document(document?, tokenizer, &options))
            .collect();
        prepared
    })
}

fn prepare_document(
    document: Document,
    tokenizer: &Tokenizer,
    options: &ExampleOptions<'_>,
) -> Result<PreparedDocument> {
    let (example, warnings) = Example::new(&document, tokenizer, options)?;
    Ok(PreparedDocument { document, example, warnings })
}
