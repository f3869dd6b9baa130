//! Reads documents one at a time.

use std::collections::HashMap;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::docred::{RawDocument, Title};
use super::objects::Objects;
use super::parse::parse;
use crate::document::Document;
use crate::{Error, Result};

/// Opens a file of documents in DocRED's form: a JSON list, or one document a line.
///
/// Fails at once where the file can't be read or is neither. Memory is that of
/// one document.
pub fn read(path: impl AsRef<Path>) -> Result<Documents<File>> {
    let path = path.as_ref();
    let file = File::open(path).map_err(Error::io(path, "read"))?;
    Documents::new(file, path)
}

/// Reads a whole file of documents; fails on the first bad one.
pub fn read_all(path: impl AsRef<Path>) -> Result<Vec<Document>> {
    read(path)?.collect()
}

/// Reads a whole file through, holding one document at a time, and returns how many
/// there are. Refuses a bad document, and one whose title an earlier one has.
pub fn check_file(path: impl AsRef<Path>) -> Result<usize> {
    let path = path.as_ref();
    let mut first = HashMap::new();
    for (index, document) in read(path)?.enumerate() {
        let title = document?.title;
        if let Some(earlier) = first.insert(title.clone(), index) {
            return Err(repeated_title(path, index, title, earlier));
        }
    }
    Ok(first.len())
}

/// Refuses documents that share a title, where results have to be told apart by it.
/// `path` is the file to name.
pub fn check_unique_titles(path: impl AsRef<Path>, documents: &[Document]) -> Result<()> {
    let mut first = HashMap::new();
    for (index, document) in documents.iter().enumerate() {
        if let Some(earlier) = first.insert(document.title.as_str(), index) {
            let title = document.title.clone();
            return Err(repeated_title(path.as_ref(), index, title, earlier));
        }
    }
    Ok(())
}

fn repeated_title(path: &Path, index: usize, title: String, earlier: usize) -> Error {
    let problem = format!("title: document {earlier} has it too, so results can't be told apart");
    Error::Document { path: path.to_path_buf(), index, title, problem }
}

/// The documents of a file, checked, one at a time.
///
/// A bad document gives an error, and the next call goes on behind it. After an
/// error of the file itself (it is cut short, a comma is missing, the disk fails)
/// there is nothing more to come.
pub struct Documents<R> {
    path: PathBuf,
    objects: Objects<R>,
    repeated_facts: usize,
}

impl<R: Read> Documents<R> {
    /// Reads from anything; `path` stands for it in messages.
    pub fn new(input: R, path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        match Objects::new(input, &path, "document") {
            Ok(objects) => Ok(Self { path, objects, repeated_facts: 0 }),
            Err(broken) => Err(broken.of(&path)),
        }
    }

    /// How many facts were left out so far because the same document gives them
    /// before (same head, tail and relation; the first one's evidence counts).
    pub fn repeated_facts(&self) -> usize {
        self.repeated_facts
    }

    fn error(&self, title: Option<String>, problem: String) -> Error {
        let (path, index) = (self.path.clone(), self.objects.index());
        match title {
            Some(title) => Error::Document { path, index, title, problem },
            None => Error::file(path, format!("{}, {problem}", self.objects.place())),
        }
    }
}

impl<R: Read> Iterator for Documents<R> {
    type Item = Result<Document>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = match self.objects.next()? {
            Ok(bytes) => bytes,
            Err(broken) => return Some(Err(broken.of(&self.path))),
        };
        let raw = match parse::<RawDocument>(bytes) {
            Ok(raw) => raw,
            Err(problem) => {
                let title = parse::<Title>(bytes).ok().map(|title| title.title);
                return Some(Err(self.error(title, problem)));
            }
        };
        Some(match raw.check() {
            Ok((document, repeated)) => {
                self.repeated_facts += repeated;
                Ok(document)
            }
            Err(refused) => Err(self.error(Some(refused.title), refused.problem)),
        })
    }
}
