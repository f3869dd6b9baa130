//! The scores of a trained model on labelled documents.

use std::path::Path;

use super::{
    SCORED,
    labelled::{Fit, Labelled, Scored},
    prepare::examples_of,
};
use crate::{
    Result,
    corpus::ReadOptions,
    eval::{Scores, SeenFacts, Truth},
    model::Extractor,
    progress::Observer,
};

/// The labelled documents of a file as a model classifies them, with the facts that count for it.
pub fn read_truth(
    extractor: &Extractor,
    path: impl AsRef<Path>,
    reading: &ReadOptions,
) -> Result<Truth> {
    Truth::read_within(path, &extractor.input(), extractor.config.scope.clone(), reading)
}

/// Scores a trained model on labelled documents, with Ign F1 if `seen` are the facts
/// of its training file.
pub fn evaluate(
    extractor: &Extractor,
    truth: &Truth,
    seen: Option<&SeenFacts>,
    observer: &mut dyn Observer,
) -> Result<Scores> {
    Ok(evaluate_fully(extractor, truth, seen, observer)?.scores)
}

/// [`evaluate`] with the predictions.
pub(crate) fn evaluate_fully(
    extractor: &Extractor,
    truth: &Truth,
    seen: Option<&SeenFacts>,
    observer: &mut dyn Observer,
) -> Result<Scored> {
    let examples = examples_of(extractor, truth, observer)?;
    let labelled = Labelled { examples: &examples, truth, seen };
    let each = |done| observer.documents(SCORED, done, examples.len());
    let (reader, decision) = (extractor.reader(), &extractor.config.decision);
    labelled.score(&extractor.model, &reader, decision, Fit::Nothing, each)
}
