//! Scores for people.

use docre::eval::Scores;

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
    if evidence.predicted > 0 {
        let about = format!(
            "{} of {} sentences",
            thousands(evidence.correct),
            thousands(evidence.predicted)
        );
        row("evidence", evidence.precision(), evidence.recall(), evidence.f1(), about);
    }
    let ncre = scores.ncre.map(|ncre| {
        format!("\n\nNone class ranking error: {ncre:.4} relations a pair on the wrong side")
    });
    table.text() + &ncre.unwrap_or_default()
}

/// Says when predictions and truth don't seem to belong together.
pub fn warn(scores: &Scores) {
    let problems = [
        (scores.unknown_titles, "a title that no document of the truth has"),
        (scores.unknown_relations, "a relation that the labels don't have"),
        (scores.impossible_pairs, "a pair of entities that its document doesn't have"),
    ];
    for (count, what) in problems {
        if count > 0 {
            let all = scores.facts.predicted;
            note(format!("warning: {count} of {all} predictions with {what}; they count as wrong"));
        }
    }
}
