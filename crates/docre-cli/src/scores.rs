//! Scores for people.

use docre::{
    eval::{
        Against, Counts, EndToEnd, Scores, end_to_end::EndToEndErrors, resampling::Significance,
    },
    score::DialogueScores,
};
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

/// Other predictions, and how those before compare with them.
pub fn against(against: &Against) -> String {
    let Against { file, scores, significance } = against;
    let Significance { difference, p_value, interval } = significance;
    let points = |share: f64| format!("{:+.2}", 100.0 * share);
    let (low, high) = (points(interval.low), points(interval.high));
    format!(
        "\n{}:\n\n{}\n\nAgainst it: F1 {}, {:.0} % interval {low} to {high}, p = {p_value:.4} \
         (approximate randomisation over documents)",
        file.display(),
        table(scores),
        points(*difference),
        100.0 * interval.level
    )
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

/// What is found in text alone, as a table.
pub fn end_to_end_table(scores: &EndToEnd) -> String {
    let mut table = Columns::new(&["", ">precision", ">recall", ">F1", ""]);
    let mut row = |name: &str, counts: &Counts, about: &str| {
        let rates = [counts.precision(), counts.recall(), counts.f1()].map(percent);
        table.row(&[name, &rates[0], &rates[1], &rates[2], about]);
    };
    row("mentions", &scores.mention_span, "by their places");
    row("", &scores.mention_span_type, "and their entities' types");
    row("entities", &scores.cluster_exact, "with exactly the same mentions");
    row("", &scores.entity, "and of the same type");
    row("relations", &scores.relation_strict, "between two exact entities");
    row("", &scores.relation_strict_typed, "both of the right type");
    row("", &scores.relation_relaxed, "between entities that share half of their mentions");
    let coreference = scores.coreference.scores();
    let [muc, b_cubed, ceaf, lea, conll] = [
        coreference.muc,
        coreference.b_cubed,
        coreference.ceaf_phi4,
        coreference.lea,
        coreference.conll(),
    ]
    .map(percent);
    format!(
        "\nFrom the text alone:\n\n{}\n\nCoreference F1: MUC {muc}, B³ {b_cubed}, CEAF {ceaf}, \
         their mean {conll}; LEA {lea}",
        table.text()
    )
}

/// Where facts are lost on the way from text, as a table.
pub fn losses_table(errors: &EndToEndErrors) -> String {
    let EndToEndErrors { right, other_type, missed, wrong } = errors;
    let mut table = Columns::new(&["", ">labelled, not found", ">found, not labelled"]);
    for ((name, missed), (_, wrong)) in missed.named().into_iter().zip(wrong.named()) {
        table.row(&[name, &thousands(missed), &thousands(wrong)]);
    }
    format!(
        "\nWhere facts are lost, by the first stage that differs:\n\n{}\n\n{} are right, of which {} \
         have an entity of another type",
        table.text(),
        thousands(*right),
        thousands(*other_type)
    )
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
