//! A graph in one of the forms of graphs.

use redb::ReadableTable;
use serde::Serialize;

use super::edges::{Edges, name_of};
use super::store::{Stored, Tables, read};
use super::{Graph, Member, StoredDocument};
use crate::output::NamedEntity;
use crate::output::graph::{GraphEdge, GraphMention, GraphNode, GraphWriter};
use crate::{Error, Result};

/// What was written.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Written {
    /// Nodes.
    pub nodes: usize,
    /// Edges.
    pub edges: usize,
    /// The facts of documents that the edges come of.
    pub facts: usize,
    /// Facts between entities that are one node, which are no edges.
    pub within: usize,
    /// Edges that were left out because they aren't sure enough.
    pub unsure: usize,
}

/// An error of the store, or of what it is written to.
enum Failure {
    Store(redb::Error),
    Output(Error),
}

impl From<redb::Error> for Failure {
    fn from(error: redb::Error) -> Self {
        Self::Store(error)
    }
}

impl Graph {
    /// Writes all nodes and the edges with at least this score, or with none.
    pub fn write(&self, mut writer: Box<dyn GraphWriter>, least: f32) -> Result<Written> {
        let mut written = Written::default();
        let edges = self.edges()?;
        self.store.look(|tables| {
            let failed = |failure| match failure {
                Failure::Store(error) => self.store.error(error),
                Failure::Output(error) => error,
            };
            nodes(tables, |node| {
                written.nodes += 1;
                writer.node(&node).map_err(Failure::Output)
            })
            .map_err(failed)?;
            let give = |edge: GraphEdge| {
                if edge.score.is_some_and(|score| score < least) {
                    written.unsure += 1;
                    return Ok(());
                }
                written.edges += 1;
                written.facts += edge.supports.len();
                writer.edge(&edge).map_err(Failure::Output)
            };
            edges.each(tables, |_, _| true, give).map_err(failed)
        })?;
        writer.finish()?;
        Ok(Written { within: edges.within, ..written })
    }

    /// The facts of all documents, sorted beside the graph.
    pub(super) fn edges(&self) -> Result<Edges> {
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(std::path::Path::new("."));
        let file = tempfile::tempfile_in(folder).map_err(Error::io(folder, "write into"))?;
        self.store.look(|tables| Edges::sort(tables, file).map_err(|error| self.store.error(error)))
    }
}

/// Gives each node.
fn nodes(
    tables: &Tables,
    mut give: impl FnMut(GraphNode) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let all = tables.nodes.iter().map_err(redb::Error::from)?;
    for entry in all {
        let (key, _) = entry.map_err(redb::Error::from)?;
        give(node(tables, key.value())?)?;
    }
    Ok(())
}

/// A node with all its mentions.
pub(super) fn node(tables: &Tables, key: u64) -> Stored<GraphNode> {
    let mut mentions = Vec::new();
    for member in tables.members_of(key)? {
        let document: StoredDocument = read(&tables.documents, Member(member).document())?;
        let entity: NamedEntity = read(&tables.entities, member)?;
        mentions.extend(entity.mentions.into_iter().map(|mention| GraphMention {
            document: document.name.clone(),
            text: mention.text,
            sentence: mention.sentence,
            span: mention.span,
        }));
    }
    Ok(GraphNode { name: name_of(key, &tables.node(key)?), mentions })
}
