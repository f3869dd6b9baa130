//! Which training file a finished run has read: `train-file.json`.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::{Result, files, fingerprint::fingerprint};

/// The file's name.
const NAME: &str = "train-file.json";

/// A training file as it was at a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct TrainFile {
    pub path: PathBuf,
    fingerprint: String,
}

impl TrainFile {
    /// The file as it is now.
    pub fn of(path: &Path) -> Result<Self> {
        Ok(Self { path: path.to_owned(), fingerprint: fingerprint(path)? })
    }

    pub fn write(&self, run: &Path) -> Result<()> {
        files::write_json(run.join(NAME), self)
    }

    /// The file that a finished run has read; `None` if it isn't finished, or of a docre that
    /// didn't say so.
    pub fn read(run: &Path) -> Result<Option<Self>> {
        files::read_json(&run.join(NAME), "the training file of a run")
    }
}
