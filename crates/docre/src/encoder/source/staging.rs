//! Downloads get their place in the cache when they are whole.

use std::{
    fs,
    path::{self, Path, PathBuf},
};

use tempfile::TempDir;

use crate::{Error, Result};

/// A folder beside the place that a download is meant for. It is removed with
/// all that is left in it when this is dropped.
#[derive(Debug)]
pub(super) struct Staging {
    work: TempDir,
    target: PathBuf,
    /// The target as the user's cache names it.
    given: PathBuf,
}

impl Staging {
    pub fn new(cache: &Path, name: &str) -> Result<Self> {
        // Absolute, for programs that work in another folder.
        let target = path::absolute(cache.join(name)).map_err(Error::io(cache, "find"))?;
        // On the same file system as the target, so that it can be renamed.
        let parent = target.parent().unwrap_or(cache);
        fs::create_dir_all(parent).map_err(Error::io(parent, "create"))?;
        let last = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let work = tempfile::Builder::new()
            .prefix(&format!(".{last}."))
            .suffix(".part")
            .tempdir_in(parent)
            .map_err(Error::io(parent, "write"))?;
        Ok(Self { work, target, given: cache.join(name) })
    }

    /// The whole folder, absolute.
    pub fn path(&self) -> &Path {
        self.work.path()
    }

    /// An empty folder to work in.
    pub fn folder(&self, name: &str) -> Result<PathBuf> {
        let folder = self.work.path().join(name);
        fs::create_dir_all(&folder).map_err(Error::io(&folder, "create"))?;
        Ok(folder)
    }

    /// Moves a finished folder to its place.
    pub fn keep(&self, folder: &Path) -> Result<PathBuf> {
        match fs::rename(folder, &self.target) {
            // Another process was faster, with the same encoder.
            Err(_) if self.target.join("config.json").exists() => {}
            result => result.map_err(Error::io(&self.target, "create"))?,
        }
        Ok(self.given.clone())
    }
}
