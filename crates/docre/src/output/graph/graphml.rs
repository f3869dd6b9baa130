//! GraphML, which networkx, igraph, Gephi and yEd read.
//!
//! A node has `name`, `type`, `id` and `mentions`, an edge `relation`, `relation_name`, `score` and
//! `supports`; `mentions` and `supports` are JSON lists, as GraphML has no lists. Characters that
//! XML can't hold stand as U+FFFD.

use std::borrow::Cow;
use std::io::{self, Write};

use quick_xml::Writer as XmlWriter;
use quick_xml::events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event};

use super::{GraphEdge, GraphNode, GraphWriter};
use crate::Result;
use crate::files::AtomicFile;

/// The attributes: what has them, their name and their type.
const ATTRIBUTES: [(&str, &str, &str); 8] = [
    ("node", "name", "string"),
    ("node", "type", "string"),
    ("node", "id", "string"),
    ("node", "mentions", "string"),
    ("edge", "relation", "string"),
    ("edge", "relation_name", "string"),
    ("edge", "score", "double"),
    ("edge", "supports", "string"),
];

struct Writer {
    xml: XmlWriter<AtomicFile>,
}

/// Begins a file.
pub fn graphml(file: AtomicFile) -> Result<Box<dyn GraphWriter>> {
    let mut writer = Writer { xml: XmlWriter::new(file) };
    let begun = writer.begin();
    writer.written(begun)?;
    Ok(Box::new(writer))
}

impl Writer {
    fn begin(&mut self) -> io::Result<()> {
        self.xml.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        self.line()?;
        let namespace = [("xmlns", "http://graphml.graphdrawing.org/xmlns")];
        self.start("graphml", namespace)?;
        for (of, name, kind) in ATTRIBUTES {
            let id = attribute_id(of, name);
            let key = BytesStart::new("key").with_attributes([
                ("id", id.as_str()),
                ("for", of),
                ("attr.name", name),
                ("attr.type", kind),
            ]);
            self.xml.write_event(Event::Empty(key))?;
            self.line()?;
        }
        self.start("graph", [("edgedefault", "directed")])?;
        self.line()
    }

    fn start<'a>(
        &mut self,
        name: &str,
        attributes: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> io::Result<()> {
        let start = BytesStart::new(name).with_attributes(attributes);
        self.xml.write_event(Event::Start(start))
    }

    fn end(&mut self, name: &str) -> io::Result<()> {
        self.xml.write_event(Event::End(BytesEnd::new(name)))?;
        self.line()
    }

    fn line(&mut self) -> io::Result<()> {
        self.xml.get_mut().write_all(b"\n")
    }

    fn data(&mut self, of: &str, name: &str, text: &str) -> io::Result<()> {
        self.start("data", [("key", attribute_id(of, name).as_str())])?;
        self.xml.write_event(Event::Text(BytesText::new(&xml_text(text))))?;
        self.xml.write_event(Event::End(BytesEnd::new("data")))
    }

    fn write_node(&mut self, node: &GraphNode) -> io::Result<()> {
        self.start("node", [("id", node.name.key.as_str())])?;
        self.data("node", "name", &node.name.name)?;
        self.data("node", "type", &node.name.kind)?;
        if let Some(id) = &node.name.id {
            self.data("node", "id", id)?;
        }
        self.data("node", "mentions", &json(&node.mentions))?;
        self.end("node")
    }

    fn write_edge(&mut self, edge: &GraphEdge) -> io::Result<()> {
        let ends = [("source", edge.head.key.as_str()), ("target", edge.tail.key.as_str())];
        self.start("edge", ends)?;
        self.data("edge", "relation", &edge.relation.id)?;
        self.data("edge", "relation_name", &edge.relation.name)?;
        if let Some(score) = edge.score {
            self.data("edge", "score", &score.to_string())?;
        }
        self.data("edge", "supports", &json(&edge.supports))?;
        self.end("edge")
    }

    fn written(&self, written: io::Result<()>) -> Result<()> {
        written.map_err(|error| self.xml.get_ref().write_error(error))
    }
}

fn attribute_id(of: &str, name: &str) -> String {
    format!("{of}-{name}")
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("it has a JSON form")
}

/// A text that XML 1.0 can hold. A carriage return would be read as a line feed.
fn xml_text(text: &str) -> Cow<'_, str> {
    let is_bad =
        |c: char| (c.is_control() && !"\n\t".contains(c)) || "\u{FFFE}\u{FFFF}".contains(c);
    match text.contains(is_bad) {
        true => text.replace(is_bad, "\u{FFFD}").into(),
        false => text.into(),
    }
}

impl GraphWriter for Writer {
    fn node(&mut self, node: &GraphNode) -> Result<()> {
        let written = self.write_node(node);
        self.written(written)
    }

    fn edge(&mut self, edge: &GraphEdge) -> Result<()> {
        let written = self.write_edge(edge);
        self.written(written)
    }

    fn finish(mut self: Box<Self>) -> Result<()> {
        let ended = self.end("graph").and_then(|()| self.end("graphml"));
        self.written(ended)?;
        self.xml.into_inner().commit()
    }
}
