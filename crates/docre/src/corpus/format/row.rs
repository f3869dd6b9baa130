//! What docre knows of a format.

use std::io::Write;
use std::path::Path;

use serde_json::Value;

use super::keys::Keys;
use crate::corpus::list::ListWriter;
use crate::corpus::objects::Object;
use crate::corpus::omissions::Omissions;
use crate::corpus::options::ReadOptions;
use crate::corpus::pieces::Units;
use crate::corpus::raw::{Parsed, Refused};
use crate::document::Document;
use crate::files::AtomicFile;
use crate::{Error, Result};

/// A format: how it is told, read and written.
pub(in crate::corpus) struct FormatRow {
    /// Its name in options.
    pub name: &'static str,
    /// What it is, in a few words.
    pub about: &'static str,
    /// The endings of files that are written in it where nothing else is asked for.
    pub endings: &'static [&'static str],
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
    /// Each is a file with one of these endings, named itself or somewhere in a folder; what comes
    /// through a pipe is cut so.
    Files { endings: &'static [&'static str], cut: Cut },
    /// Parts of one file, which is cut as its beginning tells; `None` as [`Layout::Json`].
    Text { cut: fn(&[u8]) -> Option<Cut> },
}

/// How the documents of a file are found.
#[derive(Clone, Copy)]
pub(in crate::corpus) enum Cut {
    /// By what begins and ends them.
    Units(Units),
    /// They are the list that the file's object has under one of these keys.
    Member(&'static [&'static str]),
}

/// What tells a format, each by itself enough.
pub(in crate::corpus) struct Tell {
    /// By the name of a file.
    pub name: fn(&Path) -> bool,
    /// By how a file begins.
    pub beginning: fn(&[u8]) -> bool,
    /// By the keys of a file's first object.
    pub object: fn(&Keys) -> bool,
    /// By what is in a folder.
    pub folder: fn(&Path) -> Result<bool>,
}

impl Tell {
    /// By nothing.
    pub const NOTHING: Self =
        Self { name: |_| false, beginning: |_| false, object: |_| false, folder: |_| Ok(false) };
}

/// Writes documents. What is written is whole and has its name only when it is finished.
pub(in crate::corpus) trait DocumentsWriter {
    /// Writes a document and says what of it is lost, or why it can't be held: nothing of it is
    /// written then.
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
        let back = (self.read)(
            &Object::of_bytes(written.to_string().into_bytes()),
            &ReadOptions::default(),
        );
        let found = lost(document, back);
        if found.is_ok() {
            self.list.push(&written)?;
        }
        Ok(found)
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.list.finish()
    }
}

/// A file of text, each document read back as it was written.
pub(super) struct TextWriter {
    file: AtomicFile,
    form: TextForm,
    count: usize,
}

/// How documents are written one behind the other.
pub(super) struct TextForm {
    pub head: &'static str,
    pub between: &'static str,
    pub tail: &'static str,
    pub write: fn(&Document) -> String,
    pub read: Read,
}

impl TextWriter {
    pub fn create(path: &Path, form: TextForm) -> Result<Box<dyn DocumentsWriter>> {
        Ok(Box::new(Self { file: AtomicFile::create(path)?, form, count: 0 }))
    }

    fn write(&mut self, parts: &[&str]) -> Result<()> {
        let mut parts = parts.iter();
        let written = parts.try_for_each(|part| self.file.write_all(part.as_bytes()));
        written.map_err(|error| self.file.write_error(error))
    }
}

impl DocumentsWriter for TextWriter {
    fn push(&mut self, document: &Document) -> Result<Result<Omissions, String>> {
        let written = (self.form.write)(document);
        let object = Object::of_bytes(written.clone().into_bytes());
        let found = lost(document, (self.form.read)(&object, &ReadOptions::default()));
        if found.is_ok() {
            let before = if self.count == 0 { self.form.head } else { self.form.between };
            self.write(&[before, &written])?;
            self.count += 1;
        }
        Ok(found)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let head = if self.count == 0 { self.form.head } else { "" };
        let tail = self.form.tail;
        self.write(&[head, tail])?;
        self.file.commit()
    }
}
