//! Where facts are written to.

use std::path::{Path, PathBuf};

use crate::files::{AtomicFile, BesideFolder};
use crate::{Error, Result};

/// A place for facts: the path of a file or new folder, or a file that is open already, such as
/// standard output.
pub enum Place {
    /// A path where the form makes its file, or its folder where it has several.
    Path(PathBuf),
    /// An open file, which takes no form of several files.
    Open(AtomicFile),
}

impl Place {
    /// The one file of a form.
    pub(super) fn file(self) -> Result<AtomicFile> {
        match self {
            Self::Path(path) => AtomicFile::create(path),
            Self::Open(file) => Ok(file),
        }
    }

    /// The folder of a form of several files.
    pub(super) fn folder(self) -> Result<BesideFolder> {
        match self {
            Self::Path(path) => BesideFolder::create(&path).map_err(Error::io(&path, "create")),
            Self::Open(_) => unreachable!("forms of several files are refused there"),
        }
    }

    /// The folder of a form of several files, which isn't there yet or is empty.
    pub(super) fn check_folder(&self) -> Result<()> {
        match self {
            Self::Open(file) => {
                let problem = "is one file, and this form of facts has several; name a folder";
                Err(Error::file(file.path(), problem))
            }
            Self::Path(path) if is_taken(path) => {
                Err(Error::file(path, "is there already; name a new folder"))
            }
            Self::Path(_) => Ok(()),
        }
    }
}

/// Whether something is there that isn't an empty folder.
fn is_taken(path: &Path) -> bool {
    match path.read_dir() {
        Ok(mut entries) => entries.next().is_some(),
        Err(_) => path.symlink_metadata().is_ok(),
    }
}

impl From<AtomicFile> for Place {
    fn from(file: AtomicFile) -> Self {
        Self::Open(file)
    }
}

impl From<&Path> for Place {
    fn from(path: &Path) -> Self {
        Self::Path(path.to_path_buf())
    }
}
