//! Scores against golden values and against counts worked out by hand.

mod support;

use docre::corpus::{Prediction, predictions};
use docre::document::Document;
use docre::eval::{Counts, Scores, SeenFacts, Truth, score};
use serde_json::Value;
use support::{document, predicted};

fn assert_close(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap_or_else(|| panic!("{what} is not in the golden file"));
    assert!((found - expected).abs() < 1e-9, "{what}: {found}, expected {expected}");
}

fn assert_counts(found: Counts, expected: &Value, what: &str) {
    assert_close(found.precision(), &expected["precision"], &format!("{what} precision"));
    assert_close(found.recall(), &expected["recall"], &format!("{what} recall"));
    assert_close(found.f1(), &expected["f1"], &format!("{what} F1"));
    assert_eq!(found.correct, expected["correct"], "{what} correct");
    assert_eq!(found.predicted, expected["predicted"], "{what} predicted");
    assert_eq!(found.gold, expected["gold"], "{what} gold");
}

fn golden_scores() -> Scores {
    let truth = Truth::read(support::golden("metrics/truth.json")).unwrap();
    let seen = SeenFacts::read(support::golden("metrics/train.json")).unwrap();
    let found = predictions::read(support::golden("metrics/predictions.json")).unwrap();
    score(&truth, &found, Some(&seen))
}

#[test]
fn scores_agree_with_the_golden_values() {
    let expected = support::golden_json("metrics/expected.json");
    let scores = golden_scores();
    assert_counts(scores.facts, &expected["re"], "facts");
    assert_counts(scores.evidence, &expected["evidence"], "evidence");
    let ign = scores.ign.unwrap();
    assert_close(ign.precision(), &expected["ign"]["precision"], "Ign precision");
    assert_close(ign.recall(), &expected["ign"]["recall"], "Ign recall");
    assert_close(ign.f1(), &expected["ign"]["f1"], "Ign F1");
    assert_eq!(ign.correct_in_train, expected["ign"]["correct_in_train"]);
}

#[test]
fn a_score_serializes_flat_with_its_counts() {
    let expected = support::golden_json("metrics/expected.json");
    let json = serde_json::to_value(golden_scores()).unwrap();
    for (key, family, part) in [
        ("precision", "re", "precision"),
        ("recall", "re", "recall"),
        ("f1", "re", "f1"),
        ("ign_f1", "ign", "f1"),
        ("evidence_f1", "evidence", "f1"),
    ] {
        assert_close(json[key].as_f64().unwrap(), &expected[family][part], key);
    }
    assert_eq!(json["counts"]["facts"]["correct"], expected["re"]["correct"]);
}

#[test]
fn nothing_predicted_scores_zero_everywhere() {
    let truth = Truth::read(support::golden("metrics/truth.json")).unwrap();
    let seen = SeenFacts::read(support::golden("metrics/train.json")).unwrap();
    let json = serde_json::to_value(score(&truth, &[], Some(&seen))).unwrap();
    for key in ["precision", "recall", "f1", "ign_f1", "evidence_f1"] {
        assert_eq!(json[key], 0.0, "{key}");
    }
}

/// Four facts over two documents.
fn truth() -> Truth {
    let a = document(
        "a",
        &["Ann/Annie", "Bob", "Cid"],
        &[(0, "P1", 1, &[0, 1, 2]), (0, "P2", 1, &[3]), (1, "P1", 2, &[])],
    );
    let b = document("b", &["Dan", "Eve"], &[(1, "P1", 0, &[4])]);
    Truth::new("truth.json", vec![a, b]).unwrap()
}

#[test]
fn recall_counts_missed_facts_and_precision_counts_wrong_guesses() {
    // 2 guesses, 1 right (the other way round is another fact); 4 facts, so 3 missed.
    let found = [predicted("a", 0, "P1", 1, &[]), predicted("a", 1, "P2", 0, &[])];
    let scores = score(&truth(), &found, None);
    assert_eq!(scores.facts, Counts { correct: 1, predicted: 2, gold: 4 });
    assert_eq!((scores.facts.precision(), scores.facts.recall()), (0.5, 0.25));
    assert!((scores.facts.f1() - 1.0 / 3.0).abs() < 1e-12);
}

#[test]
fn an_entry_counts_once_and_its_first_evidence_counts() {
    let found = [
        predicted("a", 0, "P1", 1, &[2, 4, 2]),
        predicted("a", 0, "P1", 1, &[0, 1, 2]),
        predicted("b", 0, "P1", 1, &[4]),
    ];
    let scores = score(&truth(), &found, None);
    assert_eq!(scores.facts, Counts { correct: 1, predicted: 2, gold: 4 });
    // {2, 4} and, for the wrong fact, {4}: one of three is right; five in the labels.
    assert_eq!(scores.evidence, Counts { correct: 1, predicted: 3, gold: 5 });
}

