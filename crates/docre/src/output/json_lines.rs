//! A JSON object a document, with the names of entities and relations.

use std::io::{self, Write};

use serde::Serialize;

use super::{Content, DocumentFacts, FactWriter, Row, TextLabels};
use crate::Result;
use crate::document::{Document, Fact};
use crate::files::AtomicFile;

pub(super) static ROW: Row = Row {
    name: "json",
    about: "one JSON object a document, with names, types and places",
    endings: &["jsonl", "ndjson"],
    media_type: Some("application/x-ndjson"),
    is_folder: false,
    refuses_found: None,
    create: |place, content| Ok(Box::new(Writer { file: place.file()?, content })),
    graph: None,
};

/// What is found, with what a person should know of it.
#[derive(Serialize)]
struct Warned<T> {
    #[serde(flatten)]
    named: T,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

struct Writer {
    file: AtomicFile,
    content: Content,
}

impl Writer {
    fn write(&mut self, value: &impl Serialize) -> io::Result<()> {
        serde_json::to_writer(&mut self.file, value)?;
        self.file.write_all(b"\n")?;
        self.file.flush_direct()
    }
}

impl FactWriter for Writer {
    fn push(&mut self, document: &Document, facts: &[Fact]) -> Result<()> {
        self.push_warned(document, facts, Vec::new())
    }

    fn push_warned(
        &mut self,
        document: &Document,
        facts: &[Fact],
        warnings: Vec<String>,
    ) -> Result<()> {
        let relations = &self.content.relations;
        let written = match self.content.is_labels {
            true => {
                let labels = TextLabels::new(document, facts, relations);
                self.write(&Warned { named: labels, warnings })
            }
            false => {
                let facts = DocumentFacts::new(document, facts, relations);
                self.write(&Warned { named: facts, warnings })
            }
        };
        written.map_err(|error| self.file.write_error(error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}
