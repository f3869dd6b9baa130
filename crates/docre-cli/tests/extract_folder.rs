//! Facts of many documents in a folder, which a stopped extraction goes on with.

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{Place, documents};

const EXTRACT: [&str; 6] = ["extract", "dev.json", "--model", "run/model", "--output", "facts/"];

fn facts(place: &Place) -> Vec<(String, Vec<u8>)> {
    let is_shown = |name: &String| name.starts_with("facts/") && !name.ends_with(".lock");
    let files = place.files().into_iter().filter(is_shown);
    files.map(|name| (name.clone(), place.bytes(&name))).collect()
}

#[test]
fn each_document_has_a_file() {
    let place = Place::with_model();
    let done = place.run(&EXTRACT).succeeds();
    assert!(done.stderr.contains("4 documents read, 0 skipped"), "{done:#?}");
    let names: Vec<String> = facts(&place).into_iter().map(|(name, _)| name).collect();
    let expected = [
        "facts/Note 100.jsonl",
        "facts/Note 101.jsonl",
        "facts/Note 102.jsonl",
        "facts/Note 103.jsonl",
        "facts/done.jsonl",
        "facts/extraction.json",
    ];
    assert_eq!(names, expected);
    // They are those of one file.
    let whole = place.run(&["extract", "dev.json", "--model", "run/model", "--json"]).succeeds();
    let parts: String = expected[..4].iter().map(|name| place.read(name)).collect();
    assert_eq!(parts, whole.stdout);
    let csv = ["extract", "dev.json", "--model", "run/model", "--output", "csv/", "--to", "csv"];
    place.run(&csv).succeeds();
    assert!(place.at("csv/Note 100.csv").is_file());
}

#[test]
fn what_is_done_isnt_done_again() {
    let place = Place::with_model();
    place.run(&EXTRACT).succeeds();
    let whole = facts(&place);
    // As a kill leaves it: a file without its line, a line that is cut off.
    let lines = place.read("facts/done.jsonl");
    let mut kept: Vec<&str> = lines.split_inclusive('\n').collect();
    let last = kept.pop().unwrap();
    place.write_text("facts/done.jsonl", &(kept.concat() + &last[..20]));
    fs::remove_file(place.at("facts/Note 101.jsonl")).unwrap();
    let again = place.run(&EXTRACT).succeeds();
    assert!(again.stderr.contains("2 done before, 2 documents read"), "{again:#?}");
    let files = |facts: &[(String, Vec<u8>)]| {
        facts.iter().filter(|(name, _)| name != "facts/done.jsonl").cloned().collect::<Vec<_>>()
    };
    assert_eq!(files(&facts(&place)), files(&whole));
    let again = place.run(&EXTRACT).succeeds();
    assert!(again.stderr.contains("4 done before, 0 documents read"), "{again:#?}");
    // A document that has changed is done anew, and a further one, too.
    let mut more = documents(5, 100);
    more[1]["sents"][0][0] = json!("Anne");
    place.write("dev.json", &more);
    let again = place.run(&EXTRACT).succeeds();
    assert!(again.stderr.contains("3 done before, 2 documents read"), "{again:#?}");
    assert!(place.at("facts/Note 104.jsonl").is_file());
}

#[test]
fn one_process_at_a_time_writes_to_a_folder() {
    let place = Place::with_model();
    place.run(&EXTRACT).succeeds();
    let held = fs::File::open(place.at("facts/.lock")).unwrap();
    held.lock().unwrap();
    let before = facts(&place);
    place.run(&EXTRACT).refuses(&["facts: is being written to by another docre"]);
    assert_eq!(facts(&place), before);
    drop(held);
    place.run(&EXTRACT).succeeds();
}

#[test]
fn a_killed_extraction_goes_on_to_the_same_files() {
    let place = Place::with_model();
    place.write("dev.json", &documents(60, 100));
    place.run(&EXTRACT).succeeds();
    let whole = facts(&place);
    fs::remove_dir_all(place.at("facts")).unwrap();
    place.run_through_kills(|| EXTRACT.to_vec());
    let sorted = |facts: Vec<(String, Vec<u8>)>| -> Vec<(String, Vec<u8>)> {
        facts.into_iter().filter(|(name, _)| name != "facts/done.jsonl").collect()
    };
    assert_eq!(sorted(facts(&place)), sorted(whole));
}

#[test]
fn folders_of_other_facts_and_files_are_refused() {
    let place = Place::with_model();
    place.run(&EXTRACT).succeeds();
    for more in [&["--min-score", "0.9"][..], &["--to", "csv"], &["--lenient"]] {
        let done = place.run(&[&EXTRACT[..], more].concat());
        done.refuses(&["facts", "another model, or of other settings"]);
    }
    let into = |output: &str| {
        place.run(&["extract", "dev.json", "--model", "run/model", "--output", output])
    };
    into("run/").refuses(&["run", "holds other files"]);
    into("dev.json/").refuses(&["dev.json", "is a file"]);
    place.write_text("notes/a.txt", "Anna met Otto.");
    place.write_text("notes/a.ann", "T1\tPER 0 4\tAnna\n");
    let inside = ["extract", "notes", "--model", "run/model", "--output", "notes/facts/"];
    place.run(&[&inside[..], &["--to", "text"]].concat()).refuses(&["in the folder that is read"]);
    let one = ["--index", "0"];
    place.run(&[&EXTRACT[..], &one].concat()).refuses(&["facts/", "name a file for one"]);
}

#[test]
fn bad_documents_are_skipped_and_titles_given_twice_have_files_of_their_own() {
    let place = Place::with_model();
    let mut all = documents(3, 100);
    all[1]["sents"] = json!("none");
    all[2]["title"] = json!("note 100");
    place.write("dev.json", &all);
    let done = place.run(&EXTRACT);
    assert_eq!(done.code, Some(2), "{done:#?}");
    let again = place.run(&EXTRACT);
    assert!(
        again.code == Some(2) && again.stderr.contains("2 done before, 0 documents"),
        "{again:#?}"
    );
    let second: Value = serde_json::from_str(&place.read("facts/note 100-2.jsonl")).unwrap();
    assert_eq!(second["title"], "note 100");
}
