//! `docre convert`, and other formats in the other commands.

mod support;

use serde_json::{Value, json};
use support::{Place, documents};

fn with_documents() -> Place {
    let place = Place::new();
    place.write("in.json", &documents(3, 0));
    place
}

#[test]
fn a_round_trip_tells_what_is_lost() {
    let place = with_documents();
    let done = place.run(&["convert", "in.json", "notes", "--to", "brat"]).succeeds();
    assert_eq!(done.stdout, "3 documents from docred to brat\nlost:\n 12  evidence of facts\n");
    assert_eq!(place.read("notes/Note 1.txt").lines().next(), Some("Anna and Otto met in Oslo ."));
    place.run(&["convert", "notes", "out.jsonl"]).succeeds();
    let lines = place.read("out.jsonl");
    let mut back: Vec<Value> = lines.lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    for document in &mut back {
        let text = document.as_object_mut().unwrap().remove("source_text").unwrap();
        assert!(text["text"].as_str().unwrap().starts_with("Anna and Otto met in Oslo .\n"));
    }
    let mut expected = documents(3, 0);
    for label in expected
        .as_array_mut()
        .unwrap()
        .iter_mut()
        .flat_map(|d| d["labels"].as_array_mut().unwrap())
    {
        label["evidence"] = json!([]);
    }
    assert_eq!(Value::Array(back), expected);
}

#[test]
fn losses_are_json_too() {
    let place = with_documents();
    let arguments = ["convert", "in.json", "docs.json", "--to", "spacy", "--json"];
    let done = place.run(&arguments).succeeds().json();
    assert_eq!(done["documents"], 3);
    assert_eq!((&done["from"], &done["to"]), (&json!("docred"), &json!("spacy")));
    assert_eq!(done["lost"], json!({}));
    // What tells a format is in the file, so other commands need no option for it.
    let counts = place.run(&["stats", "docs.json", "--json"]).succeeds().json();
    assert_eq!((&counts["documents"], &counts["facts"]), (&json!(3), &json!(12)));
}

fn article(number: usize, split: &str) -> Value {
    json!({"id": format!("DW_{number}"), "tags": ["all", split], "content": "Ott is in Berlin.",
        "mentions": [{"begin": 0, "end": 3, "text": "Ott", "concept": 1},
            {"begin": 10, "end": 16, "text": "Berlin", "concept": 2}],
        "concepts": [{"concept": 1, "tags": ["type::person"]}, {"concept": 2, "tags": []},
            {"concept": 3, "tags": []}],
        "relations": [{"s": 1, "p": "based_in0", "o": 2}, {"s": 1, "p": "citizen_of", "o": 3}]})
}

#[test]
fn stats_says_what_documents_do_not_have() {
    let place = Place::new();
    for number in 0..2 {
        place.write(&format!("dwie/{number}.json"), &article(number, "train"));
    }
    let shown = place.run(&["stats", "dwie"]).succeeds().stdout;
    assert!(shown.contains("not in documents:\n 2  entities without a mention\n"), "{shown}");
    assert!(shown.contains(" 2  facts of entities without a mention\n"), "{shown}");
}

#[test]
fn parts_are_taken_by_tags() {
    let place = Place::new();
    for number in 0..6 {
        let split = if number < 4 { "train" } else { "test" };
        place.write(&format!("dwie/{number}.json"), &article(number, split));
    }
    let count = |arguments: &[&str]| {
        let all = [&["convert", "dwie", "out.jsonl", "--json"], arguments].concat();
        place.run(&all).succeeds().json()["documents"].clone()
    };
    assert_eq!(count(&[]), 6);
    assert_eq!(count(&["--part", "test"]), 2);
    assert_eq!(count(&["--part", "train"]), 4);
    assert_eq!(count(&["--part", "train", "--tune", "1"]), 3);
    assert_eq!(count(&["--part", "tune", "--tune", "1", "--seed", "7"]), 1);
    let tune = ["convert", "dwie", "tune.jsonl", "--part", "tune"];
    place.run(&tune).refuses(&["tune: must say how many documents are for tuning"]);
    place.write("other/0.json", &article(0, "train"));
    let test = ["convert", "other", "test.jsonl", "--part", "test"];
    place.run(&test).refuses(&["other: no document is tagged test"]);
}

#[test]
fn titles_choose_documents() {
    let place = Place::new();
    for number in 0..4 {
        place.write(&format!("dwie/{number}.json"), &article(number, "train"));
    }
    place.write("tune.json", &json!(["DW_1", "DW_3", "DW_9"]));
    place.write_text("tune.txt", "DW_1\r\nDW_3\n");
    let titles = |arguments: &[&str]| {
        place.run(&[&["convert", "dwie", "out.jsonl"], arguments].concat()).succeeds().stdout
            + &place.read("out.jsonl").matches("\"title\":\"DW_1\"").count().to_string()
    };
    let done = titles(&["--titles", "tune.json"]);
    assert!(done.starts_with("2 documents from dwie to docred\n2 documents with other titles left out\n1 title of no document: DW_9\n"), "{done}");
    assert!(done.ends_with('1'), "{done}");
    let done = titles(&["--part", "train", "--not-titles", "tune.txt"]);
    assert!(done.starts_with("2 documents") && done.ends_with('0'), "{done}");
    assert!(!done.contains("of no document"), "{done}");
    place.write("other.json", &json!(["x"]));
    place
        .run(&["convert", "dwie", "new.jsonl", "--titles", "other.json"])
        .refuses(&["dwie: has no document that the titles leave; no document is called \"x\""]);
    assert!(!place.files().contains(&"new.jsonl".to_owned()));
    place.write_text("broken.json", "[1]");
    place
        .run(&["convert", "dwie", "new.jsonl", "--titles", "broken.json"])
        .refuses(&["broken.json: should be a list of titles, or have a title a line"]);
}

