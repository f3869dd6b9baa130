//! All pairs of many documents, in batches of similar length.

use burn::module::Module;

use crate::{
    Result,
    model::{FactReader, Model, PairRow, first_batch},
    text::Example,
};

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
