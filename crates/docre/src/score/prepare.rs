//! Documents made into examples.

use std::path::Path;

use crate::{
    Result,
    document::Document,
    eval::Truth,
    model::Extractor,
    progress::{Event, Observer},
    text::{Example, ExampleOptions, Tokenizer, UnknownPieces, prepare::prepare},
};

/// The examples of labelled documents, as a trained model reads them.
pub(super) fn examples_of(
    extractor: &Extractor,
    truth: &Truth,
    observer: &mut dyn Observer,
) -> Result<Vec<Example>> {
    let options = extractor.config.example_options();
    let (path, documents) = (truth.path(), truth.documents());
    prepare_and_warn(path, documents, &extractor.tokenizer, &options, observer)
}

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
