//! What docre knows of a format.

use std::path::Path;

use serde_json::Value;

use super::keys::Keys;
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::omissions::Omissions;
use crate::corpus::options::ReadOptions;
use crate::corpus::raw::{Parsed, Refused};
use crate::document::Document;
use crate::{Error, Result};

/// A format: how it is told, read and written.
pub(in crate::corpus) struct FormatRow {
    /// Its name in options.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// How its documents lie in files.
    pub layout: Layout,
    /// How it is told.
    pub tell: Tell,
    /// Reads one document.
    pub read: Read,
    /// Begins a file or folder; `None` for a format that is only read.
    pub create: Option<Create>,
}

/// Reads one document.
pub(in crate::corpus) type Read = fn(&Object, &ReadOptions) -> Result<Parsed, Refused>;

/// Begins a file or folder of documents.
pub(in crate::corpus) type Create = fn(&Path) -> Result<Box<dyn DocumentsWriter>>;

/// How documents lie in files.
#[derive(Clone, Copy)]
pub(in crate::corpus) enum Layout {
    /// Objects of one file, as a JSON list or as JSON lines.
    Json,
    /// Each is a file with this extension, in a folder.
    Folder { extension: &'static str },
}

/// What tells a format, each by itself enough.
pub(in crate::corpus) struct Tell {
    /// By the name of a file.
    pub name: fn(&Path) -> bool,
    /// By the keys of a file's first object.
    pub object: fn(&Keys) -> bool,
    /// By what is in a folder.
    pub folder: fn(&Path) -> Result<bool>,
}

impl Tell {
    /// By nothing.
    pub const NOTHING: Self = Self { name: |_| false, object: |_| false, folder: |_| Ok(false) };
}

/// Writes documents. What is written is whole and has its name only when it is finished.
pub(in crate::corpus) trait DocumentsWriter {
    /// Writes a document and says what of it is lost, or why it can't be held.
    fn push(&mut self, document: &Document) -> Result<Result<Omissions, String>>;

    /// Ends the file or folder and gives it its name.
    fn finish(self: Box<Self>) -> Result<()>;
}

/// What of a document isn't there when it is read again.
pub(in crate::corpus) fn lost(
    document: &Document,
    back: Result<Parsed, Refused>,
) -> Result<Omissions, String> {
    let back = back.map_err(|Refused { problem, .. }| problem)?;
    if let Some(problem) = back.problems.first() {
        return Err(problem.clone());
    }
    let mut lost = Omissions::between(document, &back.document);
    lost.merge(&back.left_out);
    Ok(lost)
}

/// A file of objects, one a document, each read back as it was written.
pub(super) struct JsonWriter {
    list: ListWriter,
    write: fn(&Document) -> Value,
    read: Read,
}

impl JsonWriter {
    pub fn create(
        list: Result<ListWriter, Error>,
        write: fn(&Document) -> Value,
        read: Read,
    ) -> Result<Box<dyn DocumentsWriter>> {
        Ok(Box::new(Self { list: list?, write, read }))
    }
}

impl DocumentsWriter for JsonWriter {
    fn push(&mut self, document: &Document) -> Result<Result<Omissions, String>> {
        let written = (self.write)(document);
        self.list.push(&written)?;
        let back = (self.read)(
            &Object::of_bytes(written.to_string().into_bytes()),
            &ReadOptions::default(),
        );
        Ok(lost(document, back))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.list.finish()
    }
}
