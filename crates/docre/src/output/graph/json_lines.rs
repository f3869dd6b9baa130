//! A JSON object a node or edge, a line each, with all that is known.

use std::io::Write;

use serde::Serialize;

use super::{GraphEdge, GraphNode, GraphWriter};
use crate::Result;
use crate::files::AtomicFile;

/// A line of the file.
#[derive(Serialize)]
#[serde(rename_all = "snake_case")]
enum Line<'a> {
    Node(&'a GraphNode),
    Edge(&'a GraphEdge),
}

struct Writer(AtomicFile);

/// Begins a file.
pub fn json_lines(file: AtomicFile) -> Box<dyn GraphWriter> {
    Box::new(Writer(file))
}

impl Writer {
    fn line(&mut self, line: &Line) -> Result<()> {
        let mut json = serde_json::to_vec(line).expect("it has a JSON form");
        json.push(b'\n');
        let written = self.0.write_all(&json).and_then(|()| self.0.flush_direct());
        written.map_err(|error| self.0.write_error(error))
    }
}

impl GraphWriter for Writer {
    fn node(&mut self, node: &GraphNode) -> Result<()> {
        self.line(&Line::Node(node))
    }

    fn edge(&mut self, edge: &GraphEdge) -> Result<()> {
        self.line(&Line::Edge(edge))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.commit()
    }
}
