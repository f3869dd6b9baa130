//! What a model found.

use std::sync::Arc;

use docre::{
    Document, Extracted, Fact, RelationSet,
    output::DocumentFacts,
    report::{PageAbout, document_page},
};
use pyo3::{prelude::*, types::PyCapsule};

use crate::{
    document::PyDocument,
    errors::OrException,
    json,
    tables::{self, Table},
};

/// A document and what was found in it.
pub struct Item {
    /// The document, with the entities that were found.
    pub document: Arc<Document>,
    /// The facts, by pair and relation.
    pub facts: Vec<Fact>,
    /// What was left out of it.
    pub warnings: Vec<String>,
}

/// What was found in documents, one after another. Python's `docre.Results` wraps it.
#[pyclass(frozen, module = "docre._docre", name = "Results")]
pub struct PyResults {
    items: Vec<Arc<Item>>,
    relations: Arc<RelationSet>,
}

impl Item {
    /// Keeps what was extracted.
    pub fn new(extracted: Extracted) -> Self {
        let warnings = extracted.warnings.iter().map(ToString::to_string).collect();
        let Extracted { document, facts, .. } = extracted;
        Self { document: Arc::new(document), facts, warnings }
    }
}

impl PyResults {
    /// Of these documents; relations have the names of this set.
    pub fn new(items: Vec<Item>, relations: Arc<RelationSet>) -> Self {
        Self { items: items.into_iter().map(Arc::new).collect(), relations }
    }
}

#[pymethods]
impl PyResults {
    /// Those of several extractions together, in their order.
    #[staticmethod]
    fn concat(parts: Vec<Py<Self>>) -> PyResult<Self> {
        let relations = parts.first().map(|part| Arc::clone(&part.get().relations));
        let empty = || Arc::new(RelationSet::new(["-"]).expect("one relation"));
        let items = parts.iter().flat_map(|part| part.get().items.iter().cloned()).collect();
        Ok(Self { items, relations: relations.unwrap_or_else(empty) })
    }

    fn __len__(&self) -> usize {
        self.items.len()
    }

    /// The one at a place, alone.
    fn one(&self, place: usize) -> Self {
        let items = vec![Arc::clone(&self.items[place])];
        Self { items, relations: Arc::clone(&self.relations) }
    }

    /// The first one's document.
    fn document(&self) -> PyDocument {
        PyDocument(Arc::clone(&self.items[0].document))
    }

    /// What was left out of the first one's document.
    fn warnings(&self) -> Vec<String> {
        self.items[0].warnings.clone()
    }

    /// The number of facts of all.
    fn fact_count(&self) -> usize {
        self.items.iter().map(|item| item.facts.len()).sum()
    }

    /// The first one's entities and facts with names, as JSON.
    fn named_json(&self) -> PyResult<String> {
        let Item { document, facts, .. } = &*self.items[0];
        json::text(&DocumentFacts::new(document, facts, &self.relations))
    }

    /// The page of the first one.
    fn page(&self, model: String) -> PyResult<String> {
        let Item { document, facts, .. } = &*self.items[0];
        let about = PageAbout { model, data: document.title.clone() };
        document_page(document, facts, &self.relations, &about).or_exception()
    }

    /// A table of all, `facts` or `mentions`, as a stream of Arrow's C interface.
    fn stream<'py>(&self, py: Python<'py>, table: &str) -> PyResult<Bound<'py, PyCapsule>> {
        let table = Table::named(table)?;
        let items = self.items.iter().map(|item| &**item);
        let batch = py.detach(|| table.batch(items, &self.relations));
        tables::capsule(py, table, batch)
    }
}
