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
    create: |file, content| Box::new(Writer { file, content }),
};

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
        let written = match self.content.is_labels {
            true => self.write(&TextLabels::new(document, facts, &self.content.relations)),
            false => self.write(&DocumentFacts::new(document, facts, &self.content.relations)),
        };
        written.map_err(|error| self.file.write_error(error))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.file.commit()
    }
}
