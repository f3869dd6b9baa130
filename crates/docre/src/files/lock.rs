//! One process a folder.

use std::{
    fs::{self, File, TryLockError},
    path::{Path, PathBuf},
};

use super::NewFolders;
use crate::{Error, Result, inputs};

/// The sole right to write to a folder that work goes on in, given back when it is dropped or the
/// process ends. What was made for it goes with it, unless it is [kept](Self::keep).
#[derive(Debug)]
pub(crate) struct FolderLock {
    /// Held, never read.
    _file: File,
    /// The lock's file, where it wasn't there before.
    made: Option<PathBuf>,
    folders: NewFolders,
}

impl FolderLock {
    /// Takes the folder, which is created where it is missing. `busy` says what another process
    /// does that has it: "is being trained".
    pub fn take(folder: &Path, busy: &str) -> Result<Self> {
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
                    format!("{busy} by another docre; wait for it or name another folder");
                Err(Error::file(folder, problem))
            }
            Err(TryLockError::Error(error)) => Err(Error::io(&path, "lock")(error)),
        }
    }

    /// Lets the folder stay: something of the work is written there now.
    pub fn keep(&mut self) {
        self.made = None;
        self.folders.keep();
    }
}

impl Drop for FolderLock {
    fn drop(&mut self) {
        if let Some(path) = &self.made {
            let _ = fs::remove_file(path);
        }
    }
}
