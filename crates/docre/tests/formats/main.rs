//! The formats of documents: what each says, what it can hold, and what is lost.

mod brat;
mod conversions;
mod corpora;
mod label_studio;
mod properties;
mod spacy;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};

use docre::corpus::{
    self, Format, Omission, Omissions, convert,
    convert::{Conversion, ConvertOptions, HeldOut, SplitPart},
    stats::Statistics,
};
use docre::document::{Document, Fact};
use proptest::prelude::*;
use serde_json::{Value, json};
use support::random_documents::document;
use tempfile::TempDir;

/// A folder of its own.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.at(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.0.path()).unwrap();
        let mut names: Vec<_> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn named(format: &str) -> Format {
    format.parse().unwrap()
}

fn to(format: Format) -> ConvertOptions {
    ConvertOptions { to: Some(format), ..ConvertOptions::default() }
}

fn read(path: &Path) -> Vec<Document> {
    corpus::read_all(path).unwrap()
}

/// The tokens that spaCy finds in a text again (`get_words_and_spaces`), of which it refuses a
/// document if they are others than those that are given.
fn found_by_spacy(tokens: &[String], text: &str) -> Vec<String> {
    let (mut found, mut rest) = (Vec::new(), text);
    for word in tokens.iter().filter(|token| !token.chars().all(is_blank)) {
        let start = rest.find(word.as_str()).unwrap();
        if start > 0 {
            found.push(rest[..start].to_owned());
        }
        found.push(word.clone());
        rest = &rest[start + word.len()..];
        rest = rest.strip_prefix(' ').unwrap_or(rest);
    }
    if !rest.is_empty() {
        found.push(rest.to_owned());
    }
    found
}

/// Whether it is white space to Python.
fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Whether spaCy takes the documents of a file of ours.
fn check_by_spacy(written: &Path) {
    let documents: Vec<Value> = serde_json::from_slice(&fs::read(written).unwrap()).unwrap();
    assert!(!documents.is_empty());
    for document in documents {
        let text = document["text"].as_str().unwrap();
        let characters: Vec<char> = text.chars().collect();
        let place = |token: &Value| {
            let [start, end] = ["start", "end"].map(|key| token[key].as_u64().unwrap() as usize);
            characters[start..end].iter().collect::<String>()
        };
        let tokens: Vec<_> = document["tokens"].as_array().unwrap().iter().map(place).collect();
        assert_eq!(found_by_spacy(&tokens, text), tokens, "{text:?}");
        assert!(document["sents"].as_array().unwrap().iter().all(|sent| !place(sent).is_empty()));
    }
}

fn hacred() -> Value {
    let characters = |text: &str| text.chars().map(String::from).collect::<Vec<_>>();
    json!({"id": 12, "text": "李白生于碎叶城。他写诗。",
        "sents_char": [characters("李白生于碎叶城。"), characters("他写诗。")],
        "vertex_char": [
            [{"name": "李白", "sent_id": 0, "pos": [0, 2], "type": "PER"},
             {"name": "他", "sent_id": 1, "pos": [0, 1], "type": "PER"}],
            [{"name": "碎叶城", "sent_id": 0, "pos": [4, 7], "type": "LOC"}]],
        "labels_char": [{"r": "出生地", "h": 0, "t": 1}],
        "sents_word": [["李白"]], "vertex_word": [], "labels_word": []})
}

fn dwie(id: &str, split: &str) -> Value {
    let mention = |begin: usize, end: usize, text: &str, concept: usize| json!({"begin": begin, "end": end, "text": text, "concept": concept, "candidates": []});
    let concept = |concept: usize, tags: &[&str]| json!({"concept": concept, "text": "x", "keyword": false, "count": 1, "tags": tags, "link": null});
    json!({"id": id, "tags": ["all", split], "iptc": [], "frames": [],
        "content": "Berlin\n\nMs. Ott is German-born. She left.",
        "mentions": [mention(0, 6, "Berlin", 0), mention(12, 15, "Ott", 1),
            mention(19, 25, "German", 2), mention(32, 35, "She", 1)],
        "concepts": [
            concept(0, &["topic::none", "type::entity", "type::gpe", "type::location"]),
            concept(1, &["type::entity", "type::person"]), concept(2, &["meta::todo"]),
            {"concept": 3, "text": "Germany", "tags": ["type::entity"], "link": "Germany"}],
        "relations": [{"s": 1, "p": "based_in0", "o": 0}, {"s": 1, "p": "citizen_of", "o": 3},
            {"s": 0, "p": "in0", "o": 0}, {"s": 1, "p": "based_in0", "o": 0}]})
}

fn task() -> Value {
    let span = |id: &str, start: usize, end: usize, text: &str, label: &str| {
        json!({"id": id, "from_name": "label", "to_name": "text", "type": "labels",
            "value": {"start": start, "end": end, "text": text, "labels": [label]}})
    };
    let relation = |from: &str, to: &str, direction: &str, label: &str| {
        json!({"type": "relation", "from_id": from, "to_id": to, "direction": direction,
            "labels": [label]})
    };
    json!({"id": 7, "data": {"text": "Ann met Bo. Ann left."},
        "annotations": [{"was_cancelled": true, "result": []}, {"result": [
            span("a", 0, 3, "Ann", "PER"), span("b", 8, 10, "Bo", "PER"),
            span("c", 12, 15, "Ann", "PER"),
            relation("a", "c", "right", "coref"), relation("c", "b", "left", "knows"),
            relation("a", "b", "bi", "met"),
            {"type": "choices", "id": "d", "value": {"choices": ["good"]}},
        ]}, {"result": []}],
        "predictions": []})
}

fn lost(losses: &Omissions) -> Vec<(Omission, usize)> {
    losses.iter().collect()
}

/// One document of a file, and what of the file it doesn't have.
fn single(path: &Path) -> (Document, Omissions) {
    let place = Place::new();
    let done = convert(path, place.at("x.jsonl"), &ConvertOptions::default()).unwrap();
    (read(&place.at("x.jsonl")).remove(0), done.left_out)
}

fn names(document: &Document) -> Vec<Vec<&str>> {
    let entities = document.entities.iter();
    entities.map(|e| e.mentions.iter().map(|m| m.name.as_str()).collect()).collect()
}

fn facts(document: &Document) -> Vec<(usize, &str, usize)> {
    let facts = document.labelled_facts().iter();
    facts.map(|Fact { head, relation, tail, .. }| (*head, relation.as_str(), *tail)).collect()
}

fn dialogue() -> Value {
    json!([["Speaker 1: Hi Bo.", "Bo: Hi"], [{"x": "Speaker 1", "x_type": "PER", "y": "Bo",
        "y_type": "PER", "r": ["per:friends"], "rid": [9], "t": [""]}]])
}

/// The losses of documents against what is left of them, as the test sees them.
fn expected_losses(before: &[Document], after: &[Document]) -> Omissions {
    let mut losses = Omissions::default();
    for (before, after) in before.iter().zip(after) {
        losses.merge(&Omissions::between(before, after));
    }
    losses
}

fn sorted(mut documents: Vec<Document>) -> Vec<Document> {
    documents.sort_by(|a, b| a.title.cmp(&b.title));
    documents
}

fn distinct(documents: Vec<Document>) -> Vec<Document> {
    let title = |(number, document): (usize, Document)| Document {
        title: format!("{number} {}", document.title.to_lowercase()),
        ..document
    };
    sorted(documents.into_iter().enumerate().map(title).collect())
}
