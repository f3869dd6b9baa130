//! Tells a format by what is in a file.

use std::io::{Read, Seek};
use std::path::Path;

use super::keys::Keys;
use super::{BYTE_ORDER_MARK, Format};
use crate::corpus::beginning::BEGINNING;
use crate::corpus::folder::list_documents;
use crate::corpus::objects::{Object, Objects};
use crate::{Error, Result, inputs};

impl Format {
    /// Tells the format of a file or folder by what is in it.
    pub fn guess(path: impl AsRef<Path>) -> Result<Self> {
        guess(path.as_ref())
    }
}

fn guess(path: &Path) -> Result<Format> {
    if path.is_dir() {
        return of_folder(path);
    }
    let by_name = Format::all().find(|format| (format.0.tell.name)(path));
    let mut file = inputs::open_data(path)?;
    if file.metadata().is_ok_and(|found| !found.is_file()) {
        return Ok(by_name.unwrap_or(Format::DOCRED)); // a pipe can't be read twice
    }
    let mut beginning = Vec::new();
    let read = (&mut file).take(BEGINNING).read_to_end(&mut beginning);
    read.and_then(|_| file.rewind()).map_err(Error::io(path, "read"))?;
    // How a file begins says more than its name: PubTator's are called .tsv, too.
    let by_name = by_name.filter(|format| *format != Format::TEXT || !begins_objects(&beginning));
    if let Some(format) = Format::of_beginning(&beginning).or(by_name) {
        return Ok(format);
    }
    let objects = Objects::new(file, path, "document").map_err(|broken| broken.of(path))?;
    match objects.or_lists().next() {
        Some(Ok(object)) => Ok(Format::of_object(object.bytes())),
        Some(Err(broken)) => Err(broken.of(path)),
        None => Ok(Format::DOCRED),
    }
}

/// Whether a file begins as JSON objects do, or a list of them: no text for people does.
pub(in crate::corpus) fn begins_objects(beginning: &[u8]) -> bool {
    let beginning = beginning.strip_prefix(BYTE_ORDER_MARK).unwrap_or(beginning).trim_ascii_start();
    let behind = |mark: &[u8]| beginning.strip_prefix(mark).map(<[u8]>::trim_ascii_start);
    behind(b"{").is_some_and(|rest| rest.starts_with(b"\"") || rest.starts_with(b"}"))
        || behind(b"[").is_some_and(|rest| rest.starts_with(b"{") || rest.starts_with(b"]"))
}

/// Whether a file, of which nothing else is known, is of DocRED's form: a folder may hold JSON of any
/// kind.
fn holds_docred(path: &Path) -> Result<bool> {
    let mut objects = match Objects::new(inputs::open_data(path)?, path, "document") {
        Ok(objects) => objects.or_lists(),
        Err(_) => return Ok(false),
    };
    let is_document = |object: &Object| Keys::of(object.bytes()).has_any(&["sents", "vertexSet"]);
    Ok(objects.next().is_some_and(|object| object.is_ok_and(|object| is_document(&object))))
}

fn of_folder(path: &Path) -> Result<Format> {
    for format in Format::all() {
        if (format.0.tell.folder)(path)? {
            return Ok(format);
        }
    }
    if let Some(first) = list_documents(path)?.first() {
        let format = guess(first)?;
        if format != Format::DOCRED || holds_docred(first)? {
            return Ok(format);
        }
    }
    Err(Error::file(
        path,
        "is a folder without .ann files (brat), annotation files of DWIE, files of documents (.json, \
         .jsonl, .marked, .pubtator) or files of text (.txt, .md); \
         name a file, or a folder with one of these",
    ))
}
