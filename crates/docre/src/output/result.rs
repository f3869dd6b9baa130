//! The result file of DocRED's official evaluation: one JSON list of predictions.

use super::{FactWriter, Row};
use crate::corpus::Prediction;
use crate::corpus::predictions::PredictionWriter;
use crate::document::{Document, Fact};
use crate::{Error, Result};

pub(super) static ROW: Row = Row {
    name: "result",
    about: "DocRED's result file, as its official evaluation takes it",
    endings: &["json"],
    media_type: Some("application/json"),
    is_folder: false,
    refuses_found: Some(NUMBERS_ALONE),
    create: |place, _| Ok(Box::new(Writer(PredictionWriter::of_file(place.file()?)))),
    graph: None,
};

/// Why facts between entities that were found can't be written.
const NUMBERS_ALONE: &str = "a result file names entities by their numbers in the file of the documents, and those of this \
     text are in no file: they were found in it; take json or csv, which have names and places";

struct Writer(PredictionWriter);

impl FactWriter for Writer {
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()> {
        if document.entities_found {
            return Err(Error::setting("to", NUMBERS_ALONE));
        }
        let mut facts = facts.iter().map(|fact| Prediction::new(&document.title, fact.clone()));
        facts.try_for_each(|prediction| self.0.push(&prediction))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.finish()
    }
}
