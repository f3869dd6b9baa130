//! Training files that were changed since: what was done with others can't be compared.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use super::Comparison;
use crate::{Error, Result, train::TrainFile};

impl Comparison {
    /// Refuses a training file that was changed since a run was done with it. A file that isn't
    /// there any more, and a run of an older docre, which doesn't say what it was done with,
    /// are taken as they are.
    pub(super) fn check_train_files(&self, folder: &Path) -> Result<()> {
        let mut now = HashMap::new();
        for run in self.runs(folder) {
            for folder in run.folders() {
                match TrainFile::read(&folder)? {
                    Some(then) if then.path.exists() => check(&then, &folder, &mut now)?,
                    _ => {}
                }
            }
        }
        Ok(())
    }
}

/// `now` are the files that were looked at before.
fn check(then: &TrainFile, run: &Path, now: &mut HashMap<PathBuf, TrainFile>) -> Result<()> {
    let path = &then.path;
    if !now.contains_key(path) {
        now.insert(path.clone(), TrainFile::of(path)?);
    }
    if now[path] == *then {
        return Ok(());
    }
    let problem = format!(
        "isn't the file that {} was done with: it was changed since; put the old file back, or \
         compare in another folder",
        run.display()
    );
    Err(Error::file(path, problem))
}
