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

/// What an audit writes, beside its folders of folds; how their names begin, and what they hold.
const AUDIT: &str = "audit.json";
pub(crate) const FOLDS: &str = "fold-";
pub(crate) const OF_FOLD: &str = "train.json";

/// What a model's, a checkpoint's or a run's folder holds, whoever made it.
const MARKS: [&str; 2] = ["model.safetensors", "metrics.jsonl"];

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

/// Whether a file is part of a model or a run, or docre keeps it for a recipe's stages, a
/// comparison's scores or an audit. Nothing else should be written over it.
pub fn is_kept(file: impl AsRef<Path>) -> bool {
    let file = file.as_ref();
    let (Some(folder), Some(name)) = (file.parent(), file.file_name()) else { return false };
    let name = name.to_string_lossy();
    let is_marked = MARKS.iter().any(|mark| folder.join(mark).exists());
    let is_kept = || (name == NAME || is_of_run(&name)) && OwnFolder::is(folder);
    is_marked || is_kept() || (name == OF_FOLD && is_fold(folder))
}

/// Whether a folder is that of an audit's fold.
fn is_fold(folder: &Path) -> bool {
    let is_named = folder.file_name().is_some_and(|name| name.to_string_lossy().starts_with(FOLDS));
    is_named && folder.parent().is_some_and(OwnFolder::is)
}

fn is_of_run(name: &str) -> bool {
    OF_RUNS.contains(&name) || name.starts_with(CHECKPOINTS)
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
            Self::Run | Self::Stages | Self::Scores => is_of_run(name),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_docre_writes_into_its_folders_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let stages = folder.path().join("stages");
        let all = || OF_RUNS.iter().chain([&NAME, &"checkpoint-3"]);
        assert!(all().all(|name| !is_kept(stages.join(name))), "it isn't docre's yet");
        fs::create_dir(&stages).unwrap();
        OwnFolder::new(Holds::Stages, None).write(&stages).unwrap();
        for name in all() {
            assert!(is_kept(stages.join(name)), "{name}");
        }
        assert!(!is_kept(stages.join("page.html")) && !is_kept(folder.path().join(NAME)));
        let audit = folder.path().join("audit");
        fs::create_dir_all(audit.join("fold-1")).unwrap();
        assert!(!is_kept(audit.join("fold-1/train.json")));
        OwnFolder::new(Holds::Audit, None).write(&audit).unwrap();
        assert!(is_kept(audit.join("fold-1/train.json")) && is_kept(audit.join("audit.json")));
        assert!(!is_kept(audit.join("train.json")) && !is_kept(audit.join("fold-1/mine.json")));
    }

    #[test]
    fn all_files_beside_a_model_or_a_log_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("relations.json");
        assert!(!is_kept(&file));
        fs::write(folder.path().join("model.safetensors"), "").unwrap();
        assert!(is_kept(&file));
    }
}
