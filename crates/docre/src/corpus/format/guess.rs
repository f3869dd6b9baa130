//! Tells a format by what is in a file.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

use serde::de::IgnoredAny;

use super::Format;
use crate::corpus::folder::list;
use crate::corpus::objects::Objects;
use crate::corpus::texts;
use crate::{Error, Result};

pub(super) fn guess(path: &Path) -> Result<Format> {
    if path.is_dir() {
        return of_folder(path);
    }
    if texts::is_table(path) {
        return Ok(Format::Texts);
    }
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    if file.metadata().is_ok_and(|found| !found.is_file()) {
        return Ok(Format::DocRed); // a pipe can't be read twice
    }
    let objects = Objects::new(file, path, "document").map_err(|broken| broken.of(path))?;
    match objects.or_lists().next() {
        Some(Ok(object)) => Ok(of_object(object.bytes())),
        Some(Err(broken)) => Err(broken.of(path)),
        None => Ok(Format::DocRed),
    }
}

fn of_folder(path: &Path) -> Result<Format> {
    if !list(path, "ann")?.is_empty() {
        return Ok(Format::Brat);
    }
    match list(path, "json")?.first() {
        Some(first) if has_mentions(first)? => Ok(Format::Dwie),
        _ => Err(Error::file(
            path,
            "is a folder without .ann files (brat) and without annotation files of DWIE; name a \
             file, or a folder with one of these",
        )),
    }
}

/// How much of a file is looked at.
const BEGINNING: u64 = 1 << 16;

/// Whether the beginning of a file names what each file of DWIE has; it may be broken.
fn has_mentions(path: &Path) -> Result<bool> {
    let mut beginning = Vec::new();
    File::open(path)
        .and_then(|file| file.take(BEGINNING).read_to_end(&mut beginning))
        .map_err(Error::io(path, "read"))?;
    Ok(String::from_utf8_lossy(&beginning).contains("\"mentions\""))
}

/// The keys that tell a format. DocRED is what nothing else is: its messages fit a file that
/// has other keys.
pub(super) fn of_object(object: &[u8]) -> Format {
    if object.starts_with(b"[") {
        return Format::DialogRe;
    }
    let keys: HashMap<String, IgnoredAny> = serde_json::from_slice(object).unwrap_or_default();
    let has = |names: &[&str]| names.iter().any(|name| keys.contains_key(*name));
    if has(&["vertexSet"]) {
        Format::DocRed
    } else if has(&["sents_char", "vertex_char"]) {
        Format::HacRed
    } else if has(&["concepts"]) {
        Format::Dwie
    } else if has(&["data"]) && has(&["annotations", "predictions"]) {
        Format::LabelStudio
    } else if has(&["text"]) && has(&["tokens", "ents"]) {
        Format::Spacy
    } else if has(&["text"]) && has(&["labels"]) {
        Format::Texts
    } else {
        Format::DocRed
    }
}
