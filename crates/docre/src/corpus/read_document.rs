//! One document of a file, parsed and checked.

use std::path::{Path, PathBuf};

use super::format::Format;
use super::objects::{Broken, Object};
use super::omissions::{Omission, Omissions};
use super::options::ReadOptions;
use super::raw::{Parsed, Refused};
use crate::Error;
use crate::document::Document;

/// A document with what its file tells of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReadDocument {
    /// Its place in the file, from 0.
    pub index: usize,
    /// The document.
    pub document: Document,
    /// Its own file, where it is one of a folder.
    pub file: Option<PathBuf>,
    /// How many of its facts were left out because it gives them twice.
    pub repeated_facts: usize,
    /// What the format has and documents don't.
    pub left_out: Omissions,
    /// What is wrong with it and left out, where the reading is lenient.
    pub problems: Vec<String>,
}

/// A document that can't be read.
pub(super) struct Unread {
    pub error: Error,
    /// Whether it is the file itself that can't be read any further.
    pub ends_file: bool,
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Self { error, ends_file: false }
    }
}

/// Parses and checks a document of the file `path`.
pub(super) fn read_document(
    path: &Path,
    format: Option<Format>,
    object: Result<Object, Broken>,
    options: &ReadOptions,
) -> Result<ReadDocument, Unread> {
    let object = object.map_err(|broken| {
        let ends_file = matches!(broken, Broken::Layout(_));
        Unread { error: broken.of(path), ends_file }
    })?;
    let index = object.index;
    let path = object.file.as_deref().unwrap_or(path);
    match format.unwrap_or(Format::DOCRED).parse(&object, options) {
        Ok(Parsed { document, problems, .. }) if !problems.is_empty() && !options.lenient => {
            let (path, title) = (path.to_path_buf(), document.title);
            Err(Error::Document { path, index, title, problem: joined(&problems) }.into())
        }
        Ok(Parsed { document, repeated_facts, mut left_out, problems }) => {
            left_out.add(Omission::BadItem, problems.len());
            let file = object.file.clone();
            Ok(ReadDocument { index, document, file, repeated_facts, left_out, problems })
        }
        Err(Refused { title: Some(title), problem }) => {
            Err(Error::Document { path: path.to_path_buf(), index, title, problem }.into())
        }
        Err(Refused { title: None, problem }) => {
            Err(Error::file(path, format!("{}, {problem}", object.place())).into())
        }
    }
}

/// The problems of a document as one: the first, and how many others there are.
fn joined(problems: &[String]) -> String {
    match problems {
        [] | [_] => problems.concat(),
        [first, others @ ..] => format!("{first} (and {} more)", others.len()),
    }
}
