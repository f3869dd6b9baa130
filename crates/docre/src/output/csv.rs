//! Comma-separated values, a fact a line, for spreadsheets and data frames.
//!
//! Places are characters of the text, and empty where the data has tokens alone. A text that a
//! spreadsheet would run as a formula stands behind an apostrophe.

use ::csv::Writer as CsvWriter;

use super::{Content, EntityName, FactWriter, NamedFact, Row, ScoredLabel, TextLabels, no_formula};
use crate::document::{Document, Fact};
use crate::files::AtomicFile;
use crate::{Error, Result};

pub(super) static ROW: Row = Row {
    name: "csv",
    about: "comma-separated values, a fact a line",
    endings: &["csv"],
    create: |file, content| {
        let path = file.path().to_path_buf();
        let file = CsvWriter::from_writer(file);
        Box::new(Writer { file, path, content, has_header: false })
    },
};

const FACTS: [&str; 15] = [
    "title",
    "head",
    "head_type",
    "head_id",
    "relation",
    "relation_name",
    "tail",
    "tail_type",
    "tail_id",
    "score",
    "evidence",
    "head_start",
    "head_end",
    "tail_start",
    "tail_end",
];

const LABELS: [&str; 3] = ["title", "label", "score"];

struct Writer {
    file: CsvWriter<AtomicFile>,
    path: std::path::PathBuf,
    content: Content,
    has_header: bool,
}

impl Writer {
    fn header(&mut self, names: &[&str]) -> ::csv::Result<()> {
        match std::mem::replace(&mut self.has_header, true) {
            true => Ok(()),
            false => self.file.write_record(names),
        }
    }

    fn facts(&mut self, document: &Document, facts: &[Fact]) -> ::csv::Result<()> {
        self.header(&FACTS)?;
        for fact in facts {
            let NamedFact { head, relation, tail, score, evidence } =
                NamedFact::new(document, fact, &self.content.relations);
            let evidence: Vec<_> = evidence.iter().map(usize::to_string).collect();
            let names = [&head.name, &head.kind, head.id.as_deref().unwrap_or_default()];
            let tails = [&tail.name, &tail.kind, tail.id.as_deref().unwrap_or_default()];
            let mut record = vec![no_formula(&document.title).into_owned()];
            record.extend(names.map(|text| no_formula(text).into_owned()));
            record.extend([&relation.id, &relation.name].map(|text| no_formula(text).into_owned()));
            record.extend(tails.map(|text| no_formula(text).into_owned()));
            record.extend([shown(score), evidence.join(" ")]);
            record.extend([&head, &tail].into_iter().flat_map(place));
            self.file.write_record(record)?;
        }
        Ok(())
    }

    fn labels(&mut self, document: &Document, facts: &[Fact]) -> ::csv::Result<()> {
        self.header(&LABELS)?;
        let TextLabels { id, labels } = TextLabels::new(document, facts, &self.content.relations);
        for ScoredLabel { label, score } in labels {
            let score = shown(score);
            self.file.write_record([&*no_formula(&id), &*no_formula(&label), &score])?;
        }
        Ok(())
    }
}

fn shown(score: Option<f32>) -> String {
    score.map_or(String::new(), |score| format!("{score:.4}"))
}

/// From and to where an entity is first mentioned.
fn place(entity: &EntityName) -> [String; 2] {
    match &entity.span {
        Some([start, end]) => [start, end].map(usize::to_string),
        None => Default::default(),
    }
}

impl FactWriter for Writer {
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()> {
        let written = match self.content.is_labels {
            true => self.labels(document, facts),
            false => self.facts(document, facts),
        };
        let written = written.map_err(std::io::Error::other).and_then(|()| self.file.flush());
        written.map_err(Error::io(&self.path, "write"))
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let path = self.path.clone();
        let names: &[&str] = if self.content.is_labels { &LABELS } else { &FACTS };
        let header = self.header(names).map_err(std::io::Error::other);
        header.map_err(Error::io(&path, "write"))?;
        let file = self.file.into_inner().map_err(|error| error.into_error());
        file.map_err(Error::io(&path, "write"))?.commit()
    }
}
