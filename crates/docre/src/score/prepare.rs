//! Documents made into examples.

use std::path::Path;

use crate::{
    Result,
    document::Document,
    progress::{Event, Observer},
    text::{Example, ExampleOptions, Tokenizer, UnknownPieces, prepare},
};

/// The examples of the documents of a file; the observer is told what was left out of them, and
/// whether the tokenizer knows too little of the text.
pub(crate) fn prepare_and_warn(
    path: &Path,
    documents: &[Document],
    tokenizer: &Tokenizer,
    options: &ExampleOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Example>> {
    let prepared = prepare(documents, tokenizer, options)?;
    prepared.warnings.iter().for_each(|warning| observer.tell(Event::Warning(warning)));
    let unknown = UnknownPieces::of(&prepared.examples, tokenizer);
    unknown.warning(path).iter().for_each(|warning| observer.note(warning));
    Ok(prepared.examples)
}
