//! Which folders are docre's own: those with a file `run.json` that says so.
//!
//! It is written before anything else. A folder without it that holds anything by a name that
//! docre writes is a person's or another program's, and is refused.

use std::{
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, files, inputs};

/// The file's name.
const NAME: &str = "run.json";

/// What runs write into their folders; what begins with [`CHECKPOINTS`] was written by older
/// ones, and is by other trainers.
const OF_RUNS: [&str; 16] = [
    "audit.json",
    "checkpoint",
    "checkpoint.json",
    "cost.json",
    "curve.svg",
    "document.html",
    "metrics.jsonl",
    "model",
    "predictions.json",
    "ratings.jsonl",
    "recipe.toml",
    "result.json",
    "scored.json",
    "teacher-scores.f16",
    "teacher-scores.json",
    "train-file.json",
];
const CHECKPOINTS: &str = "checkpoint-";

/// Those of them that are folders.
const FOLDERS: [&str; 2] = ["checkpoint", "model"];

/// What an audit writes, beside its folders of folds.
const AUDIT: &str = "audit.json";
const FOLDS: &str = "fold-";

/// The names that a message quotes at most.
const QUOTED: usize = 4;

/// What a folder is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Holds {
    /// A run.
    Run,
    /// The runs of a recipe's stages.
    Stages,
    /// The scores of a model that a comparison didn't train.
    Scores,
    /// An audit.
    Audit,
}

/// The content of `run.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct OwnFolder {
    holds: Holds,
    /// The version of docre that began it.
    docre: String,
    /// The fingerprint of a run's documents.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub data: Option<String>,
}

impl OwnFolder {
    /// One that is begun now.
    pub fn new(holds: Holds, data: Option<String>) -> Self {
        Self { holds, docre: env!("CARGO_PKG_VERSION").into(), data }
    }

    /// What a folder says of itself; `None` where nothing in it can be overwritten. Refuses one
    /// that holds something else.
    pub fn find(folder: &Path, holds: Holds) -> Result<Option<Self>> {
        inputs::check_folder(folder)?;
        match Self::read(folder)? {
            Some(own) if own.holds == holds => check_kinds(folder).map(|()| Some(own)),
            Some(own) => {
                let (there, wanted) = (own.holds.in_words(), holds.in_words());
                let problem = format!("holds {there}, not {wanted}; name another folder");
                Err(Error::file(folder, problem))
            }
            None => refuse_strange(folder, holds).map(|()| None),
        }
    }

    /// Whether a folder is docre's own.
    pub fn is(folder: &Path) -> bool {
        Self::read(folder).is_ok_and(|own| own.is_some())
    }

    fn read(folder: &Path) -> Result<Option<Self>> {
        files::read_json(&path(folder), "docre's own; name a folder without it")
    }

    /// Makes a folder docre's own.
    pub fn write(&self, folder: &Path) -> Result<()> {
        files::write_json(path(folder), self)
    }
}

/// Whether a folder is docre's own: that of a run, of a recipe's stages, of a comparison's scores
/// or of an audit. Nothing else should be written over what is in it.
pub fn is_own(folder: impl AsRef<Path>) -> bool {
    OwnFolder::is(folder.as_ref())
}

impl Holds {
    fn in_words(self) -> &'static str {
        match self {
            Self::Run => "a run",
            Self::Stages => "the runs of several stages",
            Self::Scores => "the scores of a model",
            Self::Audit => "an audit",
        }
    }

    fn writes(self, name: &str) -> bool {
        match self {
            Self::Audit => name == AUDIT || name.starts_with(FOLDS),
            _ => OF_RUNS.contains(&name) || name.starts_with(CHECKPOINTS),
        }
    }
}

fn path(folder: &Path) -> PathBuf {
    folder.join(NAME)
}

/// Refuses what is no file, or no folder, where docre will write one: not only once it comes to that.
fn check_kinds(folder: &Path) -> Result<()> {
    FOLDERS.into_iter().try_for_each(|name| inputs::check_folder(&folder.join(name)))?;
    let files = OF_RUNS.into_iter().filter(|name| !FOLDERS.contains(name));
    files.into_iter().try_for_each(|name| inputs::check_place(&folder.join(name)))
}

/// Refuses a folder that has something which docre would overwrite or take for its own.
fn refuse_strange(folder: &Path, holds: Holds) -> Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "read"))? {
        let name = entry.map_err(Error::io(folder, "read"))?.file_name();
        names.extend(name.into_string().ok().filter(|name| holds.writes(name)));
    }
    if names.is_empty() {
        return Ok(());
    }
    names.sort();
    let more = names.len().saturating_sub(QUOTED);
    names.truncate(QUOTED);
    let more = if more > 0 { format!(" and {more} more") } else { String::new() };
    let problem = format!(
        "holds {}{more}, but isn't a folder of docre: it has no {NAME} (runs of older versions have \
         none either, and can't go on); name another folder",
        names.join(", ")
    );
    Err(Error::file(folder, problem))
}
