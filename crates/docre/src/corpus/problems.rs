//! All that is wrong with a file, in one message.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::words::counted;
use crate::{Error, Result};

/// How many problems a message lists.
const LISTED: usize = 20;

/// What is wrong with the documents of a file: how much, and the first of it.
#[derive(Debug, Serialize)]
pub struct Problems {
    #[serde(skip)]
    path: PathBuf,
    /// The only one as an error of its own.
    #[serde(skip)]
    only: Option<Error>,
    count: usize,
    /// Documents that can't be read at all.
    documents: usize,
    first: Vec<String>,
}

/// What a lenient reading has left out of a file because it is wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    /// How many things.
    pub count: usize,
    /// How many of them are whole documents.
    pub documents: usize,
    /// The first twenty, each with its place.
    pub first: Vec<String>,
}

impl From<Problems> for LeftOut {
    fn from(problems: Problems) -> Self {
        let Problems { count, documents, first, .. } = problems;
        Self { count, documents, first }
    }
}

impl Problems {
    pub(super) fn new(path: &Path) -> Self {
        Self { path: path.to_path_buf(), only: None, count: 0, documents: 0, first: Vec::new() }
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// How many documents can't be read at all.
    pub fn documents(&self) -> usize {
        self.documents
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The first twenty, each with its place.
    pub fn first(&self) -> &[String] {
        &self.first
    }

    /// Adds a document that can't be read.
    pub(super) fn add(&mut self, error: Error) {
        self.documents += 1;
        self.add_item(error);
    }

    /// Adds an item of a document.
    pub(super) fn add_item(&mut self, error: Error) {
        self.count += 1;
        if self.first.len() < LISTED {
            let text = error.to_string().replace(char::is_control, " ");
            let own = format!("{}: ", self.path.display());
            self.first.push(text.strip_prefix(&own).unwrap_or(&text).to_owned());
        }
        self.only = (self.count == 1).then_some(error);
    }

    /// The error that all of this is; none where nothing is wrong.
    pub(super) fn refuse(self) -> Result<Self> {
        if self.is_empty() {
            return Ok(self);
        }
        if let Some(only) = self.only {
            return Err(with_advice(only));
        }
        let rest = self.count - self.first.len();
        let more = if rest > 0 {
            format!("\n  and {} more", counted(rest, "problem"))
        } else {
            String::new()
        };
        Err(Error::Several {
            path: self.path,
            count: self.count,
            list: self.first.iter().map(|problem| format!("\n  {problem}")).collect::<String>()
                + &more,
        })
    }
}

/// The only thing that is wrong, and how to go on without it.
fn with_advice(error: Error) -> Error {
    match error {
        Error::Document { path, index, title, problem } => {
            let problem = format!("{problem}; a lenient reading leaves it out");
            Error::Document { path, index, title, problem }
        }
        other => other,
    }
}
