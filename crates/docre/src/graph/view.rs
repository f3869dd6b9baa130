//! The part of a graph that a page shows.

use std::collections::{BTreeSet, HashMap};

use redb::ReadableTable;
use serde::Serialize;

use super::edges::Edges;
use super::member::Member;
use super::names::normal;
use super::store::{Stored, Tables};
use super::{Graph, write::node};
use crate::output::graph::{GraphEdge, GraphNode};
use crate::{Error, Result};

/// A part of a graph.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct View {
    /// Its nodes.
    pub nodes: Vec<GraphNode>,
    /// All edges between them.
    pub edges: Vec<GraphEdge>,
    /// How many nodes the graph has.
    pub all_nodes: u64,
}

impl Graph {
    /// At most so many nodes: those around the nodes of this name or key, near ones first; without
    /// a name those with most edges.
    pub fn view(&self, around: Option<&str>, most: usize) -> Result<View> {
        let all_nodes = self.counts()?.nodes;
        let edges = self.edges()?;
        self.store.look(|tables| {
            let stored = |error| self.store.error(error);
            let wanted = match around {
                None => most_edges(&edges, most).map_err(stored)?,
                Some(name) => {
                    let begin = named(tables, name).map_err(stored)?;
                    if begin.is_empty() {
                        let problem = format!("has no node that is called \"{name}\"");
                        return Err(Error::file(&self.path, problem));
                    }
                    around_these(&edges, begin, most).map_err(stored)?
                }
            };
            let nodes = wanted.iter().map(|key| node(tables, *key)).collect::<Stored<_>>();
            let mut found = Vec::new();
            let between = |head, tail| wanted.contains(&head) && wanted.contains(&tail);
            let give = |edge| {
                found.push(edge);
                Ok::<(), redb::Error>(())
            };
            edges.each(tables, between, give).map_err(stored)?;
            Ok(View { nodes: nodes.map_err(stored)?, edges: found, all_nodes })
        })
    }
}

/// The nodes with most edges.
fn most_edges(edges: &Edges, most: usize) -> Stored<BTreeSet<u64>> {
    let mut degrees: HashMap<u64, u32> = HashMap::new();
    edges.ends(|head, tail| {
        for end in [head, tail] {
            *degrees.entry(end).or_default() += 1;
        }
    })?;
    let mut all: Vec<(u64, u32)> = degrees.into_iter().collect();
    all.sort_by_key(|(node, degree)| (std::cmp::Reverse(*degree), *node));
    Ok(all.into_iter().take(most).map(|(node, _)| node).collect())
}

/// The nodes of a name or key.
fn named(tables: &Tables, name: &str) -> Stored<BTreeSet<u64>> {
    let plain = normal(name);
    let mut found = BTreeSet::new();
    for entry in tables.names.range((plain.as_str(), 0)..=(plain.as_str(), u64::MAX))? {
        let key = entry?.0.value().1;
        if tables.node(key)?.own.contains_key(&plain) {
            found.insert(key);
        }
    }
    if let Some(Member(key)) = Member::of_key(name)
        && tables.nodes.get(key)?.is_some()
    {
        found.insert(key);
    }
    Ok(found)
}

/// These nodes and those that edges lead to, step by step, until there are enough.
fn around_these(edges: &Edges, begin: BTreeSet<u64>, most: usize) -> Stored<BTreeSet<u64>> {
    let mut found: BTreeSet<u64> = begin.into_iter().take(most.max(1)).collect();
    loop {
        let mut next = BTreeSet::new();
        edges.ends(|head, tail| {
            for (from, to) in [(head, tail), (tail, head)] {
                if found.contains(&from) && !found.contains(&to) {
                    next.insert(to);
                }
            }
        })?;
        let room = most.saturating_sub(found.len());
        if next.is_empty() || room == 0 {
            return Ok(found);
        }
        found.extend(next.into_iter().take(room));
    }
}
