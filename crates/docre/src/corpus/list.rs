//! Writes objects as a JSON list or as JSON lines.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::objects::is_json_lines;
use crate::files::AtomicFile;
use crate::{Error, Result};

/// A file of objects that has its name only when it is finished: JSON lines
/// where the name ends in `.jsonl`, else one list with an object a line.
#[derive(Debug)]
pub(super) struct ListWriter {
    path: PathBuf,
    file: AtomicFile,
    as_lines: bool,
    count: usize,
}

impl ListWriter {
    pub(super) fn create(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        let as_lines = is_json_lines(&path);
        Self::create_as(path, as_lines)
    }

    /// JSON lines, whatever the name is.
    pub(super) fn lines(path: impl AsRef<Path>) -> Result<Self> {
        Self::create_as(path.as_ref().to_path_buf(), true)
    }

    fn create_as(path: PathBuf, as_lines: bool) -> Result<Self> {
        let file = AtomicFile::create(&path)?;
        Ok(Self { path, file, as_lines, count: 0 })
    }

    /// Writes one list to an open file as it comes; `name` stands for it in messages.
    pub(super) fn direct(file: File, name: impl AsRef<Path>) -> Self {
        let path = name.as_ref().to_path_buf();
        Self { file: AtomicFile::direct(file, &path), path, as_lines: false, count: 0 }
    }

    /// A list, or JSON lines where the file's name ends in `.jsonl`.
    pub(super) fn of_file(file: AtomicFile) -> Self {
        let path = file.path().to_path_buf();
        Self { as_lines: is_json_lines(&path), path, file, count: 0 }
    }

    pub(super) fn push(&mut self, object: &impl Serialize) -> Result<()> {
        self.try_push(object).map_err(Error::io(&self.path, "write"))
    }

    pub(super) fn finish(mut self) -> Result<()> {
        self.close().map_err(Error::io(&self.path, "write"))?;
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
