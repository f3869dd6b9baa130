//! What a model says of the documents that it was trained without, in a file: one document a
//! line.

use std::{
    fs::File,
    io::{BufRead, BufReader, Lines, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{Error, Result, document::Fact, files::AtomicFile, inputs};

/// Facts of a document with a model's scores.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RatedDocument {
    /// Its place in the audited file.
    pub document: usize,
    /// Each labelled fact whose relation the model was trained on, and what else might hold.
    pub rated: Vec<Rated>,
}

/// A fact with a model's score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Rated {
    pub h: usize,
    pub t: usize,
    pub r: String,
    /// How sure the model is that it holds, in (0, 1).
    pub score: f32,
    /// Whether the model would predict it.
    pub predicted: bool,
    /// Whether the document is labelled with it.
    pub labelled: bool,
    /// The sentences that support it, those of the label where it names any.
    pub evidence: Vec<usize>,
}

impl From<Rated> for Fact {
    fn from(rated: Rated) -> Self {
        let Rated { h, t, r, score, evidence, .. } = rated;
        Self { head: h, relation: r, tail: t, evidence, score: Some(score) }
    }
}

/// A file of ratings that has its name only when it is finished.
pub(super) struct RatingsWriter {
    path: PathBuf,
    file: AtomicFile,
}

impl RatingsWriter {
    pub fn create(path: &Path) -> Result<Self> {
        Ok(Self { path: path.to_path_buf(), file: AtomicFile::create(path)? })
    }

    pub fn push(&mut self, document: &RatedDocument) -> Result<()> {
        let line = serde_json::to_string(document).expect("it has a JSON form");
        writeln!(self.file, "{line}").map_err(Error::io(&self.path, "write"))
    }

    pub fn finish(self) -> Result<()> {
        self.file.commit()
    }
}

/// The documents of a file of ratings, in their order.
pub(super) struct Ratings {
    path: PathBuf,
    lines: Lines<BufReader<File>>,
}

impl Ratings {
    pub fn open(path: &Path) -> Result<Self> {
        inputs::check_file(path)?;
        let file = File::open(path).map_err(Error::io(path, "read"))?;
        Ok(Self { path: path.to_path_buf(), lines: BufReader::new(file).lines() })
    }
}

impl Iterator for Ratings {
    type Item = Result<RatedDocument>;

    fn next(&mut self) -> Option<Self::Item> {
        let line = self.lines.next()?.map_err(Error::io(&self.path, "read"));
        Some(line.and_then(|line| {
            serde_json::from_str(&line).map_err(|e| {
                let problem = format!("is not a file of ratings ({e}); remove it to make it again");
                Error::file(&self.path, problem)
            })
        }))
    }
}
