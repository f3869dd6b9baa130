//! A model's predictions for many documents.

use super::each_pair;
use crate::{Result, document::Fact, model::Extractor, text::Example};

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
    Ok(facts.into_iter().map(|facts| reader.scope.once(facts)).collect())
}
