//! Which entities of documents become one node, and how a join is undone.

mod dwie;
mod million;

use std::collections::BTreeMap;

use docre::files::AtomicFile;
use docre::graph::{Decision, Graph, GraphDocument, Verdict};
use docre::output::Form;
use docre::output::graph::{DEFAULT_BASE, GraphEdge, GraphNode};
use serde_json::{Value, json};
use tempfile::TempDir;

/// An entity: its names, the first of which is its own, its type and its identifier.
fn entity(names: &[&str], kind: &str, id: Option<&str>) -> Value {
    let mentions: Vec<_> =
        names.iter().map(|name| json!({"text": name, "sentence": 0, "span": [0, 4]})).collect();
    json!({"name": names[0], "type": kind, "id": id, "mentions": mentions})
}

/// A document with facts from its first entity to its second, with these scores.
fn document(title: &str, entities: &[Value], scores: &[f32]) -> GraphDocument {
    let end = |index: usize| json!({"index": index, "name": "", "type": ""});
    let facts: Vec<_> = scores
        .iter()
        .map(|score| {
            json!({"head": end(0), "relation": {"id": "P17", "name": "country"}, "tail": end(1),
                "score": score, "evidence": [0]})
        })
        .collect();
    let line = json!({"title": title, "sentences": [[0, 9]], "entities": entities, "facts": facts});
    GraphDocument::from_json(&line.to_string()).unwrap()
}

struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn graph(&self) -> Graph {
        Graph::open(self.0.path().join("graph")).unwrap()
    }
}

/// Nodes and edges of a graph.
fn written(graph: &Graph, place: &Place) -> (Vec<GraphNode>, Vec<GraphEdge>) {
    let path = place.0.path().join("graph.graphjson");
    let form: Form = "graph-json".parse().unwrap();
    let file = AtomicFile::create(&path).unwrap();
    graph.write(form.graph_writer(file, DEFAULT_BASE).unwrap(), 0.0).unwrap();
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    for line in std::fs::read_to_string(path).unwrap().lines() {
        let mut line: Value = serde_json::from_str(line).unwrap();
        match line.get_mut("node") {
            Some(node) => nodes.push(serde_json::from_value(node.take()).unwrap()),
            None => edges.push(serde_json::from_value(line["edge"].take()).unwrap()),
        }
    }
    (nodes, edges)
}

/// The documents of each node, by its key and name.
fn nodes(graph: &Graph, place: &Place) -> BTreeMap<(String, String), Vec<String>> {
    let documents = |node: &GraphNode| {
        let mut titles: Vec<_> = node.mentions.iter().map(|one| one.document.clone()).collect();
        titles.dedup();
        titles
    };
    let named = |node: &GraphNode| (node.name.key.clone(), node.name.name.clone());
    written(graph, place).0.iter().map(|node| (named(node), documents(node))).collect()
}

/// How many nodes there are of documents of one entity each.
#[track_caller]
fn count(entities: &[Value], expected: usize) {
    let place = Place::new();
    let graph = place.graph();
    let documents: Vec<_> = entities
        .iter()
        .enumerate()
        .map(|(number, entity)| document(&number.to_string(), std::slice::from_ref(entity), &[]))
        .collect();
    graph.add(&documents).unwrap();
    assert_eq!(graph.counts().unwrap().nodes, expected as u64, "{:?}", nodes(&graph, &place));
}

#[test]
fn names_join_where_a_document_uses_both() {
    let [us, states] = ["US", "United States"].map(|name| entity(&[name], "LOC", None));
    count(&[us.clone(), states.clone()], 2);
    count(&[us, states, entity(&["United States", "U.S."], "LOC", None)], 1);
}

#[test]
fn a_family_name_joins_the_one_whom_documents_call_so() {
    let whole = entity(&["Angela Merkel", "Merkel"], "PER", None);
    let short = entity(&["Merkel"], "PER", None);
    count(&[whole.clone(), short.clone()], 1);
    count(&[short.clone(), whole.clone()], 1);
    // Of two persons it may be either.
    count(&[whole, entity(&["Otto Merkel", "Merkel"], "PER", None), short], 3);
}

#[test]
fn types_and_identifiers_that_differ_stay_apart() {
    let jordan = |kind, id| entity(&["Jordan"], kind, id);
    count(&[jordan("LOC", None), jordan("PER", None)], 2);
    count(&[jordan("LOC", None), jordan("", None)], 1);
    count(&[jordan("PER", Some("Q1")), jordan("PER", Some("Q2"))], 2);
    count(&[jordan("PER", Some("Q1")), jordan("PER", None)], 1);
    count(&[jordan("PER", Some("Q1")), entity(&["M. J."], "PER", Some("Q1"))], 1);
    // No document joins what identifiers divide.
    let both = entity(&["Jordan", "Michael"], "PER", None);
    count(&[jordan("PER", Some("Q1")), entity(&["Michael"], "PER", Some("Q2")), both], 2);
}

