//! A document, as Python holds it.

use std::sync::Arc;

use docre::{
    Document, Error, RelationSet,
    corpus::{Documents, Input},
    output::DocumentFacts,
};
use pyo3::prelude::*;

use crate::{errors::OrException, json};

/// What stands for a file in messages about a document that comes from Python.
const PLACE: &str = "input";

/// A document that the library has read and checked. Python's `docre.Document` wraps it.
#[pyclass(frozen, module = "docre._docre", name = "Document")]
pub struct PyDocument(pub Arc<Document>);

#[pymethods]
impl PyDocument {
    /// A document of plain text, whose entities nobody has marked yet.
    #[staticmethod]
    fn from_text(text: &str, title: &str) -> PyResult<Self> {
        Ok(Self::new(Input::Documents.document(title, text).or_exception()?))
    }

    /// The document of an object, as JSON: in DocRED's form, or another that docre reads. `index` is
    /// its place among others, which messages name.
    #[staticmethod]
    fn from_json(py: Python, text: &[u8], index: usize) -> PyResult<Self> {
        let read = py.detach(|| {
            let missing = || Error::file(PLACE, "holds no document");
            Documents::new(text, PLACE)?.next().ok_or_else(missing)?
        });
        read.map_err(|error| at(error, index)).or_exception().map(Self::new)
    }

    #[getter]
    fn title(&self) -> &str {
        &self.0.title
    }

    /// The text as it was written, where the data has it.
    #[getter]
    fn text(&self) -> Option<&str> {
        self.0.text.as_ref().map(|text| text.as_str())
    }

    #[getter]
    fn sentences(&self) -> Vec<Vec<String>> {
        self.0.sentences.clone()
    }

    /// Whether somebody has labelled it, if only to say that no fact holds.
    #[getter]
    fn is_labelled(&self) -> bool {
        self.0.facts.is_some()
    }

    /// The document in DocRED's form, as JSON.
    fn json(&self) -> String {
        docre::corpus::to_json(&self.0)
    }

    /// Its entities and labelled facts with names, as JSON.
    fn named_json(&self) -> PyResult<String> {
        let relations = RelationSet::new(["-"]).expect("one relation");
        json::text(&DocumentFacts::new(&self.0, self.0.labelled_facts(), &relations))
    }

    fn __eq__(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl PyDocument {
    /// Wraps a document.
    pub fn new(document: Document) -> Self {
        Self(Arc::new(document))
    }
}

/// The error of a document that is one of several.
fn at(error: Error, place: usize) -> Error {
    match error {
        Error::Document { path, title, problem, .. } => {
            Error::Document { path, index: place, title, problem }
        }
        other => other,
    }
}
