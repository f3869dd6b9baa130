//! Result files: the predicted facts of many documents, as the official
//! evaluation of DocRED takes them.

use std::borrow::Borrow;
use std::io::Read;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::list::ListWriter;
use super::objects::Objects;
use super::parse::parse;
use crate::document::{Document, Fact};
use crate::files::AtomicFile;
use crate::inputs::open_data;
use crate::{Error, Result};

/// One entry of a result file: a fact that is predicted for a document.
/// It serializes with the official names.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(expecting = "a prediction")]
pub struct Prediction {
    /// The document's title.
    pub title: String,
    /// The head entity, a place in the document's entities.
    #[serde(rename = "h_idx")]
    pub head: usize,
    /// The tail entity, a place in the document's entities.
    #[serde(rename = "t_idx")]
    pub tail: usize,
    /// The relation's identifier.
    #[serde(rename = "r")]
    pub relation: String,
    /// The sentences said to support the fact.
    #[serde(default)]
    pub evidence: Vec<usize>,
    /// How sure the model is, in (0, 1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub score: Option<f32>,
}

impl Prediction {
    /// A fact of the document with this title.
    pub fn new(title: impl Into<String>, fact: Fact) -> Self {
        let Fact { head, relation, tail, evidence, score } = fact;
        Self { title: title.into(), head, tail, relation, evidence, score }
    }

    /// The fact that is predicted.
    pub fn fact(&self) -> Fact {
        let Self { head, tail, relation, evidence, score, .. } = self.clone();
        Fact { head, relation, tail, evidence, score }
    }

    /// The facts of a document as predictions, in their order; none where it is unlabelled.
    pub fn of(document: &Document) -> impl Iterator<Item = Self> + '_ {
        document.labelled_facts().iter().map(|fact| Self::new(&document.title, fact.clone()))
    }
}

/// Reads a result file, a JSON list or JSON lines. The entries stay in file order.
pub fn read(path: impl AsRef<Path>) -> Result<Vec<Prediction>> {
    let path = path.as_ref();
    read_from(open_data(path)?, path)
}

/// [`read`] from anything; `path` stands for it in messages.
pub fn read_from(input: impl Read, path: impl AsRef<Path>) -> Result<Vec<Prediction>> {
    let path = path.as_ref();
    let entries = Objects::new(input, path, "prediction").map_err(|broken| broken.of(path))?;
    entries
        .map(|entry| {
            let entry = entry.map_err(|broken| broken.of(path))?;
            check(entry.bytes())
                .map_err(|problem| Error::file(path, format!("{}: {problem}", entry.place())))
        })
        .collect()
}

fn check(entry: &[u8]) -> Result<Prediction, String> {
    let prediction: Prediction = parse(entry)?;
    if prediction.relation.trim().is_empty() {
        return Err("r: the relation is empty".into());
    }
    Ok(prediction)
}

/// Writes a result file: JSON lines where the name ends in `.jsonl`, else the
/// official JSON list. The file is whole or not there.
pub fn write<P: Borrow<Prediction>>(
    path: impl AsRef<Path>,
    predictions: impl IntoIterator<Item = P>,
) -> Result<()> {
    let mut writer = PredictionWriter::create(path)?;
    for prediction in predictions {
        writer.push(prediction.borrow())?;
    }
    writer.finish()
}

/// A result file that is written entry by entry. It has its name only when it is
/// [finished](Self::finish).
#[derive(Debug)]
pub struct PredictionWriter(ListWriter);

impl PredictionWriter {
    /// Starts a file: JSON lines where the name ends in `.jsonl`, else one JSON list.
    pub fn create(path: impl AsRef<Path>) -> Result<Self> {
        ListWriter::create(path).map(Self)
    }

    /// Writes to a file that was begun: JSON lines where its name ends in `.jsonl`, else one list.
    pub fn of_file(file: AtomicFile) -> Self {
        Self(ListWriter::of_file(file))
    }

    /// Writes the next entry.
    pub fn push(&mut self, prediction: &Prediction) -> Result<()> {
        self.0.push(prediction)
    }

    /// Ends the file and gives it its name.
    pub fn finish(self) -> Result<()> {
        self.0.finish()
    }
}
