//! Scores for people.

use docre::{eval::Scores, score::DialogueScores};
use serde_json::{Value, json};

use crate::{
    messages::note,
    table::{Columns, percent, thousands},
};

/// The scores as a table.
pub fn table(scores: &Scores) -> String {
    let mut table = Columns::new(&["", ">precision", ">recall", ">F1", ""]);
    let mut row = |name: &str, precision: f64, recall: f64, f1: f64, about: String| {
        table.row(&[name, &percent(precision), &percent(recall), &percent(f1), &about]);
    };
    let facts = &scores.facts;
    let (correct, predicted) = (thousands(facts.correct), thousands(facts.predicted));
    let about =
        format!("{correct} correct of {predicted} predicted, {} to find", thousands(facts.gold));
    row("facts", facts.precision(), facts.recall(), facts.f1(), about);
    if let Some(ign) = &scores.ign {
        let about =
            format!("without {} correct ones known from training", thousands(ign.correct_in_train));
        row("Ign", ign.precision(), ign.recall(), ign.f1(), about);
    }
    let evidence = &scores.evidence;
    if evidence.predicted > 0 && evidence.gold > 0 {
        let about = format!(
            "{} of {} sentences",
            thousands(evidence.correct),
            thousands(evidence.predicted)
        );
        row("evidence", evidence.precision(), evidence.recall(), evidence.f1(), about);
    }
    if evidence.predicted > 0 && evidence.gold == 0 {
        table.row(&["evidence", "none", "none", "none", "no label names its evidence"]);
    }
    let ncre = scores.ncre.map(|ncre| {
        format!("\n\nNone class ranking error: {ncre:.4} relations a pair on the wrong side")
    });
    let map = scores.map.map(|map| format!("\n\nMacro mAP over all labels: {}", percent(map)));
    table.text() + &ncre.unwrap_or_default() + &map.unwrap_or_default()
}

/// DialogRE's measures as a table.
pub fn dialogue_table(scores: &DialogueScores) -> String {
    let mut table = Columns::new(&["", ">precision", ">recall", ">F1", ""]);
    let DialogueScores { pairs, conversational } = scores;
    let mut row = |name: &str, precision: f64, recall: f64, f1: f64, about: &str| {
        table.row(&[name, &percent(precision), &percent(recall), &percent(f1), about]);
    };
    let about = "over the labelled argument pairs";
    row("F1", pairs.precision(), pairs.recall(), pairs.f1(), about);
    let (precision, recall) = (conversational.precision, conversational.recall);
    row("F1c", precision, recall, conversational.f1(), "turn by turn");
    format!("\nDialogRE's official measures:\n\n{}", table.text())
}

/// DialogRE's measures as JSON.
pub fn dialogues_json(scores: &DialogueScores) -> Value {
    let DialogueScores { pairs, conversational } = scores;
    json!({
        "precision": pairs.precision(),
        "recall": pairs.recall(),
        "f1": pairs.f1(),
        "counts": pairs,
        "conversational": {
            "precision": conversational.precision,
            "recall": conversational.recall,
            "f1": conversational.f1(),
        },
    })
}

/// Says when nothing is predicted, and when predictions and truth don't seem to belong together.
pub fn warn(scores: &Scores) {
    if scores.facts.predicted == 0 {
        let gold = thousands(scores.facts.gold);
        note(format!("warning: no fact is predicted, so all {gold} are missed"));
    }
    for (count, what) in scores.misfits() {
        let all = scores.facts.predicted;
        note(format!("warning: {count} of {all} predictions with {what}; they count as wrong"));
    }
}