#[test]
fn what_cannot_be_right_is_wrong_and_told() {
    let found = [
        predicted("nowhere", 0, "P1", 1, &[0, 1]),
        predicted("a", 0, "P99", 1, &[]),
        predicted("b", 2, "P1", 0, &[]),
        predicted("b", 0, "P1", 2, &[]),
        predicted("b", 0, "P1", 0, &[]),
        predicted("b", 1, "P1", 0, &[]),
    ];
    let scores = score(&truth(), &found, None);
    assert_eq!(scores.facts, Counts { correct: 1, predicted: 6, gold: 4 });
    assert_eq!(scores.evidence.predicted, 0);
    assert_eq!(
        (scores.unknown_titles, scores.unknown_relations, scores.impossible_pairs),
        (1, 1, 3)
    );
    // A relation that only training names is known.
    let train = SeenFacts::from_documents([document("t", &["x", "y"], &[(0, "P99", 1, &[])])]);
    assert_eq!(score(&truth(), &found, Some(&train)).unknown_relations, 0);
}

#[test]
fn ign_leaves_out_of_the_precision_what_training_tells() {
    // Of "Ann/Annie" one name is enough. The second has another relation, the third
    // another direction: both are new.
    let train = document(
        "t",
        &["Annie", "Zoe/Bob", "Dan", "Eve"],
        &[(0, "P1", 1, &[]), (0, "P3", 1, &[]), (2, "P1", 3, &[])],
    );
    let seen = SeenFacts::from_documents([train]);
    let found = [
        predicted("a", 0, "P1", 1, &[]), // seen
        predicted("a", 0, "P2", 1, &[]), // new
        predicted("b", 1, "P1", 0, &[]), // new
        predicted("a", 2, "P1", 0, &[]), // wrong
    ];
    let scores = score(&truth(), &found, Some(&seen));
    let ign = scores.ign.unwrap();
    assert_eq!(ign.correct_in_train, 1);
    assert!((ign.precision() - 2.0 / 3.00001).abs() < 1e-12);
    assert_eq!(ign.recall(), 0.75);
    assert!((scores.facts.precision() - 0.75).abs() < 1e-12);
    assert_eq!(score(&truth(), &found, None).ign, None);
}

#[test]
fn all_correct_facts_seen_gives_no_ign_precision_but_a_number() {
    let truth = truth();
    let seen = SeenFacts::from_documents(truth.documents());
    let found: Vec<_> = truth.documents().iter().flat_map(Prediction::of).collect();
    let scores = score(&truth, &found, Some(&seen));
    assert_eq!((scores.facts.f1(), scores.evidence.f1()), (1.0, 1.0));
    assert_eq!(scores.ign.unwrap().f1(), 0.0);
}

#[test]
fn a_fact_given_twice_is_one_fact() {
    let twice = document("a", &["x", "y"], &[(0, "P1", 1, &[1]), (0, "P1", 1, &[2, 3])]);
    let truth = Truth::new("truth.json", vec![twice]).unwrap();
    let scores = score(&truth, &[predicted("a", 0, "P1", 1, &[1])], None);
    assert_eq!(scores.facts, Counts { correct: 1, predicted: 1, gold: 1 });
    assert_eq!(scores.evidence, Counts { correct: 1, predicted: 1, gold: 1 });
}

#[test]
fn a_truth_without_labels_or_with_repeated_titles_is_refused() {
    let labelled = document("a", &["x", "y"], &[(0, "P1", 1, &[])]);
    let unlabelled = Document { title: "b".into(), facts: None, ..labelled.clone() };
    let error = Truth::new("dev.json", vec![labelled.clone(), unlabelled]).unwrap_err().to_string();
    assert!(error.starts_with("dev.json: document 1 \"b\" has no labels"), "{error}");
    let error = Truth::new("dev.json", vec![labelled.clone(), labelled]).unwrap_err().to_string();
    assert!(error.contains("dev.json: document 1 \"a\", title: document 0 has it too"), "{error}");
    let without = document("a", &["x", "y"], &[]);
    let error = Truth::new("dev.json", vec![without]).unwrap_err().to_string();
    assert!(error.starts_with("dev.json: holds no labelled fact"), "{error}");
}

#[test]
fn a_training_file_without_labels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("train.jsonl");
    let unlabelled = Document { facts: None, ..document("a", &["x", "y"], &[]) };
    docre::corpus::write(&path, [unlabelled]).unwrap();
    let error = SeenFacts::read(&path).unwrap_err().to_string();
    assert!(error.contains("document 0 \"a\" has no labels"), "{error}");
}
