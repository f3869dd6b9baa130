//! Comma-separated values, a fact a line, for spreadsheets and data frames.
//!
//! Places are characters of the text, and empty where the data has tokens alone. A text that a
//! spreadsheet would run as a formula stands behind an apostrophe.

use std::io::Write;

use ::csv::Writer as CsvWriter;

use super::{Content, EntityName, FactWriter, NamedFact, Row, ScoredLabel, TextLabels, no_formula};
use crate::Result;
use crate::document::{Document, Fact};
use crate::files::AtomicFile;

pub(super) static ROW: Row = Row {
    name: "csv",
    about: "comma-separated values, a fact a line",
    endings: &["csv"],
    media_type: Some("text/csv"),
    is_folder: false,
    refuses_found: None,
    create: |place, content| {
        Ok(Box::new(Writer { file: place.file()?, content, has_header: false }))
    },
    graph: None,
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
    file: AtomicFile,
    content: Content,
    has_header: bool,
}

impl Writer {
    /// Writes rows, the first ones behind the names of their columns.
    fn write(&mut self, rows: impl IntoIterator<Item = Vec<String>>) -> Result<()> {
        let mut csv = CsvWriter::from_writer(Vec::new());
        if !std::mem::replace(&mut self.has_header, true) {
            let names: &[&str] = if self.content.is_labels { &LABELS } else { &FACTS };
            csv.write_record(names).expect("memory takes it");
        }
        for row in rows {
            csv.write_record(row).expect("memory takes it");
        }
        let bytes = csv.into_inner().expect("memory takes it");
        let written = self.file.write_all(&bytes).and_then(|()| self.file.flush_direct());
        written.map_err(|error| self.file.write_error(error))
    }
}

/// The row of a fact, a cell for each of [`FACTS`].
fn row_of_fact(title: &str, fact: NamedFact) -> Vec<String> {
    let NamedFact { head, relation, tail, score, evidence } = fact;
    let evidence: Vec<_> = evidence.iter().map(usize::to_string).collect();
    let names = |entity: &EntityName| {
        let id = entity.id.as_deref().unwrap_or_default();
        [&entity.name, &entity.kind, id].map(|text| no_formula(text).into_owned())
    };
    let mut row = vec![no_formula(title).into_owned()];
    row.extend(names(&head));
    row.extend([&relation.id, &relation.name].map(|text| no_formula(text).into_owned()));
    row.extend(names(&tail));
    row.extend([shown(score), evidence.join(" ")]);
    row.extend([&head, &tail].into_iter().flat_map(place));
    row
}

fn row_of_label(id: &str, label: &ScoredLabel) -> Vec<String> {
    let [id, name] = [id, &label.label].map(|text| no_formula(text).into_owned());
    vec![id, name, shown(label.score)]
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
        let relations = &self.content.relations;
        let rows: Vec<_> = if self.content.is_labels {
            let TextLabels { id, labels } = TextLabels::new(document, facts, relations);
            labels.iter().map(|label| row_of_label(&id, label)).collect()
        } else {
            let named = facts.iter().map(|fact| NamedFact::new(document, fact, relations));
            named.map(|fact| row_of_fact(&document.title, fact)).collect()
        };
        self.write(rows)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        self.write([])?; // the names of the columns, also where nothing was found
        self.file.commit()
    }
}
