//! Joins of DWIE's entities beside their Wikipedia links, which the graph doesn't see.
//!
//! ```sh
//! DOCRE_DWIE=dwie/annos_with_content cargo test --release -p docre --test graph_joins -- --ignored --nocapture dwie
//! ```

use std::collections::HashMap;

use docre::corpus;
use docre::document::{Document, RelationSet};
use docre::graph::GraphDocument;

use super::{Place, written};

/// A place in a document.
type Spot = (String, [usize; 2]);

/// The numbers of pairs in groups.
fn pairs<T: std::hash::Hash + Eq>(groups: impl IntoIterator<Item = T>) -> f64 {
    let mut counts: HashMap<T, f64> = HashMap::new();
    groups.into_iter().for_each(|group| *counts.entry(group).or_default() += 1.0);
    counts.values().map(|count| count * (count - 1.0) / 2.0).sum()
}

/// Precision, recall and F1 over pairs of linked entities, in percent.
fn scores<T: std::hash::Hash + Eq>(nodes: &[T], links: &[&str]) -> [f64; 3] {
    let both = pairs(nodes.iter().zip(links));
    let (precision, recall) = (both / pairs(nodes), both / pairs(links));
    [precision, recall, 2.0 * precision * recall / (precision + recall)].map(|share| 100.0 * share)
}

/// The node of each mention.
fn joined(documents: &[&Document]) -> HashMap<Spot, String> {
    let place = Place::new();
    let graph = place.graph();
    let relations = RelationSet::new(["none"]).unwrap();
    let bare = documents.iter().map(|document| {
        let mut document = Document { facts: None, ..(*document).clone() };
        document.entities.iter_mut().for_each(|entity| entity.id = None);
        GraphDocument::new(&document, &[], &relations)
    });
    graph.add(&bare.collect::<Vec<_>>()).unwrap();
    let mut nodes = HashMap::new();
    for node in written(&graph, &place).0 {
        for mention in node.mentions {
            nodes.insert((mention.document, mention.span.unwrap()), node.name.key.clone());
        }
    }
    nodes
}

/// F1 of joining by name alone, and of the graph.
fn measure(part: &str, documents: &[&Document]) -> (f64, f64) {
    let nodes = joined(documents);
    let (mut links, mut names, mut typed, mut keys) = (vec![], vec![], vec![], vec![]);
    for document in documents {
        for entity in document.entities.iter().filter(|entity| entity.id.is_some()) {
            let span = document.span(&entity.mentions[0]).unwrap();
            links.push(entity.id.as_deref().unwrap());
            names.push(entity.name().to_lowercase());
            typed.push((entity.name().to_lowercase(), entity.kind()));
            keys.push(nodes[&(document.title.clone(), [span.start, span.end])].clone());
        }
    }
    let (name, graph) = (scores(&names, &links), scores(&keys, &links));
    for (way, [precision, recall, f1]) in
        [("name", name), ("name and type", scores(&typed, &links)), ("graph", graph)]
    {
        println!("{part:<10} {way:<14} {precision:6.2} {recall:6.2} {f1:6.2}");
    }
    (name[2], graph[2])
}

#[test]
#[ignore = "needs DWIE, which DOCRE_DWIE names"]
fn joins_of_dwie_are_better_than_those_of_names() {
    let folder = std::env::var("DOCRE_DWIE").expect("the folder of DWIE's files");
    let documents = corpus::read_all(folder).unwrap();
    let half = |odd: usize| documents.iter().skip(odd).step_by(2).collect::<Vec<_>>();
    for (part, some) in
        [("even half", half(0)), ("odd half", half(1)), ("all", documents.iter().collect())]
    {
        let (name, graph) = measure(part, &some);
        assert!(graph > name + 3.0, "{part}: {graph} {name}");
    }
}
