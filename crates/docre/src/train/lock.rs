//! One process a run.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use crate::{Error, Result, files::NewFolders, inputs};

/// The sole right to write to a run's folder, given back when it is dropped or the
/// process ends. What was made for it goes with it, unless it is [kept](Self::keep).
#[derive(Debug)]
pub(crate) struct RunLock {
    /// Held, never read.
    _file: File,
    /// The lock's file, where it wasn't there before.
    made: Option<PathBuf>,
    folders: NewFolders,
}

impl RunLock {
    /// Takes the folder, which is created where it is missing.
    pub fn take(folder: &Path) -> Result<Self> {
        let folders = NewFolders::create(folder).map_err(Error::io(folder, "create"))?;
        let path = folder.join(".lock");
        inputs::check_place(&path)?;
        let is_new = !path.exists();
        let file = File::options().write(true).create(true).truncate(false).open(&path);
        let file = file.map_err(Error::io(&path, "create"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file, made: is_new.then_some(path), folders }),
            Err(TryLockError::WouldBlock) => {
                let problem =
                    "is being trained by another docre; wait for it or name another folder";
                Err(Error::file(folder, problem))
            }
            Err(TryLockError::Error(error)) => Err(Error::io(&path, "lock")(error)),
        }
    }

    /// Lets the folder stay: something of the run is written there now.
    pub fn keep(&mut self) {
        self.made = None;
        self.folders.keep();
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        if let Some(path) = &self.made {
            let _ = fs::remove_file(path);
        }
    }
}
