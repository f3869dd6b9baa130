//! Tables for Neo4j's importer: `nodes.csv` and `relationships.csv` in a folder.
//!
//! ```sh
//! neo4j-admin database import full --nodes=nodes.csv --relationships=relationships.csv
//! ```
//!
//! A node has the labels `Entity` and its type, a relationship its relation's name in capitals
//! (`COUNTRY_OF_CITIZENSHIP`); `mentions` and `supports` are JSON lists. No cell has a line break.

use std::io;

use ::csv::Writer as CsvWriter;

use super::{GraphEdge, GraphNode, GraphWriter};
use crate::files::{AtomicFile, BesideFolder};
use crate::output::one_line;
use crate::{Error, Result};

pub const FILES: [&str; 2] = ["nodes.csv", "relationships.csv"];

const NODES: [&str; 6] = ["key:ID", "name", "type", "id", "mentions", ":LABEL"];

const EDGES: [&str; 7] =
    [":START_ID", ":END_ID", ":TYPE", "relation", "relation_name", "score:double", "supports"];

struct Writer {
    folder: BesideFolder,
    nodes: Table,
    edges: Table,
}

struct Table {
    csv: CsvWriter<AtomicFile>,
}

/// Begins the files in a folder, which takes its name when they are finished.
pub fn neo4j(folder: BesideFolder) -> Result<Box<dyn GraphWriter>> {
    let [nodes, edges] = FILES.map(|name| AtomicFile::create(folder.path().join(name)));
    let (nodes, edges) = (Table::begin(nodes?, &NODES)?, Table::begin(edges?, &EDGES)?);
    Ok(Box::new(Writer { folder, nodes, edges }))
}

impl Table {
    fn begin(file: AtomicFile, names: &[&str]) -> Result<Self> {
        let mut table = Self { csv: CsvWriter::from_writer(file) };
        table.row(names)?;
        Ok(table)
    }

    fn row(&mut self, cells: &[&str]) -> Result<()> {
        let written = self.csv.write_record(cells).map_err(io::Error::from);
        written.map_err(|error| self.csv.get_ref().write_error(error))
    }

    fn finish(mut self) -> Result<()> {
        let flushed = self.csv.flush();
        flushed.map_err(|error| self.csv.get_ref().write_error(error))?;
        self.csv.into_inner().unwrap_or_else(|_| unreachable!("it is flushed")).commit()
    }
}

impl GraphWriter for Writer {
    fn node(&mut self, node: &GraphNode) -> Result<()> {
        let name = &node.name;
        let id = name.id.as_deref().unwrap_or_default();
        let labels = labels(&name.kind).join(";");
        let mentions = json(&node.mentions);
        let [shown, kind, id] = [&name.name, name.kind.as_str(), id].map(one_line);
        self.nodes.row(&[&name.key, &shown, &kind, &id, &mentions, &labels])
    }

    fn edge(&mut self, edge: &GraphEdge) -> Result<()> {
        let relation = &edge.relation;
        let [id, name] = [&relation.id, &relation.name].map(|text| one_line(text));
        let score = edge.score.map_or(String::new(), |score| score.to_string());
        let kind = relation_type(&relation.name);
        let (head, tail) = (&edge.head.key, &edge.tail.key);
        self.edges.row(&[head, tail, &kind, &id, &name, &score, &json(&edge.supports)])
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.nodes.finish()?;
        self.edges.finish()?;
        let place = self.folder.path().to_path_buf();
        self.folder.take_name().map_err(Error::io(place, "rename"))
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it has a JSON form")
}

/// The labels of a node of this type.
pub fn labels(kind: &str) -> Vec<String> {
    let plain: String = kind.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect();
    let own = Some(plain).filter(|label| !label.is_empty() && label != "Entity");
    ["Entity".to_owned()].into_iter().chain(own).collect()
}

/// A relation's name as the type of a relationship.
pub fn relation_type(name: &str) -> String {
    let plain = |c: char| if c.is_alphanumeric() { c } else { '_' };
    name.to_uppercase().chars().map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_and_relations_become_plain_words() {
        assert_eq!(labels("PER"), ["Entity", "PER"]);
        assert_eq!(labels("gene/protein;x"), ["Entity", "gene_protein_x"]);
        assert_eq!(labels(""), ["Entity"]);
        assert_eq!(relation_type("country of citizenship"), "COUNTRY_OF_CITIZENSHIP");
    }
}