#[test]
fn what_more_documents_tell_apart_than_take_for_one_stays_apart() {
    let place = Place::new();
    let graph = place.graph();
    let [union, europe] = ["EU", "Europe"].map(|name| entity(&[name], "LOC", None));
    let apart = |title: &str| document(title, &[union.clone(), europe.clone()], &[]);
    let both = |title: &str| document(title, &[entity(&["EU", "Europe"], "LOC", None)], &[]);
    graph.add(&[apart("1"), apart("2"), both("3")]).unwrap();
    assert_eq!(graph.counts().unwrap().nodes, 2);
    let place = Place::new();
    let graph = place.graph();
    let alone = |title: &str, one: &Value| document(title, std::slice::from_ref(one), &[]);
    graph.add(&[alone("1", &union), alone("2", &europe), both("3")]).unwrap();
    assert_eq!(graph.counts().unwrap().nodes, 1);
}

fn towns() -> Vec<GraphDocument> {
    let town = |title: &str, name: &str, score| {
        let entities = [entity(&[name], "LOC", None), entity(&["Norway"], "LOC", None)];
        document(title, &entities, &[score])
    };
    vec![town("a", "Oslo", 0.5), town("b", "Bergen", 0.25), town("c", "Oslo", 0.5)]
}

#[test]
fn facts_of_documents_are_one_edge_with_all_of_their_places() {
    let place = Place::new();
    let graph = place.graph();
    graph.add(&towns()).unwrap();
    let (_, edges) = written(&graph, &place);
    let [oslo, bergen] = edges.as_slice() else { panic!("{edges:?}") };
    assert_eq!((oslo.score, bergen.score), (Some(0.75), Some(0.25)));
    let documents: Vec<_> = oslo.supports.iter().map(|one| one.document.as_str()).collect();
    assert_eq!(documents, ["a", "c"]);
    assert_eq!(oslo.supports[0].head, Some([0, 4]));
    assert_eq!(oslo.supports[0].evidence[0].span, Some([0, 9]));
}

#[test]
fn keys_stay_when_more_documents_come_and_none_comes_twice() {
    let place = Place::new();
    let documents = towns();
    let first = {
        let graph = place.graph();
        graph.add(&documents[..2]).unwrap();
        nodes(&graph, &place)
    };
    let graph = place.graph();
    let added = graph.add(&documents).unwrap();
    assert_eq!((added.documents, added.known), (1, 2));
    let second = nodes(&graph, &place);
    assert!(first.keys().eq(second.keys()), "{first:?} {second:?}");
    // All at once is the same.
    let other = Place::new();
    let whole = other.graph();
    whole.add(&documents).unwrap();
    assert_eq!(written(&whole, &other), written(&graph, &place));
}

#[test]
fn a_join_is_undone_and_made_again() {
    let place = Place::new();
    let graph = place.graph();
    graph.add(&towns()).unwrap();
    let before = written(&graph, &place);
    let decision = |decision, other: &str| Decision {
        decision,
        document: "a".into(),
        entity: "Oslo".into(),
        other_document: other.into(),
        other_entity: if other == "b" { "Bergen".into() } else { "oslo".into() },
    };
    assert_eq!(graph.decide(&[decision(Verdict::Apart, "c")]).unwrap(), 1);
    assert_eq!(written(&graph, &place).1.len(), 3);
    assert_eq!(nodes(&graph, &place)[&("n0.0".into(), "Oslo".into())], ["a"]);
    // The same decisions change nothing; none takes them back.
    assert_eq!(graph.decide(&[decision(Verdict::Apart, "c")]).unwrap(), 0);
    assert_eq!(graph.decide(&[]).unwrap(), 1);
    assert_eq!(written(&graph, &place), before);
    graph.decide(&[decision(Verdict::Same, "b")]).unwrap();
    assert_eq!(graph.counts().unwrap().nodes, 2);
}

#[test]
fn decisions_that_fit_nothing_are_refused() {
    let place = Place::new();
    let graph = place.graph();
    graph.add(&towns()).unwrap();
    let decision = |decision, document: &str, entity: &str| Decision {
        decision,
        document: document.into(),
        entity: entity.into(),
        other_document: "c".into(),
        other_entity: "Oslo".into(),
    };
    let same = |document, entity| decision(Verdict::Same, document, entity);
    for (decisions, problem) in [
        (vec![same("d", "Oslo")], "no document of the graph has the title \"d\""),
        (vec![same("a", "Paris")], "no entity of \"a\" is called \"Paris\""),
        (vec![same("c", "Oslo")], "are the same entity of the same document"),
        (
            vec![same("a", "Oslo"), decision(Verdict::Apart, "a", "Oslo")],
            "are both \"same\" and \"apart\"",
        ),
    ] {
        let error = graph.decide(&decisions).unwrap_err().to_string();
        assert!(error.contains(problem), "{error}");
    }
    assert_eq!(graph.counts().unwrap().nodes, 3);
}

#[test]
fn a_file_of_something_else_is_refused_and_left_as_it_is() {
    let place = Place::new();
    let path = place.0.path().join("notes.txt");
    std::fs::write(&path, "some notes").unwrap();
    let error = Graph::open(&path).err().unwrap().to_string();
    assert!(error.contains("isn't a graph that docre keeps"), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "some notes");
}
