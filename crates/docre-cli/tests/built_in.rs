//! The model that comes with docre.

mod support;

use std::fs;

use serde_json::Value;
use support::{Place, copy, repository};

/// A folder with a text of the project in it.
fn with_text() -> Place {
    let place = Place::new();
    let text = fs::read_to_string(repository("corpus/texts/lighthouse.txt")).unwrap();
    place.write_text("lighthouse.txt", &text);
    place
}

#[test]
fn facts_of_a_text_are_found_without_naming_a_model() {
    let place = with_text();
    let found = place.run(&["extract", "lighthouse.txt", "--json"]).succeeds().json();
    let facts = found["facts"].as_array().unwrap();
    assert!(facts.len() >= 10, "{found:#}");
    let named = |fact: &Value| {
        let name = |end: &str| fact[end]["name"].as_str().unwrap().to_owned();
        (name("head"), fact["relation"]["id"].as_str().unwrap().to_owned(), name("tail"))
    };
    let facts: Vec<_> = facts.iter().map(named).collect();
    let has = |head: &str, relation: &str, tail: &str| {
        facts.contains(&(head.into(), relation.into(), tail.into()))
    };
    assert!(has("Bergen", "P17", "Norway") || has("Oslo", "P17", "Norway"), "{facts:#?}");
    // It is unpacked once.
    let unpacked: Vec<_> =
        place.files().into_iter().filter(|f| f.contains("docre-small")).collect();
    assert_eq!(unpacked.len(), 4, "{unpacked:?}");
    let again = place.run(&["extract", "lighthouse.txt", "--model", "docre-small", "--json"]);
    assert_eq!(again.succeeds().json(), found);
}

#[test]
fn eight_bits_and_floats_find_the_same_facts_but_for_ties() {
    let place = with_text();
    let facts = |precision: &str| {
        let arguments = ["extract", "lighthouse.txt", "--json", "--precision", precision];
        let found = place.run(&arguments).succeeds().json();
        found["facts"].as_array().unwrap().len()
    };
    let [floats, eight_bits] = ["f32", "int8"].map(facts);
    assert!(floats.abs_diff(eight_bits) <= floats / 4, "{floats} {eight_bits}");
}

#[test]
fn it_reads_and_starts_whatever_a_model_does() {
    let place = with_text();
    copy(&repository("corpus/work/dev"), &place.at("dev"));
    let scores = place.run(&["evaluate", "--model", "docre-small", "--truth", "dev", "--json"]);
    assert_eq!(scores.succeeds().json()["f1"], 0.0, "it knows none of these relations");
    place.write_text(
        "recipe.toml",
        "name = \"mine\"\nstart = \"docre-small\"\n[data]\ntrain = \"dev\"\nlimit = 4\n\
         [encoder]\nfrom = \"minilm\"\n[relation]\nkind = \"atlop\"\nwidth = 768\nblock = 64\n\
         [finder]\n[schedule]\nepochs = 1\n",
    );
    let done = place.run(&["train", "recipe.toml", "--run", "run"]).succeeds();
    for part in ["docre-small", "knows other relations", "knows other entity types"] {
        assert!(done.stderr.contains(part), "{done:?}");
    }
    assert!(place.read("run/recipe.toml").contains("start = \"docre-small\""));
    let found = place.run(&["extract", "--model", "run/model", "lighthouse.txt", "--json"]);
    assert!(found.succeeds().json()["entities"].is_array());
}
