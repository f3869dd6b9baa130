//! Files of documents: what is read, what is refused and in which words, what is written.

mod broken;
mod relations_and_counts;
mod streams;
#[path = "../support/mod.rs"]
mod support;
mod written;

use std::cell::Cell;
use std::collections::VecDeque;
use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use docre::corpus::{self, Documents, Prediction, predictions, relations, stats::Statistics};
use docre::document::{Document, Fact, RelationSet};
use docre::files::{AtomicFile, write_atomically};
use proptest::prelude::*;
use support::random_documents::document;
use tempfile::TempDir;

/// A good document with two sentences, three entities and two facts.
const GOOD: &str = r#"{"title": "Kite Corps", "sents": [["Kite", "Corps", "sailed"], ["To", "Ondara", "in", "1941"]], "vertexSet": [[{"name": "Kite Corps", "pos": [0, 2], "sent_id": 0, "type": "ORG"}], [{"name": "Ondara", "pos": [1, 2], "sent_id": 1, "type": "LOC"}], [{"name": "1941", "pos": [3, 4], "sent_id": 1, "type": "TIME"}]], "labels": [{"h": 0, "t": 1, "r": "P131", "evidence": [0, 1]}, {"h": 0, "t": 2, "r": "P571", "evidence": []}]}"#;

fn documents(text: &(impl AsRef<[u8]> + ?Sized)) -> Vec<Result<Document, String>> {
    match Documents::new(text.as_ref(), "data.json") {
        Ok(documents) => documents.map(|found| found.map_err(|e| e.to_string())).collect(),
        Err(error) => vec![Err(error.to_string())],
    }
}

fn good() -> Document {
    documents(GOOD).remove(0).unwrap()
}

/// The one error that a file gives.
fn refusal(text: &(impl AsRef<[u8]> + ?Sized)) -> String {
    let errors: Vec<_> = documents(text).into_iter().filter_map(Result::err).collect();
    assert_eq!(errors.len(), 1, "{errors:?}");
    errors.into_iter().next().unwrap()
}

fn titles(text: &str) -> Vec<String> {
    documents(text).into_iter().map(|document| document.unwrap().title).collect()
}

fn titled(title: &str) -> String {
    GOOD.replace("Kite Corps\", \"sents", &format!("{title}\", \"sents"))
}

fn file(folder: &TempDir, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    path
}

fn names_in(folder: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(folder.path()).unwrap();
    let mut names: Vec<_> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_document_is_read_as_it_stands() {
    let document = good();
    assert_eq!(document.title, "Kite Corps");
    assert_eq!(document.sentences[1], ["To", "Ondara", "in", "1941"]);
    assert_eq!(document.entities[0].mentions[0].tokens, 0..2);
    assert_eq!((document.entities[1].name(), document.entities[2].kind()), ("Ondara", "TIME"));
    let facts = document.facts.unwrap();
    let Fact { head, relation, tail, evidence, score } = &facts[0];
    assert_eq!((*head, relation.as_str(), *tail, *score), (0, "P131", 1, None));
    assert_eq!(*evidence, [0, 1]);
}

#[test]
fn what_may_be_missing_may_be_missing() {
    let text = r#"{"title": "T", "sents": [["Anna", "Lee", "sings"], []],
        "vertexSet": [[{"pos": [0, 2], "sent_id": 0, "index": "0_0", "global_pos": [0, 0]},
                       {"pos": [1, 2], "sent_id": 0}], [{"pos": [0, 3], "sent_id": 0}]],
        "labels": [{"h": 1, "t": 0, "r": "P1"}], "note": {"any": [1]}}"#;
    let document = documents(&format!("[{text}]")).remove(0).unwrap();
    assert_eq!(document.entities[0].name(), "Anna Lee");
    assert_eq!(document.entities[0].kind(), "");
    assert!(document.labelled_facts()[0].evidence.is_empty());
}

