//! How documents are read, in every command that reads them.

mod support;

use serde_json::{Value, json};
use support::{Place, documents};

const EXTRACT: [&str; 4] = ["extract", "dev.json", "--model", "run/model"];
const PREDICT: [&str; 7] =
    ["predict", "--data", "dev.json", "--model", "run/model", "--output", "out.json"];
const EVALUATE: [&str; 5] = ["evaluate", "--truth", "dev.json", "--model", "run/model"];
const ANALYZE: [&str; 5] = ["analyze", "--truth", "dev.json", "--model", "run/model"];

/// A model, and dev documents of which the first has a label of an entity that isn't there, and
/// the third no sentences.
fn place() -> Place {
    let place = Place::with_model();
    place.write("dev.json", &spoilt(4, 100));
    place
}

fn spoilt(count: usize, first: usize) -> Value {
    let mut all = documents(count, first);
    all[0]["labels"].as_array_mut().unwrap().push(json!({"h": 0, "t": 9, "r": "P1"}));
    all[2]["sents"] = json!("none");
    all
}

#[test]
fn what_is_wrong_is_left_out_named_and_counted_everywhere() {
    let place = place();
    place.write("good.json", &documents(4, 100));
    let predict = PREDICT.map(|word| if word == "dev.json" { "good.json" } else { word });
    place.run(&predict).succeeds();
    let predictions = ["--truth", "dev.json", "--predictions", "out.json"];
    let evaluate = [&["evaluate"], &predictions[..]].concat();
    let analyze = [&["analyze"], &predictions[..]].concat();
    let (result, train) =
        ("dev.json: left out as wrong: 2, whole documents: 1", ["--train", "dev.json"]);
    for command in [&EVALUATE[..], &ANALYZE, &evaluate, &analyze, &PREDICT] {
        place.run(command).refuses_in_lines(&["2 things are wrong", "label 4", "sents"]);
        let done = place.run(&[command, &["--lenient"]].concat()).succeeds();
        for part in [result, "left out as wrong: document 0 \"Note 100\", label 4"] {
            assert!(done.stderr.contains(part), "no {part} in {done:#?}");
        }
    }
    let evaluate = ["evaluate", "--truth", "good.json", "--model", "run/model"];
    let with_train = [&evaluate[..], &train].concat();
    place.run(&with_train).refuses_in_lines(&["2 things are wrong"]);
    let done = place.run(&[&with_train[..], &["--lenient"]].concat()).succeeds();
    assert!(done.stderr.contains(result), "{done:#?}");
    let json = place.run(&[&EVALUATE[..], &["--lenient", "--json"]].concat()).succeeds().json();
    assert_eq!(json["about"]["left_out_as_wrong"]["count"], 2);
}

#[test]
fn extraction_reads_a_document_without_what_is_wrong_in_it() {
    let place = place();
    let strict = place.run(&[&EXTRACT[..], &["--json"]].concat());
    assert_eq!((strict.code, strict.stdout.lines().count()), (Some(2), 2), "{strict:#?}");
    let lenient = place.run(&[&EXTRACT[..], &["--json", "--lenient"]].concat());
    assert_eq!((lenient.code, lenient.stdout.lines().count()), (Some(2), 3), "{lenient:#?}");
    let first: Value = serde_json::from_str(lenient.stdout.lines().next().unwrap()).unwrap();
    let warning = first["warnings"][0].as_str().unwrap();
    assert!(warning.contains("left out as wrong") && warning.contains("label 4"), "{first}");
    assert!(lenient.stderr.contains("dev.json: left out as wrong: 1"), "{lenient:#?}");
    let second: Value = serde_json::from_str(lenient.stdout.lines().nth(1).unwrap()).unwrap();
    assert!(!second.to_string().contains("left out as wrong"), "{second}");
}

#[test]
fn an_audit_leaves_out_what_is_wrong() {
    let place = Place::with_recipe();
    place.write("train.json", &spoilt(8, 0));
    let audit = ["audit", "recipe.toml", "--data", "train.json", "--folds", "2", "--run", "audit"];
    place.run(&audit).refuses_in_lines(&["2 things are wrong"]);
    let short = ["--set", "schedule.epochs=1", "--lenient", "--json"];
    let done = place.run(&[&audit[..], &short].concat()).succeeds();
    assert!(done.stderr.contains("train.json: left out as wrong: 2"), "{done:#?}");
    assert_eq!(done.json()["documents"], 7);
    // Read in another way it is another audit.
    let other = ["--set", "schedule.epochs=1", "--lenient", "--join", "P1"];
    place.run(&[&audit[..], &other].concat()).refuses(&["read in another way"]);
}

#[test]
fn relations_join_mentions_where_documents_are_read() {
    let place = Place::with_model();
    place.write_text("notes/1.txt", "Ada Lovelace wrote. Lovelace knew Babbage.");
    let annotations = [
        "T1\tPER 0 12\tAda Lovelace",
        "T2\tPER 20 28\tLovelace",
        "T3\tPER 34 41\tBabbage",
        "R1\tCoreference Arg1:T1 Arg2:T2",
    ];
    place.write_text("notes/1.ann", &(annotations.join("\n") + "\n"));
    let extract = ["extract", "notes", "--model", "run/model", "--json"];
    let entities = |more: &[&str]| {
        let done = place.run(&[&extract, more].concat()).succeeds();
        done.json()["entities"].as_array().unwrap().len()
    };
    assert_eq!((entities(&[]), entities(&["--join", "Coreference"])), (3, 2));
}

#[test]
fn texts_with_labels_are_read_in_one_way() {
    let place = Place::new();
    place.write_text("texts.tsv", "text\tlabels\nHow nice\tjoy\nHow sad\tsadness\n");
    for arguments in [
        &["stats", "texts.tsv", "--lenient"][..],
        &["convert", "texts.tsv", "texts.jsonl", "--lenient"],
    ] {
        place.run(arguments).refuses(&["--lenient", "read strictly"]);
    }
}

#[test]
fn texts_beside_annotated_ones_are_named() {
    let place = Place::with_model();
    place.write_text("notes/1.txt", "Anna met Otto.");
    place.write_text("notes/1.ann", "T1\tPER 0 4\tAnna\nT2\tPER 9 13\tOtto\n");
    place.write_text("notes/2.txt", "Anna met Otto in Oslo.");
    place.write_text("notes/3.txt", "Otto met Anna.");
    let said = "left out: 2 (2.txt, 3.txt)";
    for command in [
        &["extract", "notes", "--model", "run/model"][..],
        &["predict", "--data", "notes", "--model", "run/model", "--output", "out.json"],
    ] {
        let done = place.run(command).succeeds();
        assert!(done.stderr.contains(said), "no {said} in {done:#?}");
    }
}
