//! Writes objects as a JSON list or as JSON lines.

use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::objects::is_json_lines;
use crate::Result;
use crate::files::AtomicFile;

/// A file of objects that has its name only when it is finished: JSON lines
/// where the name ends in `.jsonl`, else one list with an object a line.
#[derive(Debug)]
pub(super) struct ListWriter {
    file: AtomicFile,
    as_lines: bool,
    count: usize,
}

impl ListWriter {
    pub(super) fn create(path: impl AsRef<Path>) -> Result<Self> {
        AtomicFile::create(path).map(Self::of_file)
    }

    /// JSON lines, whatever the name is.
    pub(super) fn lines(path: impl AsRef<Path>) -> Result<Self> {
        Ok(Self { as_lines: true, ..Self::create(path)? })
    }

    /// A list, or JSON lines where the file's name ends in `.jsonl`.
    pub(super) fn of_file(file: AtomicFile) -> Self {
        Self { as_lines: is_json_lines(file.path()), file, count: 0 }
    }

    pub(super) fn push(&mut self, object: &impl Serialize) -> Result<()> {
        self.try_push(object).map_err(|error| self.file.write_error(error))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.close().map_err(|error| self.file.write_error(error))?;
        self.file.commit()
    }

    fn try_push(&mut self, object: &impl Serialize) -> io::Result<()> {
        if !self.as_lines {
            self.file.write_all(if self.count == 0 { b"[\n" } else { b",\n" })?;
        }
        serde_json::to_writer(&mut self.file, object)?;
        if self.as_lines {
            self.file.write_all(b"\n")?;
        }
        self.count += 1;
        Ok(())
    }

    fn close(&mut self) -> io::Result<()> {
        match (self.as_lines, self.count) {
            (true, _) => Ok(()),
            (false, 0) => self.file.write_all(b"[]\n"),
            (false, _) => self.file.write_all(b"\n]\n"),
        }
    }
}
