//! Recipes that leave out what is wrong with their files.

mod support;

use serde_json::{Value, json};
use support::{Place, documents, recipe};

const TRAIN: [&str; 4] = ["train", "recipe.toml", "--run", "run"];

/// A folder whose files have a label of an entity that isn't there and a document without
/// sentences. (A label of an entity and itself is left out by every reading.)
fn place(data: &str) -> Place {
    let place = Place::with_recipe();
    let spoilt = |count: usize, first: usize| {
        let mut all = documents(count, first);
        let labels = all[0]["labels"].as_array_mut().unwrap();
        labels.push(json!({"h": 1, "t": 1, "r": "P1", "evidence": []}));
        labels.push(json!({"h": 0, "t": 9, "r": "P1", "evidence": []}));
        all[2]["sents"] = json!("none");
        all
    };
    place.write("train.json", &spoilt(12, 0));
    place.write("dev.json", &spoilt(4, 100));
    place.write_text("recipe.toml", &recipe().replace("[data]", &format!("[data]\n{data}")));
    place
}

#[test]
fn a_strict_run_names_all_that_is_wrong() {
    let done = place("").run(&TRAIN);
    done.refuses_in_lines(&["train.json: 2 things are wrong", "label 5", "sents"]);
}

#[test]
fn a_lenient_run_leaves_it_out_and_counts_it() {
    let place = place("lenient = true");
    let done = place.run(&TRAIN).succeeds();
    for part in [
        "left out as wrong: document 0 \"Note 0\", label 5",
        "train.json: left out as wrong: 2, whole documents: 1",
        "dev.json: left out as wrong: 2, whole documents: 1",
    ] {
        assert!(done.stderr.contains(part), "no {part} in {done:#?}");
    }
    let result: Value = serde_json::from_str(&place.read("run/result.json")).unwrap();
    assert_eq!(result["left_out_as_wrong"], json!({"train": 2, "dev": 2}));
}

#[test]
fn relations_that_join_mentions_are_a_setting() {
    let place = place("join = ['Coreference']");
    place.write_text("notes/1.txt", "Ada Lovelace wrote. Lovelace knew Babbage.");
    let annotations = [
        "T1\tPER 0 12\tAda Lovelace",
        "T2\tPER 20 28\tLovelace",
        "T3\tPER 34 41\tBabbage",
        "R1\tCoreference Arg1:T1 Arg2:T2",
        "R2\tKnows Arg1:T2 Arg2:T3",
    ];
    place.write_text("notes/1.ann", &(annotations.join("\n") + "\n"));
    place.replace("recipe.toml", "train.json", "notes");
    place.replace("recipe.toml", "dev.json", "notes");
    let short = ["--set", "schedule.epochs=1", "--set", "schedule.accumulate=1"];
    place.run(&[&TRAIN[..], &short].concat()).succeeds();
    let relations = place.read("run/model/relations.json");
    assert!(relations.contains("Knows") && !relations.contains("Coreference"), "{relations}");
}

#[test]
fn texts_are_read_strictly() {
    let place = Place::with_recipe();
    place.replace("recipe.toml", "kind = \"atlop\"\nwidth = 32\nblock = 8", "kind = \"text\"");
    let lenient = ["--set", "data.lenient=true"];
    place.run(&[&TRAIN[..], &lenient].concat()).refuses(&["data.lenient", "strictly"]);
}
