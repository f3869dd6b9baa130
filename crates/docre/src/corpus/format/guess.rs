//! Tells a format by what is in a file.

use std::collections::HashMap;
use std::fs::File;
use std::path::Path;

use serde::de::IgnoredAny;

use super::Format;
use crate::corpus::objects::Objects;
use crate::{Error, Result};

pub(super) fn guess(path: &Path) -> Result<Format> {
    if path.is_dir() {
        return of_folder(path);
    }
    if let Some(format) = Format::all().find(|format| (format.0.tell.name)(path)) {
        return Ok(format);
    }
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    if file.metadata().is_ok_and(|found| !found.is_file()) {
        return Ok(Format::DOCRED); // a pipe can't be read twice
    }
    let objects = Objects::new(file, path, "document").map_err(|broken| broken.of(path))?;
    match objects.or_lists().next() {
        Some(Ok(object)) => Ok(Format::of_object(object.bytes())),
        Some(Err(broken)) => Err(broken.of(path)),
        None => Ok(Format::DOCRED),
    }
}

fn of_folder(path: &Path) -> Result<Format> {
    for format in Format::all() {
        if (format.0.tell.folder)(path)? {
            return Ok(format);
        }
    }
    Err(Error::file(
        path,
        "is a folder without .ann files (brat) and without annotation files of DWIE; name a file, \
         or a folder with one of these",
    ))
}

/// The keys of an object; none where it isn't whole.
pub(in crate::corpus) struct Keys {
    is_list: bool,
    keys: HashMap<String, IgnoredAny>,
}

impl Keys {
    pub fn of(object: &[u8]) -> Self {
        let is_list = object.starts_with(b"[");
        Self { is_list, keys: serde_json::from_slice(object).unwrap_or_default() }
    }

    /// Whether it is a list and no object.
    pub fn is_list(&self) -> bool {
        self.is_list
    }

    pub fn has(&self, key: &str) -> bool {
        self.keys.contains_key(key)
    }

    pub fn has_any(&self, keys: &[&str]) -> bool {
        keys.iter().any(|key| self.has(key))
    }
}
