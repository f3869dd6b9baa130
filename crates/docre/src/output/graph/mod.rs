//! Facts as a graph: entities are nodes, facts are edges, and both keep where they were read.
//!
//! A form of graphs is a [`GraphWriter`]. What is found in documents, one after another, goes
//! through it as each document's own small graph; a graph that joins the entities
//! of many documents goes through it as it is.

#[cfg(feature = "columns")]
mod columns;
#[cfg(feature = "columns")]
mod columns_forms;
mod cypher;
mod graphml;
mod json_lines;
mod key;
mod model;
mod neo4j;
mod per_document;
#[cfg(feature = "graph")]
mod rdf;
#[cfg(feature = "graph")]
mod rdf_forms;
pub(super) mod rows;

use self::per_document::PerDocument;
use crate::Result;

pub use self::model::{Evidence, GraphEdge, GraphMention, GraphNode, NodeName, Support};

/// What the IRIs of entities, documents and relations begin with where nothing else is asked for.
pub const DEFAULT_BASE: &str = "urn:docre:";

/// Writes a graph, node by node and edge by edge. A node comes before the edges that touch it; a
/// file or folder has its name only when it is finished.
pub trait GraphWriter {
    /// Writes the next node.
    fn node(&mut self, node: &GraphNode) -> Result<()>;

    /// Writes the next edge.
    fn edge(&mut self, edge: &GraphEdge) -> Result<()>;

    /// Writes what stands at the end and gives the file or folder its name.
    fn finish(self: Box<Self>) -> Result<()>;
}