#[test]
fn types_of_dwie_may_be_those_of_the_field() {
    let place = Place::new();
    let mut found = article(0, "train");
    found["concepts"][1]["tags"] = json!(["type::footer"]);
    place.write("dwie/0.json", &found);
    let kinds = |arguments: &[&str]| -> Vec<String> {
        let counts =
            place.run(&[&["stats", "dwie", "--json"], arguments].concat()).succeeds().json();
        counts["entity_types"]
            .as_array()
            .unwrap()
            .iter()
            .map(|t| t["id"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(kinds(&[]), ["footer", "person"]);
    assert_eq!(kinds(&["--field-types"]), ["other", "person"]);
}

#[test]
fn texts_are_converted_and_counted() {
    let place = Place::new();
    place.write_text("train.tsv", "I like it\t0\ta\nWell\t1\tb\nWell, good\t0,1\tc\n");
    place.write_text("labels.txt", "joy\nneutral\n");
    let shown = place.run(&["stats", "train.tsv", "--none", "neutral"]).succeeds().stdout;
    assert!(shown.contains("texts             2"), "{shown}");
    assert!(shown.lines().any(|l| l.split_whitespace().eq(["joy", "1", "100.00"])), "{shown}");
    let done = place.run(&["convert", "train.tsv", "train.jsonl", "--none", "neutral"]).succeeds();
    assert_eq!(
        done.stdout,
        "2 texts from texts to texts\n1 text with the none class and another left out\n"
    );
    let lines = place.read("train.jsonl");
    let first: Value = serde_json::from_str(lines.lines().next().unwrap()).unwrap();
    assert_eq!(first, json!({"id": "a", "text": "I like it", "labels": ["joy"]}));
    // What was converted means the same.
    let shown = place.run(&["stats", "train.jsonl", "--none", "neutral"]).succeeds().stdout;
    assert!(shown.contains("texts             2"), "{shown}");
    let refused = place.run(&["convert", "train.tsv", "train.conll"]);
    refused.refuses(&["train.conll: texts are written to a file that ends in .tsv, .csv"]);
    place.write_text("big.CSV", "text,labels\nHi,joy\n");
    place.run(&["convert", "big.CSV", "big.jsonl"]).succeeds();
}

#[test]
fn what_is_said_of_texts_is_refused_for_documents() {
    let place = with_documents();
    for command in [vec!["stats", "in.json"], vec!["convert", "in.json", "out.jsonl"]] {
        let arguments = [&command[..], &["--none", "neutral"]].concat();
        place.run(&arguments).refuses(&["none", "texts with labels"]);
    }
    assert!(!place.at("out.jsonl").exists());
    place.write_text("a.csv", "text,labels,by\nHi,joy,Ann\n");
    let convert = ["convert", "a.csv", "out.jsonl", "--part", "test"];
    place.run(&convert).refuses(&["a.csv", "split"]);
    let counted = place.run(&["stats", "a.csv"]).succeeds().stdout;
    assert!(counted.contains("not in texts:\n 1  other keys and columns: by 1\n"), "{counted}");
}

#[test]
fn what_texts_have_beside_their_labels_is_counted() {
    let place = Place::new();
    place.write_text("a.csv", "text,labels,by,id\nHi,joy,Ann,1\nHo,joy,,2\n");
    place.write_text("a.jsonl", "{\"text\": \"Hi\", \"labels\": [\"joy\"], \"by\": {}}\n");
    for input in ["a.csv", "a.jsonl"] {
        let done = place.run(&["convert", input, "out.json"]).succeeds();
        let said = "not in texts:\n 1  other keys and columns: by 1\n";
        assert!(done.stdout.contains(said), "{done:?}");
    }
}

#[test]
fn what_is_read_is_not_written_over() {
    let place = with_documents();
    place.write_text("train.tsv", "I like it\t0\ta\n");
    place.write_text("labels.txt", "joy\n");
    let before = place.files();
    let problem = "is read by this very command; name another file";
    for (input, output) in [
        ("in.json", "in.json"),
        ("in.json", "./in.json"),
        ("train.tsv", "train.tsv"),
        ("train.tsv", "labels.txt"),
    ] {
        place.run(&["convert", input, output]).refuses(&[output, problem]);
    }
    assert_eq!(place.files(), before);
}

#[test]
fn a_mention_that_is_elsewhere_is_named_and_nothing_is_written() {
    let place = with_documents();
    place.run(&["convert", "in.json", "notes", "--to", "brat"]).succeeds();
    place.replace("notes/Note 2.ann", "0 4\tAnna", "0 4\tAnne");
    let before = place.files();
    let done = place.run(&["convert", "notes", "out.json"]).refuses(&[
        "notes/Note 2.ann: document 2 \"Note 2\", mention T1: is \"Anne\" by its annotation",
        "but the text has \"Anna\" from character 0 to 4",
    ]);
    assert!(done.stdout.is_empty());
    place.run(&["convert", "in.json", "notes", "--to", "brat"]).refuses(&["notes: exists already"]);
    place.run(&["convert", "in.json", "out"]).refuses(&["out: its name doesn't tell the format"]);
    place
        .run(&["convert", "in.json", "x.json", "--part", "test"])
        .refuses(&["only DWIE's documents are"]);
    assert_eq!(place.files(), before);
    let done = place.run(&["convert", "in.json", "out", "--to", "conllu"]);
    assert_eq!(done.code, Some(2));
    assert!(done.stderr.contains("no format is called \"conllu\"; there are docred"), "{done:?}");
}
