//! A script in Cypher that adds to a graph that is there: every statement merges, so a second run
//! changes nothing, and a line is a statement.
//!
//! ```sh
//! cypher-shell --file facts.cypher
//! ```

use std::fmt::Write as _;
use std::io::Write;

use super::neo4j::{labels, relation_type};
use super::{GraphEdge, GraphNode, GraphWriter};
use crate::Result;
use crate::files::AtomicFile;

const CONSTRAINT: &str =
    "CREATE CONSTRAINT docre_entity_key IF NOT EXISTS FOR (n:Entity) REQUIRE n.key IS UNIQUE;\n";

struct Writer(AtomicFile);

/// Begins a script.
pub fn cypher(file: AtomicFile) -> Result<Box<dyn GraphWriter>> {
    let mut writer = Writer(file);
    writer.write(CONSTRAINT)?;
    Ok(Box::new(writer))
}

impl Writer {
    fn write(&mut self, text: &str) -> Result<()> {
        let written = self.0.write_all(text.as_bytes()).and_then(|()| self.0.flush_direct());
        written.map_err(|error| self.0.write_error(error))
    }
}

impl GraphWriter for Writer {
    fn node(&mut self, node: &GraphNode) -> Result<()> {
        let name = &node.name;
        let mut line = format!(
            "MERGE (n:Entity {{key: {}}}) SET n.name = {}, n.type = {}",
            quoted(&name.key),
            quoted(&name.name),
            quoted(&name.kind)
        );
        if let Some(id) = &name.id {
            write!(line, ", n.id = {}", quoted(id)).expect("memory takes it");
        }
        write!(line, ", n.mentions = {}", quoted_json(&node.mentions)).expect("memory takes it");
        for label in labels(&name.kind).iter().skip(1) {
            write!(line, ", n:`{label}`").expect("memory takes it");
        }
        self.write(&(line + ";\n"))
    }

    fn edge(&mut self, edge: &GraphEdge) -> Result<()> {
        let relation = &edge.relation;
        let mut line = format!(
            "MATCH (h:Entity {{key: {}}}), (t:Entity {{key: {}}}) MERGE (h)-[r:`{}` {{relation: {}}}]->(t) \
             SET r.relation_name = {}",
            quoted(&edge.head.key),
            quoted(&edge.tail.key),
            relation_type(&relation.name),
            quoted(&relation.id),
            quoted(&relation.name)
        );
        if let Some(score) = edge.score {
            write!(line, ", r.score = {score:?}").expect("memory takes it");
        }
        write!(line, ", r.supports = {}", quoted_json(&edge.supports)).expect("memory takes it");
        self.write(&(line + ";\n"))
    }

    fn finish(self: Box<Self>) -> Result<()> {
        self.0.commit()
    }
}

fn quoted_json(value: &impl serde::Serialize) -> String {
    quoted(&serde_json::to_string(value).expect("it has a JSON form"))
}

/// A string of Cypher, on one line.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('\'');
    for c in text.chars() {
        match c {
            '\\' | '\'' => quoted.extend(['\\', c]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_control() => {
                write!(quoted, "\\u{:04X}", u32::from(c)).expect("memory takes it");
            }
            c => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn no_text_ends_its_string() {
        assert_eq!(quoted("O'Neil \\ 'x'\n\u{1}"), r"'O\'Neil \\ \'x\'\n\u0001'");
    }
}
