//! Folders that go again if nothing comes into them.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// The folders of a path that weren't there before. Dropped, it removes those that are still
/// empty, unless they are [kept](Self::keep).
#[derive(Debug)]
pub(crate) struct NewFolders(Vec<PathBuf>);

impl NewFolders {
    /// Creates a folder and those above it, where they are missing.
    pub fn create(folder: &Path) -> io::Result<Self> {
        let missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
        // The innermost comes first, and is the first to go.
        let missing = folder.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        let created = Self(missing);
        fs::create_dir_all(folder)?;
        Ok(created)
    }

    /// Lets them stay.
    pub fn keep(&mut self) {
        self.0.clear();
    }
}

impl Drop for NewFolders {
    fn drop(&mut self) {
        for folder in &self.0 {
            let _ = fs::remove_dir(folder); // one that isn't empty stays
        }
    }
}
