//! Dialogues: how they are read, and how they become documents.

use std::fs;

use docre::corpus::dialogue::{self, Dialogue, UNANSWERABLE};
use docre::corpus::{self, Format, Omission, stats::Statistics};
use docre::document::{Document, Fact};
use serde_json::{Value, json};

fn pair(x: &str, y: &str, labels: &[(&str, usize, &str)]) -> Value {
    let of =
        |label: fn(&(&str, usize, &str)) -> Value| labels.iter().map(label).collect::<Vec<_>>();
    json!({"x": x, "x_type": "PER", "y": y, "y_type": "STRING",
        "r": of(|l| l.0.into()), "rid": of(|l| l.1.into()), "t": of(|l| l.2.into())})
}

fn value() -> Value {
    json!([
        ["Speaker 1: Hi ann, meet Annabel and my friends.", "Speaker 10, Speaker 2: Ann!"],
        [
            pair("Speaker 1", "Ann", &[("per:friends", 9, "friends"), ("per:dates", 8, "")]),
            pair("annabel", "Friend", &[(UNANSWERABLE, 37, "")]),
            pair("Speaker 2", "Dr. Geller", &[("per:alternate_names", 30, "")]),
            pair("Ann", "Ann", &[("per:title", 29, "")]),
        ]
    ])
}

fn dialogue() -> Dialogue {
    Dialogue::from_json(&value().to_string()).unwrap()
}

fn mentions(document: &Document, entity: usize) -> Vec<(usize, std::ops::Range<usize>)> {
    let mentions = &document.entities[entity].mentions;
    mentions.iter().map(|mention| (mention.sentence, mention.tokens.clone())).collect()
}

#[test]
fn arguments_become_entities_with_the_places_of_their_words() {
    let made = dialogue().to_document("d");
    let document = &made.document;
    let names: Vec<_> = document.entities.iter().map(|entity| entity.name()).collect();
    assert_eq!(names, ["Speaker 1", "Ann", "annabel", "Friend", "Speaker 2", "Dr. Geller"]);
    assert_eq!(document.entities[1].kind(), "STRING");
    // Speaker 10 isn't Speaker 1.
    assert_eq!(mentions(document, 0), [(0, 0..2)]);
    // Where a name stands as it is, another case isn't looked for, nor are longer words.
    assert_eq!(mentions(document, 1), [(1, 6..7)]);
    // In any case of letters.
    assert_eq!(document.sentences[0][7..8], ["Annabel"]);
    assert_eq!(mentions(document, 2), [(0, 7..8)]);
    // As the beginning of a word.
    assert_eq!(document.sentences[0][10..11], ["friends"]);
    assert_eq!(mentions(document, 3), [(0, 10..11)]);
    // Nowhere: in a sentence of its own.
    assert_eq!(document.sentences[2], ["Dr", ".", "Geller"]);
    assert_eq!(mentions(document, 5), [(2, 0..3)]);
    assert_eq!(made.left_out.count(Omission::UnnamedArgument), 1);
}

#[test]
fn relations_become_facts_and_the_rest_is_counted() {
    let made = dialogue().to_document("d");
    let facts = made.document.labelled_facts();
    let facts: Vec<_> = facts.iter().map(|f| (f.head, f.relation.as_str(), f.tail)).collect();
    assert_eq!(facts, [(0, "per:friends", 1), (0, "per:dates", 1), (4, "per:alternate_names", 5)]);
    assert_eq!(made.pairs, [Some((0, 1)), Some((2, 3)), Some((4, 5)), None]);
    assert_eq!(made.document.labelled_pairs, Some(vec![(0, 1), (2, 3), (4, 5)]));
    let count = |loss| made.left_out.count(loss);
    assert_eq!((count(Omission::Trigger), count(Omission::FactWithItself)), (1, 1));
}

#[test]
fn facts_go_back_to_their_argument_pairs() {
    let made = dialogue().to_document("d");
    let fact = |head, relation: &str, tail| Fact {
        head,
        relation: relation.into(),
        tail,
        evidence: Vec::new(),
        score: Some(0.9),
    };
    // The last one is of entities that aren't a pair.
    let facts =
        [fact(0, "a", 1), fact(1, "b", 0), fact(0, "c", 1), fact(4, "d", 5), fact(0, "e", 5)];
    assert_eq!(made.relations_of(&facts), [vec!["a", "c"], vec![], vec!["d"], vec![]]);
}

#[test]
fn the_first_turns_keep_all_pairs() {
    let first = dialogue().first_turns(1);
    assert_eq!((first.turns.len(), first.pairs.len()), (1, 4));
    let made = first.to_document("d");
    assert_eq!(made.pairs, dialogue().to_document("d").pairs);
    assert_eq!(mentions(&made.document, 1), [(0, 4..5)]); // "ann" now
    assert_eq!(made.left_out.count(Omission::UnnamedArgument), 2);
    assert_eq!(dialogue().first_turns(9), dialogue());
}

#[test]
fn the_official_file_is_a_file_of_documents_too() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("dev.json");
    fs::write(&path, json!([value(), value()]).to_string()).unwrap();
    assert_eq!(dialogue::read(&path).unwrap(), [dialogue(), dialogue()]);
    assert_eq!(Format::guess(&path).unwrap(), Format::DIALOGRE);
    let documents = corpus::read_all(&path).unwrap();
    assert_eq!(documents[1], dialogue().to_document("dialogue 1").document);
    let statistics = Statistics::of_file(&path).unwrap();
    assert_eq!(statistics.left_out.count(Omission::UnnamedArgument), 2);
}

#[test]
fn the_relations_stand_in_the_order_of_their_ids() {
    let relations = dialogue::relations();
    assert_eq!((relations.classes(), relations.none_id()), (37, UNANSWERABLE));
    assert_eq!(relations.column("per:positive_impression"), Some(1));
    assert_eq!(relations.column("per:alternate_names"), Some(30));
    assert_eq!(relations.column("org:students"), Some(36));
}
