//! Documents that are files of a folder: reading them in order, writing a new folder.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::objects::{Broken, Object};
use crate::files::BesideFolder;
use crate::{Error, Result};

/// The files of a folder with one extension, in the order of their names, one at a time.
#[derive(Debug)]
pub(super) struct Files {
    paths: std::vec::IntoIter<PathBuf>,
    read: usize,
}

impl Files {
    /// All of a folder; there has to be one.
    pub(super) fn in_folder(folder: &Path, extension: &str) -> Result<Self> {
        let paths = list(folder, extension)?;
        if paths.is_empty() {
            return Err(Error::file(folder, format!("holds no .{extension} file")));
        }
        Ok(Self::new(paths))
    }

    /// These, in this order.
    pub(super) fn new(paths: Vec<PathBuf>) -> Self {
        Self { paths: paths.into_iter(), read: 0 }
    }
}

impl Iterator for Files {
    type Item = Result<Object, Broken>;

    fn next(&mut self) -> Option<Self::Item> {
        let path = self.paths.next()?;
        let index = self.read;
        self.read += 1;
        Some(match fs::read(&path) {
            Ok(bytes) => Ok(Object::of_file(bytes, index, "document", path)),
            Err(error) => Err(Broken::File(Error::io(&path, "read")(error))),
        })
    }
}

/// The files of a folder with one extension, in the order of their names.
pub(super) fn list(folder: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).map_err(Error::io(folder, "read"))? {
        let path = entry.map_err(Error::io(folder, "read"))?.path();
        if path.extension().is_some_and(|found| found == extension) && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

/// A folder that has its name only when it is finished: it is written beside and then
/// renamed, and dropped before that, it leaves nothing.
#[derive(Debug)]
pub(super) struct NewFolder {
    path: PathBuf,
    beside: BesideFolder,
}

impl NewFolder {
    /// Starts one. What is there already stays: only an empty folder is replaced.
    pub(super) fn create(path: &Path) -> Result<Self> {
        let taken = fs::read_dir(path).map_or(path.exists(), |mut found| found.next().is_some());
        if taken {
            return Err(Error::file(path, "exists already; name a new folder, or empty it"));
        }
        let beside = BesideFolder::create(path).map_err(Error::io(path, "create"))?;
        Ok(Self { path: path.to_path_buf(), beside })
    }

    /// Writes one of its files.
    pub(super) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        fs::write(self.beside.path().join(name), content)
            .map_err(Error::io(self.path.join(name), "write"))
    }

    /// Gives it its name.
    pub(super) fn finish(self) -> Result<()> {
        let Self { path, beside } = self;
        if path.exists() {
            fs::remove_dir(&path).map_err(Error::io(&path, "replace"))?;
        }
        beside.take_name().map_err(Error::io(&path, "create"))
    }
}

/// The most bytes of a file's name; the rest is for its ending and a number.
const LONGEST_STEM: usize = 200;

/// A title as the name of a file.
pub(super) fn file_stem(title: &str) -> String {
    let plain = |c: char| {
        let odd =
            c.is_control() || matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
        if odd { '_' } else { c }
    };
    let mut stem: String = title.trim().chars().map(plain).collect();
    while stem.len() > LONGEST_STEM {
        stem.pop();
    }
    if stem.is_empty() || stem.starts_with('.') { format!("_{stem}") } else { stem }
}

/// The stem, with a number where it is taken. Case doesn't tell files apart everywhere.
pub(super) fn unused(stem: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (2..).map(|number| format!("{stem}-{number}"));
    let free = |name: &String| taken.insert(name.to_lowercase());
    std::iter::once(stem.to_owned()).chain(numbered).find(free).unwrap_or_default()
}
