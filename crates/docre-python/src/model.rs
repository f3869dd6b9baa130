//! A loaded model.

use std::{path::PathBuf, sync::Arc};

use docre::{
    Extractor, Precision,
    corpus::Input,
    device::DeviceName,
    document::{Document, RelationTypes},
    model,
};
use pyo3::prelude::*;
use serde_json::json;

use crate::{
    document::PyDocument,
    errors::{OrException, bad_setting, exception},
    interrupt, json,
    results::{Item, PyResults},
};

/// A model that reads documents. Python's `docre.Model` wraps it.
#[pyclass(frozen, module = "docre._docre", name = "Model")]
pub struct PyModel {
    extractor: Extractor,
    relations: Arc<docre::RelationSet>,
}

/// What is asked of an extraction.
struct Asked {
    find_entities: bool,
    min_score: Option<f32>,
}

#[pymethods]
impl PyModel {
    #[new]
    fn load(
        py: Python,
        folder: PathBuf,
        device: &str,
        precision: &str,
        any_types: bool,
    ) -> PyResult<Self> {
        let device = device.parse::<DeviceName>();
        let device = device.map_err(|problem| bad_setting("device", &problem))?;
        let precision = precision.parse::<Precision>();
        let precision = precision.map_err(|problem| bad_setting("precision", &problem))?;
        let load = || model::Compute { device: device.open()?, precision }.load(&folder);
        let mut extractor = py.detach(load).or_exception()?;
        if let (true, Some(finder)) = (any_types, &mut extractor.config.finder) {
            finder.types = RelationTypes::default();
        }
        let relations = Arc::new(extractor.relations.clone());
        Ok(Self { extractor, relations })
    }

    /// What the model knows, as JSON.
    fn about_json(&self) -> PyResult<String> {
        let relations = self.relations.relations().iter();
        let relations: Vec<_> =
            relations.map(|relation| json!({"id": relation.id, "name": relation.name})).collect();
        json::text(&json!({
            "relations": relations,
            "finds_entities": self.extractor.finds_entities(),
            "reads": self.extractor.input().nouns()[0],
        }))
    }

    /// What is found in documents, and which of them were refused: their places and why.
    #[pyo3(signature = (documents, min_score, find_entities))]
    fn extract(
        &self,
        py: Python,
        documents: Vec<Py<PyDocument>>,
        min_score: Option<f32>,
        find_entities: bool,
    ) -> PyResult<(PyResults, Vec<(usize, PyErrValue)>)> {
        if self.extractor.input() != Input::Documents {
            let problem = "labels whole texts or dialogues; only its scores are taken, by evaluate";
            return Err(exception(&docre::Error::unsupported("the model", problem)));
        }
        let documents: Vec<_> =
            documents.iter().map(|document| Arc::clone(&document.get().0)).collect();
        let asked = Asked { find_entities, min_score };
        let (items, refused) = py.detach(|| self.extract_all(&documents, &asked))?;
        let refused = refused.iter().map(|(at, error)| (*at, PyErrValue(exception(error))));
        Ok((PyResults::new(items, Arc::clone(&self.relations)), refused.collect()))
    }
}

type Refused = Vec<(usize, docre::Error)>;

impl PyModel {
    fn extract_all(
        &self,
        documents: &[Arc<Document>],
        asked: &Asked,
    ) -> PyResult<(Vec<Item>, Refused)> {
        let documents = documents.iter().map(|document| Ok(asked.document(document)));
        let (mut items, mut refused) = (Vec::new(), Vec::new());
        for (at, extracted) in self.extractor.extract_stream(documents).enumerate() {
            interrupt::check()?;
            match extracted {
                Ok(mut extracted) => {
                    asked.keep_sure(&mut extracted.facts);
                    items.push(Item::new(extracted));
                }
                Err(error) => refused.push((at, error)),
            }
        }
        Ok((items, refused))
    }
}

impl Asked {
    /// The document as it is read: without its entities, if they are to be found anew.
    fn document(&self, document: &Document) -> Document {
        match self.find_entities {
            true => Document { entities: Vec::new(), facts: None, ..document.clone() },
            false => document.clone(),
        }
    }

    fn keep_sure(&self, facts: &mut Vec<docre::Fact>) {
        if let Some(least) = self.min_score {
            facts.retain(|fact| fact.score.is_none_or(|score| score >= least));
        }
    }
}

/// An exception as a value.
pub struct PyErrValue(PyErr);

impl<'py> IntoPyObject<'py> for PyErrValue {
    type Target = pyo3::exceptions::PyBaseException;
    type Output = Bound<'py, Self::Target>;
    type Error = std::convert::Infallible;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
        Ok(self.0.into_value(py).into_bound(py))
    }
}
