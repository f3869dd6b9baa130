//! What an audit's folder is of: `audit.json`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::AuditData;
use crate::{Error, Result, corpus::ReadOptions, files, fingerprint::fingerprint};

const NAME: &str = "audit.json";

/// The documents and folds of an audit.
#[derive(Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    /// The fingerprint of the documents.
    data: String,
    folds: usize,
    fold_seed: u64,
    /// How they are read.
    #[serde(default, skip_serializing_if = "ReadOptions::is_default")]
    reading: ReadOptions,
}

impl State {
    pub fn of(data: &AuditData, folds: usize, fold_seed: u64) -> Result<Self> {
        let reading = data.reading().clone();
        Ok(Self { data: fingerprint(data.path())?, folds, fold_seed, reading })
    }

    /// The file that says it.
    pub fn path(folder: &Path) -> PathBuf {
        folder.join(NAME)
    }

    /// Whether the folder holds this audit; refuses one that holds another.
    pub fn is_begun(&self, folder: &Path) -> Result<bool> {
        let begun = files::read_json(&Self::path(folder), "the state of an audit")?;
        let Some(begun): Option<Self> = begun else { return Ok(false) };
        if begun == *self {
            return Ok(true);
        }
        let problem = if begun.data == self.data && begun.reading != self.reading {
            "holds an audit of these documents, read in another way (lenient, join and the like); \
             read them so again, or name another folder"
                .into()
        } else if begun.data == self.data {
            format!(
                "holds an audit with {} folds and the fold seed {}; give the same or another folder",
                begun.folds, begun.fold_seed
            )
        } else {
            "holds an audit of other documents (or of this file before it was changed); name \
             another folder"
                .into()
        };
        Err(Error::file(folder, problem))
    }

    pub fn write(&self, folder: &Path) -> Result<()> {
        files::write_json(Self::path(folder), self)
    }
}
