//! GraphML, read by quick-xml, and the JSON lists in it.

use std::collections::HashMap;

use docre::output::graph::{GraphMention, Support};
use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::{Known, Written, of_support};

/// A node or edge: its attributes, and its data by key.
#[derive(Default)]
struct Element {
    attributes: HashMap<String, String>,
    data: HashMap<String, String>,
}

fn attributes(start: &BytesStart) -> HashMap<String, String> {
    let attributes = start.attributes().map(|attribute| {
        let attribute = attribute.unwrap();
        let value = quick_xml::escape::unescape(&attribute.value);
        let key = AsRef::<str>::as_ref(&attribute.key).to_owned();
        (key, value.unwrap().into_owned())
    });
    attributes.collect()
}

/// The elements of a name.
fn elements(text: &str, wanted: &str) -> Vec<Element> {
    let mut reader = Reader::from_str(text);
    let (mut found, mut open, mut key) = (Vec::new(), None, None);
    loop {
        match reader.read_event().unwrap() {
            Event::Start(start) if start.name().as_ref() == wanted => {
                open = Some(Element { attributes: attributes(&start), ..Element::default() });
            }
            Event::Start(start) if start.name().as_ref() == "data" => {
                key = attributes(&start).remove("key");
            }
            Event::Text(text) => {
                if let (Some(open), Some(key)) = (&mut open, &key) {
                    *open.data.entry(key.clone()).or_default() += &*text;
                }
            }
            Event::GeneralRef(name) => {
                if let (Some(open), Some(key)) = (&mut open, &key) {
                    let reference = format!("&{};", &*name);
                    let text = quick_xml::escape::unescape(&reference).unwrap();
                    *open.data.entry(key.clone()).or_default() += &text;
                }
            }
            Event::End(end) if end.name().as_ref() == "data" => key = None,
            Event::End(end) if end.name().as_ref() == wanted => found.extend(open.take()),
            Event::Eof => return found,
            _ => {}
        }
    }
}

#[test]
fn graphml_comes_back() {
    let written = Written::new("graphml");
    let text = written.text();
    let nodes = elements(&text, "node");
    assert_eq!(nodes.len(), written.entities);
    let names: HashMap<&String, &String> =
        nodes.iter().map(|node| (&node.attributes["id"], &node.data["node-name"])).collect();
    for node in &nodes {
        let mentions: Vec<GraphMention> =
            serde_json::from_str(&node.data["node-mentions"]).unwrap();
        assert!(!mentions.is_empty());
    }
    let facts = elements(&text, "edge").into_iter().map(|edge| -> Known {
        let [head, tail] = ["source", "target"].map(|end| names[&edge.attributes[end]]);
        let supports: Vec<Support> = serde_json::from_str(&edge.data["edge-supports"]).unwrap();
        let [support] = supports.as_slice() else { panic!("{supports:?}") };
        assert_eq!(edge.data["edge-score"].parse::<f32>().ok(), support.score);
        of_support(head, &edge.data["edge-relation"], tail, support)
    });
    written.equals(facts.collect());
}
