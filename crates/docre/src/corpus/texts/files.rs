//! The files that texts with labels stand in.

use std::io::Read;
use std::path::{Path, PathBuf};

use crate::inputs::open_data;
use crate::{Error, Result};

/// Whether the file's name says that it is a table, or one of a pair of files.
pub(in crate::corpus) fn is_table(path: &Path) -> bool {
    delimiter(path).is_some() || label_file(path).is_some()
}

pub(in crate::corpus) fn delimiter(path: &Path) -> Option<u8> {
    let extension = path.extension()?;
    let is = |name| extension.eq_ignore_ascii_case(name);
    if is("tsv") { Some(b'\t') } else { is("csv").then_some(b',') }
}

/// `label_train` for `text_train`.
pub(super) fn label_file(path: &Path) -> Option<PathBuf> {
    let name = path.file_name()?.to_str()?.strip_prefix("text_")?;
    let labels = path.with_file_name(format!("label_{name}"));
    let is_plain = path.extension().is_none() && !path.is_dir();
    (is_plain || labels.is_file()).then_some(labels)
}

/// The names of labels that texts give by id.
pub(super) fn names_file(path: &Path) -> PathBuf {
    path.with_file_name("labels.txt")
}

/// The files beside a file of texts that may be read with it.
pub fn files_beside(path: impl AsRef<Path>) -> impl Iterator<Item = PathBuf> {
    let path = path.as_ref();
    [names_file(path)].into_iter().chain(label_file(path))
}

/// The content of a plain file, without the mark that some editors begin one with.
pub(super) fn read_plain(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    open_data(path)?.read_to_end(&mut bytes).map_err(Error::io(path, "read"))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = 1 + valid.iter().filter(|byte| **byte == b'\n').count();
        Error::file(path, format!("line {line}: is not UTF-8 text"))
    })?;
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
