//! The result file of DocRED's official evaluation: one JSON list of predictions.

use super::{FactWriter, Row};
use crate::Result;
use crate::corpus::Prediction;
use crate::corpus::predictions::PredictionWriter;
use crate::document::{Document, Fact};

pub(super) static ROW: Row = Row {
    name: "result",
    about: "DocRED's result file, as its official evaluation takes it",
    endings: &["json"],
    create: |file, _| Box::new(Writer(PredictionWriter::of_file(file))),
};

struct Writer(PredictionWriter);

impl FactWriter for Writer {
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()> {
        let mut facts = facts.iter().map(|fact| Prediction::new(&document.title, fact.clone()));
        facts.try_for_each(|prediction| self.0.push(&prediction))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.finish()
    }
}
