//! Downloads get their place in the cache when they are whole.

use std::{
    fs,
    path::{self, Path, PathBuf},
};

use crate::{
    Error, Result,
    encoder::EncoderConfig,
    files::{BesideFolder, NewFolders},
};

/// A folder beside the place that a download is meant for. It is removed with
/// all that is left in it when this is dropped.
#[derive(Debug)]
pub(super) struct Staging {
    work: BesideFolder,
    target: PathBuf,
    /// The target as the user's cache names it.
    given: PathBuf,
    /// Dropped last: the cache's own folders, where they are new and nothing came into them.
    _folders: NewFolders,
}

impl Staging {
    pub fn new(cache: &Path, name: &str) -> Result<Self> {
        // Absolute, for programs that work in another folder.
        let target = path::absolute(cache.join(name)).map_err(Error::io(cache, "find"))?;
        // On the same file system as the target, so that it can be renamed.
        let parent = target.parent().unwrap_or(cache);
        let folders = NewFolders::create(parent).map_err(Error::io(parent, "create"))?;
        let work = BesideFolder::create(&target).map_err(Error::io(parent, "write"))?;
        Ok(Self { work, target, given: cache.join(name), _folders: folders })
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
            Err(_) if EncoderConfig::file(&self.target).is_some() => {}
            result => result.map_err(Error::io(&self.target, "create"))?,
        }
        Ok(self.given.clone())
    }
}
