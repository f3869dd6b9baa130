//! Documents made into examples.

use crate::{
    Result,
    document::Document,
    progress::{Event, Observer},
    text::{Example, ExampleOptions, Tokenizer, prepare},
};

/// The examples of documents; the observer is told what was left out of them.
pub(crate) fn prepare_and_warn(
    documents: &[Document],
    tokenizer: &Tokenizer,
    options: &ExampleOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Example>> {
    let prepared = prepare(documents, tokenizer, options)?;
    prepared.warnings.iter().for_each(|warning| observer.tell(Event::Warning(warning)));
    Ok(prepared.examples)
}
