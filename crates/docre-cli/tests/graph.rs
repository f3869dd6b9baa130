//! `docre graph`: many documents become one graph.

mod support;

use serde_json::json;
use support::Place;

/// A document's facts as `docre extract --json` writes them.
fn line(title: &str, town: &str) -> String {
    let entity = |name: &str, kind: &str| json!({"name": name, "type": kind, "mentions": [{"text": name, "sentence": 0, "span": [0, 4]}]});
    let end = |index: usize, name: &str| json!({"index": index, "name": name, "type": "LOC"});
    let fact = json!({"head": end(0, town), "relation": {"id": "P17", "name": "country"},
        "tail": end(1, "Norway"), "score": 0.5, "evidence": [0]});
    json!({"title": title, "sentences": [[0, 9]], "entities": [entity(town, "LOC"), entity("Norway", "LOC")],
        "facts": [fact]})
    .to_string()
}

fn place() -> Place {
    let place = Place::new();
    let lines = [line("a", "Oslo"), line("b", "Bergen"), line("c", "Oslo")];
    place.write_text("facts.jsonl", &lines.join("\n"));
    place
}

#[test]
fn documents_become_a_graph_that_grows() {
    let place = place();
    let arguments = ["graph", "all.graph", "facts.jsonl", "--output", "all.ttl", "--json"];
    let done = place.run(&arguments).succeeds().json();
    assert_eq!(done["graph"], json!({"documents": 3, "entities": 6, "nodes": 3}));
    assert_eq!(
        done["written"],
        json!({"nodes": 3, "edges": 2, "facts": 3, "within": 0, "unsure": 0})
    );
    let turtle = place.read("all.ttl");
    assert!(turtle.contains("entity:n0.0 wdt:P17 entity:n0.1"), "{turtle}");
    assert!(turtle.contains("\"0.75\"^^<http://www.w3.org/2001/XMLSchema#float>"), "{turtle}");
    // Again, and nothing is added, nor does the output change.
    let again = place.run(&arguments).succeeds().json();
    assert_eq!((&again["documents"], &again["known"]), (&json!(0), &json!(3)));
    assert_eq!(place.read("all.ttl"), turtle);
}

#[test]
fn a_summary_says_what_became_of_the_documents() {
    let place = place();
    let done = place.run(&["graph", "all.graph", "facts.jsonl"]).succeeds();
    assert_eq!(
        done.stdout,
        "added: 3 documents, 6 entities, 3 facts; there already: 0\n\
         the graph: 3 documents, 6 entities joined to 3 nodes\n"
    );
}

#[test]
fn a_bad_document_is_named_and_the_others_are_added() {
    let place = place();
    let lines = [line("a", "Oslo"), "{\"title\": 3}".into(), line("b", "Bergen")];
    place.write_text("facts.jsonl", &lines.join("\n"));
    let done = place.run(&["graph", "all.graph", "facts.jsonl", "--json"]);
    assert_eq!(done.json()["documents"], 2);
    done.refuses(&["facts.jsonl: line 2 isn't a document with facts"]);
}

#[test]
fn wrong_asks_are_refused_before_a_graph_is_begun() {
    let place = place();
    for (arguments, parts) in [
        (&["graph", "all.graph"][..], &["all.graph: isn't there yet"][..]),
        (&["graph", "all.graph", "none.jsonl"], &["none.jsonl", "cannot read"]),
        (
            &["graph", "all.graph", "facts.jsonl", "--output", "x.txt"],
            &["--to", "single documents"],
        ),
        (&["graph", "all.graph", "facts.jsonl", "--output", "facts.jsonl"], &["--to", "json"]),
        (&["graph", "facts.jsonl", "facts.jsonl"], &["isn't a graph that docre keeps"]),
    ] {
        place.run(arguments).refuses(parts);
    }
    assert_eq!(place.files(), ["facts.jsonl"]);
}

#[test]
fn decisions_take_a_join_apart() {
    let place = place();
    place.run(&["graph", "all.graph", "facts.jsonl"]).succeeds();
    let head = "decision,document,entity,other_document,other_entity\n";
    place.write_text("decisions.csv", &format!("{head}apart,a,Oslo,c,Oslo\n"));
    let decide = ["graph", "all.graph", "--decisions", "decisions.csv", "--json"];
    let done = place.run(&decide).succeeds().json();
    assert_eq!((&done["decided"], &done["graph"]["nodes"]), (&json!(1), &json!(4)));
    place.write_text("decisions.csv", &format!("{head}maybe,a,Oslo,c,Oslo\n"));
    place.run(&decide).refuses(&["decisions.csv", "maybe", "(apart or same)"]);
}

#[test]
fn a_page_shows_the_part_that_is_asked_for() {
    let place = place();
    let arguments = [
        "graph",
        "all.graph",
        "facts.jsonl",
        "--html",
        "all.html",
        "--around",
        "Bergen",
        "--nodes",
        "2",
    ];
    place.run(&arguments).succeeds();
    let page = place.read("all.html");
    assert!(page.contains("\"name\":\"Bergen\"") && !page.contains("\"name\":\"Oslo\""));
    assert!(page.contains("2 of 3"));
    place.run(&["graph", "all.graph", "--html", "x.html", "--around", "Rome"]).refuses(&["Rome"]);
}

#[test]
fn killed_it_goes_on_and_ends_where_it_would_have() {
    let place = Place::new();
    let lines: Vec<_> =
        (0..3000).map(|n| line(&n.to_string(), &format!("Town{}", n % 700))).collect();
    place.write_text("facts.jsonl", &lines.join("\n"));
    let arguments = |graph, output| vec!["graph", graph, "facts.jsonl", "--output", output];
    let kills = place.run_through_kills(|| arguments("killed.graph", "killed.graphjson"));
    place.run(&arguments("whole.graph", "whole.graphjson")).succeeds();
    assert_eq!(place.read("killed.graphjson"), place.read("whole.graphjson"), "{kills} kills");
}
