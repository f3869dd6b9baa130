//! Writes documents in DocRED's form.

use std::borrow::Borrow;
use std::path::Path;

use super::format::docred::Written;
use super::list::ListWriter;
use crate::Result;
use crate::document::Document;

/// Writes documents in DocRED's form: JSON lines where the name ends in `.jsonl`,
/// else one JSON list. The file is whole or not there.
pub fn write<D: Borrow<Document>>(
    path: impl AsRef<Path>,
    documents: impl IntoIterator<Item = D>,
) -> Result<()> {
    let mut writer = DocumentWriter::create(path)?;
    for document in documents {
        writer.push(document.borrow())?;
    }
    writer.finish()
}

/// A document in DocRED's form, as a JSON object on one line: what a line of a file has that [`write`](fn@write)
/// makes.
pub fn to_json(document: &Document) -> String {
    serde_json::to_string(&Written::from(document)).expect("its keys are texts")
}

/// A file of documents that is written one at a time, in DocRED's form. It has
/// its name only when it is [finished](Self::finish).
#[derive(Debug)]
pub struct DocumentWriter(ListWriter);

impl DocumentWriter {
    /// Starts a file: JSON lines where the name ends in `.jsonl`, else one JSON list.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        ListWriter::create(path).map(Self)
    }

    /// Writes the next document.
    pub fn push(&mut self, document: &Document) -> Result<()> {
        self.0.push(&Written::from(document))
    }

    /// Ends the file and gives it its name.
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
