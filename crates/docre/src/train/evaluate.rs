//! A model's predictions for many documents.

use burn::module::Module;

use super::Observer;
use crate::{
    Result,
    corpus::Prediction,
    document::Fact,
    eval::{Scores, SeenFacts, Truth, score},
    model::{Extractor, FactReader, Model, takes},
    text::{Example, ExampleOptions, prepare},
};

/// What a trained model predicts for examples, in their order. `each` is called
/// with the number of documents done.
pub fn predict(
    extractor: &Extractor,
    examples: &[Example],
    each: impl FnMut(usize),
) -> Result<Vec<Vec<Fact>>> {
    predict_with(&extractor.model, &extractor.reader(), examples, each)
}

/// Scores a trained model on labelled documents, with Ign F1 if `seen` are the facts
/// of its training file.
pub fn evaluate(
    extractor: &Extractor,
    truth: &Truth,
    seen: Option<&SeenFacts>,
    observer: &mut dyn Observer,
) -> Result<Scores> {
    let options = ExampleOptions { relations: None, max_length: extractor.config.max_length };
    let prepared = prepare(truth.documents(), &extractor.tokenizer, &options)?;
    prepared.warnings.iter().for_each(|warning| observer.warning(warning));
    let examples = prepared.examples;
    let facts = predict(extractor, &examples, |done| observer.evaluating(done, examples.len()))?;
    Ok(score(truth, &predictions(&examples, facts), seen))
}

/// [`predict`] with a model that isn't in a folder yet.
pub(super) fn predict_with(
    model: &Model,
    reader: &FactReader,
    examples: &[Example],
    mut each: impl FnMut(usize),
) -> Result<Vec<Vec<Fact>>> {
    let model = model.valid();
    // Documents of similar length together; the results go back to their places.
    let mut order: Vec<usize> = (0..examples.len()).collect();
    order.sort_by_key(|place| examples[*place].length());
    let mut facts = vec![Vec::new(); examples.len()];
    let mut done = 0;
    while done < order.len() {
        let (mut batch, mut pieces): (Vec<&Example>, usize) = (Vec::new(), 0);
        for place in &order[done..] {
            let next = &examples[*place];
            if !takes(batch.len(), pieces, next) {
                break;
            }
            pieces += next.length();
            batch.push(next);
        }
        let places = &order[done..done + batch.len()];
        let found = reader.facts(&model, &batch)?;
        places.iter().zip(found).for_each(|(place, found)| facts[*place] = found);
        done += batch.len();
        each(done);
    }
    Ok(facts)
}

/// Predictions in the form of a result file.
pub(super) fn predictions(examples: &[Example], facts: Vec<Vec<Fact>>) -> Vec<Prediction> {
    let titled = examples.iter().zip(facts);
    titled
        .flat_map(|(example, facts)| {
            facts.into_iter().map(|fact| Prediction::new(example.title.clone(), fact))
        })
        .collect()
}
