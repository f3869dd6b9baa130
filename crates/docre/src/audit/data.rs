//! The audited file, and how it is read.

use std::path::{Path, PathBuf};

use crate::{
    Result,
    corpus::{self, LeftOut, ReadOptions},
    document::Document,
};

/// An audited file, and how its documents are read.
#[derive(Debug, Clone)]
pub struct AuditData {
    path: PathBuf,
    reading: ReadOptions,
}

impl AuditData {
    /// A file that is read in this way.
    pub fn new(path: impl AsRef<Path>, reading: ReadOptions) -> Self {
        Self { path: path.as_ref().to_path_buf(), reading }
    }

    /// The file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How it is read.
    pub fn reading(&self) -> &ReadOptions {
        &self.reading
    }

    /// Reads it through. Refuses titles that are given twice; how many documents it has, and what
    /// is left out as wrong.
    pub fn check(&self) -> Result<(usize, LeftOut)> {
        corpus::check_file_with(&self.path, &self.reading)
    }

    /// The documents, one at a time. A lenient reading has left out those that can't be read: what
    /// ends the file was an error when it was checked.
    pub(super) fn documents(&self) -> Result<impl Iterator<Item = Result<Document>> + use<>> {
        let documents = corpus::read(&self.path)?.with_options(self.reading.clone());
        let lenient = self.reading.lenient;
        Ok(documents.filter(move |document| !lenient || document.is_ok()))
    }
}

impl From<&Path> for AuditData {
    fn from(path: &Path) -> Self {
        Self::new(path, ReadOptions::default())
    }
}

impl From<&PathBuf> for AuditData {
    fn from(path: &PathBuf) -> Self {
        Self::new(path, ReadOptions::default())
    }
}

impl From<PathBuf> for AuditData {
    fn from(path: PathBuf) -> Self {
        Self::new(path, ReadOptions::default())
    }
}

impl From<&Self> for AuditData {
    fn from(data: &Self) -> Self {
        data.clone()
    }
}
