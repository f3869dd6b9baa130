//! One process a run.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
};

use crate::{Error, Result};

/// The sole right to write to a run's folder, given back when it is dropped or the
/// process ends.
#[derive(Debug)]
pub(crate) struct RunLock(#[allow(dead_code)] File); // held, never read

impl RunLock {
    /// Takes the folder, which is created where it is missing.
    pub fn take(folder: &Path) -> Result<Self> {
        fs::create_dir_all(folder).map_err(Error::io(folder, "create"))?;
        let path = folder.join(".lock");
        let file = File::create(&path).map_err(Error::io(&path, "create"))?;
        match file.try_lock() {
            Ok(()) => Ok(Self(file)),
            Err(TryLockError::WouldBlock) => {
                let problem =
                    "is being trained by another docre; wait for it or name another folder";
                Err(Error::file(folder, problem))
            }
            Err(TryLockError::Error(error)) => Err(Error::io(&path, "lock")(error)),
        }
    }
}