#[test]
fn unlabelled_is_not_the_same_as_without_facts() {
    let no_entities = r#"{"title": "T", "sents": [["a"]], "vertexSet": []"#;
    for (labels, expected) in
        [("", None), (r#", "labels": null"#, None), (r#", "labels": []"#, Some(vec![]))]
    {
        let document = documents(&format!("[{no_entities}{labels}}}]")).remove(0).unwrap();
        assert_eq!(document.facts, expected, "{labels}");
    }
}

#[test]
fn lists_and_lines_of_any_spacing_are_read() {
    let (a, b) = (titled("a"), titled("b \\\" ] } \\\\"));
    let expected = ["a".to_owned(), "b \" ] } \\".to_owned()];
    for text in [
        format!("[{a},{b}]"),
        format!(" \r\n[\n{a} \n ,\t{b}\n]\n\n"),
        format!("[{},{}]", a.replace(", ", ",\n  "), b.replace(": ", ":\r\n\t")),
        format!("{a}\n{b}\n"),
        format!("\n{a}\r\n\n  \n{b}"),
    ] {
        assert_eq!(titles(&text), expected, "{text}");
    }
    for nothing in ["[]", " [ ] \n"] {
        assert!(titles(nothing).is_empty(), "{nothing}");
    }
}

#[test]
fn a_repeated_fact_counts_once_with_the_evidence_of_all() {
    let text = GOOD.replace(
        r#"{"h": 0, "t": 2"#,
        r#"{"h": 0, "t": 1, "r": "P131", "evidence": [1]}, {"h": 0, "t": 2"#,
    );
    let mut reader = Documents::new(text.as_bytes(), "x").unwrap();
    assert_eq!(reader.next().unwrap().unwrap(), good());
    assert_eq!(reader.repeated_facts(), 1);
}

#[test]
fn repeated_titles_are_refused_with_both_places() {
    let other = Document { title: "Other".into(), ..good() };
    corpus::check_unique_titles("x.json", &[good(), other.clone()]).unwrap();
    let error = corpus::check_unique_titles("x.json", &[good(), other, good()]).unwrap_err();
    assert!(error.to_string().contains("x.json: document 2 \"Kite Corps\", title: document 0 has"));

    let folder = tempfile::tempdir().unwrap();
    let path = file(&folder, "x.json", format!("[{GOOD}, {}, {GOOD}]", titled("b")));
    let error = corpus::check_file(&path).unwrap_err().to_string();
    assert!(error.contains("document 2 \"Kite Corps\", title: document 0 has it too"), "{error}");
    let path = file(&folder, "y.json", format!("[{GOOD}, {}]", titled("b")));
    assert_eq!(corpus::check_file(path).unwrap(), 2);
}

proptest! {
    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..60)) {
        documents(&bytes);
        documents(&[b"[", bytes.as_slice()].concat());
        documents(&[b"{", bytes.as_slice()].concat());
    }

    #[test]
    fn a_cut_file_is_never_taken_for_a_whole_one(cut in 1..GOOD.len()) {
        let text = format!("[{GOOD}]");
        prop_assert!(refusal(&text[..cut]).contains("the file ends"));
        prop_assert!(refusal(&GOOD[..cut]).contains("the file ends"));
    }
}

#[test]
fn result_files_are_read_from_anything() {
    let fact = Fact { evidence: vec![1], score: Some(0.5), ..Fact::new(0, "P1", 2) };
    let made = [Prediction::new("a", fact), Prediction::new("b", Fact::new(1, "P2", 0))];
    let lines: String =
        made.iter().map(|entry| serde_json::to_string(entry).unwrap() + "\n").collect();
    let read = |text: &str| predictions::read_from(text.as_bytes(), "standard input");
    assert_eq!(read(&lines).unwrap(), made);
    assert_eq!(read(&serde_json::to_string(&made).unwrap()).unwrap(), made);
    let error = read("[{}]").unwrap_err().to_string();
    assert!(error.starts_with("standard input: prediction 0: missing field"), "{error}");
}
