//! The model that comes with docre.

mod support;

use std::{collections::BTreeSet, fs};

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
fn eight_bits_find_most_of_the_facts_that_floats_find() {
    let place = with_text();
    let facts = |precision: &str| -> BTreeSet<String> {
        let arguments = ["extract", "lighthouse.txt", "--json", "--precision", precision];
        let found = place.run(&arguments).succeeds().json();
        let facts = found["facts"].as_array().unwrap().iter();
        facts
            .map(|f| format!("{} {} {}", f["head"]["name"], f["relation"]["id"], f["tail"]["name"]))
            .collect()
    };
    let [floats, eight_bits] = ["f32", "int8"].map(facts);
    let same = floats.intersection(&eight_bits).count();
    assert!(floats.len() > 20 && 3 * same > 2 * floats.len(), "{floats:#?} {eight_bits:#?}");
}

#[test]
fn its_name_stands_wherever_a_models_folder_is_asked_for() {
    let place = with_text();
    copy(&repository("corpus/world/dev"), &place.at("dev"));
    place.run(&["extract", "lighthouse.txt", "--output", "facts/"]).succeeds();
    place.run(&["analyze", "--model", "docre-small", "--truth", "dev", "--json"]).succeeds();
    let shrunk = place.run(&["shrink", "docre-small", "small"]).succeeds();
    assert!(shrunk.stderr.contains("of 29.9 MB"), "{shrunk:?}");
    let predict = ["predict", "--model", "docre-small", "--data", "dev", "--output", "o.json"];
    place.run(&predict).succeeds();
    let scope = ["--truth", "dev", "--scope-of", "docre-small", "--json"];
    place.run(&[&["evaluate", "--predictions", "o.json"], &scope[..]].concat()).succeeds();
    // A folder of the name that holds no model doesn't hide it; one that does is taken.
    fs::create_dir(place.at("docre-small")).unwrap();
    place.run(&["extract", "lighthouse.txt"]).succeeds();
    place.write_text("docre-small/config.toml", "");
    place.run(&["extract", "lighthouse.txt"]).refuses(&["docre-small"]);
}

#[test]
fn a_spoiled_cache_is_mended_and_one_that_cant_be_written_is_said() {
    let place = with_text();
    let facts = || place.run(&["extract", "lighthouse.txt"]).succeeds().stdout;
    let found = facts();
    let weights =
        place.files().into_iter().find(|file| file.ends_with("model.safetensors")).unwrap();
    let length = place.bytes(&weights).len();
    fs::write(place.at(&weights), vec![0; length]).unwrap();
    assert_eq!(facts(), found);
    fs::remove_dir_all(place.at("cache")).unwrap();
    place.write_text("cache", "no folder");
    place.run(&["extract", "lighthouse.txt"]).refuses(&["cache", "DOCRE_CACHE"]);
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

#[test]
fn nothing_is_pulled_for_the_model_in_the_box() {
    let place = Place::new();
    let told = place.run(&["pull", "docre-small"]).succeeds();
    assert!(told.stderr.contains("comes with docre"), "{}", told.stderr);
}
