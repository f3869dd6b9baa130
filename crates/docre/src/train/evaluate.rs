//! A model's predictions for many documents.

use burn::module::Module;

use super::{
    Observer,
    labelled::{Fit, Labelled, Scored},
};
use crate::{
    Result,
    document::{Document, Fact},
    eval::{Scores, SeenFacts, Truth},
    model::{Extractor, FactReader, Model, PairRow, first_batch},
    text::{Example, ExampleOptions, Tokenizer, prepare},
};

/// What a trained model predicts for examples, in their order. `each` is called
/// with the number of documents done.
pub fn predict(
    extractor: &Extractor,
    examples: &[Example],
    each: impl FnMut(usize),
) -> Result<Vec<Vec<Fact>>> {
    let mut facts = vec![Vec::new(); examples.len()];
    let reader = extractor.reader();
    each_pair(&extractor.model, &reader, examples, each, |place, pair| {
        facts[place].extend(reader.facts_of(&pair));
    })?;
    Ok(facts)
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
pub(super) fn evaluate_fully(
    extractor: &Extractor,
    truth: &Truth,
    seen: Option<&SeenFacts>,
    observer: &mut dyn Observer,
) -> Result<Scored> {
    let options = extractor.config.example_options();
    let examples = prepare_and_warn(truth.documents(), &extractor.tokenizer, &options, observer)?;
    let labelled = Labelled { examples: &examples, truth, seen };
    let each = |done| observer.evaluating(done, examples.len());
    let (reader, decision) = (extractor.reader(), &extractor.config.decision);
    labelled.score(&extractor.model, &reader, decision, Fit::Nothing, each)
}

/// The examples of documents; the observer is told what was left out of them.
pub(super) fn prepare_and_warn(
    documents: &[Document],
    tokenizer: &Tokenizer,
    options: &ExampleOptions,
    observer: &mut dyn Observer,
) -> Result<Vec<Example>> {
    let prepared = prepare(documents, tokenizer, options)?;
    prepared.warnings.iter().for_each(|warning| observer.warning(warning));
    Ok(prepared.examples)
}

/// Scores all examples, documents of similar length together, and shows each pair with the
/// place of its example. `done` is called with the number of documents scored.
pub(crate) fn each_pair(
    model: &Model,
    reader: &FactReader,
    examples: &[Example],
    mut done: impl FnMut(usize),
    mut each: impl FnMut(usize, PairRow),
) -> Result<()> {
    let model = model.valid();
    let mut order: Vec<usize> = (0..examples.len()).collect();
    order.sort_by_key(|place| examples[*place].length());
    let mut scored = 0;
    while scored < order.len() {
        let rest = order[scored..].iter().map(|place| &examples[*place]);
        let batch = first_batch(rest);
        let places = &order[scored..scored + batch.len()];
        reader.each_pair(&model, &batch, |place, pair| each(places[place], pair))?;
        scored += batch.len();
        done(scored);
    }
    Ok(())
}
