//! One graph of many documents: entities that are the same become one node, facts that say the
//! same one edge, and both keep the documents and places that they come from.
//!
//! The graph is a file that grows: documents are added whenever they come, those that are there
//! already are passed by, and nodes keep their keys. Names that documents use for one entity join
//! entities, never over identifiers or types that differ; what a person decides otherwise is a
//! [`Decision`], which also takes apart what has joined already.
//!
//! ```
//! use docre::graph::{Graph, GraphDocument};
//!
//! let line = |title: &str, name: &str| {
//!     let entity = |name: &str, kind: &str| serde_json::json!({"name": name, "type": kind,
//!         "mentions": [{"text": name, "sentence": 0}]});
//!     let json = serde_json::json!({"title": title, "facts": [],
//!         "entities": [entity(name, "PER"), entity("Oslo", "LOC")]});
//!     GraphDocument::from_json(&json.to_string()).unwrap()
//! };
//! let folder = tempfile::tempdir().unwrap();
//! let graph = Graph::open(folder.path().join("notes.graph"))?;
//! graph.add(&[line("Monday", "Anna"), line("Tuesday", "Otto")])?;
//! let counts = graph.counts()?;
//! assert_eq!((counts.entities, counts.nodes), (4, 3)); // Oslo is one
//! # Ok::<(), docre::Error>(())
//! ```

mod decide;
mod decisions;
mod document;
mod edges;
mod joiner;
mod member;
mod names;
mod node;
mod store;
mod view;
mod write;

use std::path::{Path, PathBuf};

use redb::{ReadableMultimapTable, ReadableTable, ReadableTableMetadata};
use serde::{Deserialize, Serialize};

pub use decisions::{Decision, Verdict, read_decisions};
pub use document::{GraphDocument, GraphFact};
pub use view::View;
pub use write::Written;

use self::decisions::Decisions;
use self::joiner::Joiner;
use self::member::{MOST_ENTITIES, Member};
use self::node::Occurrence;
use self::store::{Store, Stored, Tables, write};
use crate::fingerprint::of_bytes;
use crate::{Error, Result};

/// A graph of many documents, in a file.
pub struct Graph {
    path: PathBuf,
    store: Store,
}

/// What became of documents that were added.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Added {
    /// Documents that are new.
    pub documents: usize,
    /// Documents that were there already.
    pub known: usize,
    /// Entities of the new ones.
    pub entities: usize,
    /// Facts of the new ones.
    pub facts: usize,
}

/// What a graph holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct GraphCounts {
    /// Documents.
    pub documents: u64,
    /// Their entities.
    pub entities: u64,
    /// The nodes that these are joined to.
    pub nodes: u64,
}

/// A document as the store keeps it, beside its entities.
#[derive(Serialize, Deserialize)]
struct StoredDocument {
    /// Its title; of a second document of this title with a number.
    name: String,
    facts: Vec<GraphFact>,
}

impl Graph {
    /// Opens the graph in a file, or begins one where there is none.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref().to_path_buf();
        Ok(Self { store: Store::open(&path)?, path })
    }

    /// Adds documents, all of them or, after an error, none. A document that is there already, with
    /// the same entities and facts, is passed by. What was decided holds for new entities too.
    pub fn add(&self, documents: &[GraphDocument]) -> Result<Added> {
        for document in documents {
            self.check(document)?;
        }
        self.store.change(|tables| {
            let mut added = Added::default();
            let decisions = decisions(tables)?;
            for document in documents {
                add(tables, &decisions, document, &mut added)?;
            }
            Ok(added)
        })
    }

    fn check(&self, document: &GraphDocument) -> Result<()> {
        let refused = |problem| {
            let title = document.title.clone();
            Err(Error::LooseDocument { title, problem })
        };
        if document.entities.len() >= MOST_ENTITIES {
            return refused(format!(
                "has {} entities, and a graph takes {MOST_ENTITIES} a document",
                document.entities.len()
            ));
        }
        document.check().or_else(refused)
    }

    /// How much is in it.
    pub fn counts(&self) -> Result<GraphCounts> {
        self.store.look(|tables| {
            let count = |count: std::result::Result<u64, redb::StorageError>| {
                count.map_err(|error| self.store.error(error.into()))
            };
            Ok(GraphCounts {
                documents: count(tables.documents.len())?,
                entities: count(tables.entities.len())?,
                nodes: count(tables.nodes.len())?,
            })
        })
    }
}

/// Adds a document, if it isn't there.
fn add(
    tables: &mut Tables,
    decisions: &Decisions,
    document: &GraphDocument,
    added: &mut Added,
) -> Stored<()> {
    let json = serde_json::to_vec(document).expect("it has a JSON form");
    let fingerprint = of_bytes(&json);
    if tables.known.get(fingerprint.as_str())?.is_some() {
        added.known += 1;
        return Ok(());
    }
    let number = tables.documents.len()?;
    tables.known.insert(fingerprint.as_str(), number)?;
    let before = tables.titles.get(document.title.as_str())?.count();
    tables.titles.insert(document.title.as_str(), number)?;
    let name = match before {
        0 => document.title.clone(),
        before => format!("{} ({})", document.title, before + 1),
    };
    write(&mut tables.documents, number, &StoredDocument { name, facts: document.facts.clone() })?;
    for (place, entity) in document.entities.iter().enumerate() {
        write(&mut tables.entities, Member::new(number, place).0, entity)?;
    }
    let occurrences = Occurrence::of_document(&document.entities);
    count_names(tables, &occurrences)?;
    for (place, occurrence) in occurrences.iter().enumerate() {
        Joiner { tables, decisions }.place(Member::new(number, place), occurrence)?;
    }
    added.documents += 1;
    added.entities += document.entities.len();
    added.facts += document.facts.len();
    Ok(())
}

/// Counts the documents of each name.
fn count_names(tables: &mut Tables, occurrences: &[Occurrence]) -> Stored<()> {
    let mut names: Vec<&String> = occurrences.iter().flat_map(|one| &one.names.own).collect();
    names.sort();
    names.dedup();
    for name in names {
        let count = tables.named.get(name.as_str())?.map_or(0, |count| count.value());
        tables.named.insert(name.as_str(), count + 1)?;
    }
    Ok(())
}

/// What the store knows of decisions.
fn decisions(tables: &Tables) -> Stored<Decisions> {
    let entries = tables.decisions.iter()?.map(|entry| {
        let (pair, same) = entry?;
        Ok((pair.value(), same.value()))
    });
    Ok(Decisions::new(entries.collect::<Stored<_>>()?))
}
