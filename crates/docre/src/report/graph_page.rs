//! A graph, or a part of one, as one HTML page that needs nothing else.

use serde::Serialize;

use super::templates::render;
use crate::Result;
use crate::output::graph::{GraphEdge, GraphNode};

/// A part of a graph to look at: nodes and edges as a picture, each with its documents and places.
///
/// ```
/// use docre::report::GraphPage;
///
/// let page = GraphPage { title: "R&D".into(), nodes: &[], edges: &[], all_nodes: 0 };
/// assert!(page.to_html().unwrap().contains("<title>R&amp;D</title>"));
/// ```
#[derive(Debug, Clone)]
pub struct GraphPage<'a> {
    /// The title.
    pub title: String,
    /// The nodes that are shown.
    pub nodes: &'a [GraphNode],
    /// The edges between them.
    pub edges: &'a [GraphEdge],
    /// How many nodes the whole graph has.
    pub all_nodes: u64,
}

/// What the template is filled with.
#[derive(Serialize)]
struct Page<'a> {
    title: &'a str,
    version: &'static str,
    nodes: usize,
    edges: usize,
    all_nodes: u64,
    data: String,
}

/// What the script reads.
#[derive(Serialize)]
struct Data<'a> {
    nodes: &'a [GraphNode],
    edges: &'a [GraphEdge],
}

impl GraphPage<'_> {
    /// The page.
    pub fn to_html(&self) -> Result<String> {
        let data = Data { nodes: self.nodes, edges: self.edges };
        let data = serde_json::to_string(&data).expect("it has a JSON form");
        let page = Page {
            title: &self.title,
            version: env!("CARGO_PKG_VERSION"),
            nodes: self.nodes.len(),
            edges: self.edges.len(),
            all_nodes: self.all_nodes,
            // No text of a user can end the element then, nor start a comment.
            data: data.replace('<', "\\u003c"),
        };
        render("network.html", &page)
    }
}
