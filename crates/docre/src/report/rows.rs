//! Predicted facts next to labelled ones.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::document::{Document, Fact, RelationSet};
use crate::eval::Counts;
use crate::output::NamedFact;

/// What the labels say to a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Predicted and labelled.
    Correct,
    /// Predicted, not labelled.
    Wrong,
    /// Labelled, not predicted.
    Missed,
    /// Predicted for a document that was never labelled.
    Predicted,
}

impl Status {
    /// The word for it: "correct", "wrong", "missed", "predicted".
    pub fn word(self) -> &'static str {
        match self {
            Self::Correct => "correct",
            Self::Wrong => "wrong",
            Self::Missed => "missed",
            Self::Predicted => "predicted",
        }
    }
}

/// The facts of a document, predicted and labelled: correct ones by falling score,
/// wrong ones by falling score, then missed ones in the order of the labels.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactRows {
    /// The document's title.
    pub title: String,
    /// The counts; `None` for a document that was never labelled.
    pub counts: Option<Counts>,
    /// The facts, each once.
    pub rows: Vec<FactRow>,
}

/// One fact and what the labels say to it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FactRow {
    /// What the labels say.
    pub status: Status,
    /// The fact. In JSON its members stand beside `status`.
    #[serde(flatten)]
    pub fact: NamedFact,
}

/// Puts predicted facts next to the labelled ones. A fact given twice counts once,
/// and the first is kept, as in the evaluation.
pub fn side_by_side(document: &Document, predicted: &[Fact], relations: &RelationSet) -> FactRows {
    let predicted = each_once(predicted);
    let gold = each_once(document.labelled_facts());
    let labels: HashMap<_, _> = gold.iter().map(|&fact| (key(fact), fact)).collect();
    let labelled = document.facts.is_some();

    let found: HashSet<_> = predicted.iter().map(|&fact| key(fact)).collect();
    let missed = gold.iter().copied().filter(|&fact| !found.contains(&key(fact)));
    let judged = predicted.iter().map(|&fact| judge(fact, &labels, labelled));
    let mut pairs: Vec<(Status, Fact)> = judged.collect();
    pairs.extend(missed.map(|fact| (Status::Missed, fact.clone())));
    // The sort is stable, so missed facts, which have no score, stay in order.
    pairs.sort_by(|a, b| a.0.cmp(&b.0).then_with(|| rank(&b.1).total_cmp(&rank(&a.1))));

    let row = |(status, fact): &(Status, Fact)| FactRow {
        status: *status,
        fact: NamedFact::new(document, fact, relations),
    };
    let correct = pairs.iter().filter(|(status, _)| *status == Status::Correct).count();
    let counts = Counts { correct, predicted: predicted.len(), gold: gold.len() };
    FactRows {
        title: document.title.clone(),
        counts: labelled.then_some(counts),
        rows: pairs.iter().map(row).collect(),
    }
}

pub(super) type Key<'a> = (usize, &'a str, usize);

/// What makes two facts the same.
pub(super) fn key(fact: &Fact) -> Key<'_> {
    (fact.head, &fact.relation, fact.tail)
}

pub(super) fn each_once(facts: &[Fact]) -> Vec<&Fact> {
    let mut known = HashSet::new();
    facts.iter().filter(|fact| known.insert(key(fact))).collect()
}

/// A predicted fact without evidence of its own takes that of its label.
fn judge(fact: &Fact, labels: &HashMap<Key, &Fact>, labelled: bool) -> (Status, Fact) {
    let mut judged = fact.clone();
    match labels.get(&key(fact)) {
        Some(label) => {
            if judged.evidence.is_empty() {
                judged.evidence.clone_from(&label.evidence);
            }
            (Status::Correct, judged)
        }
        None if labelled => (Status::Wrong, judged),
        None => (Status::Predicted, judged),
    }
}

/// Facts without a usable score come last; labelled ones have none that counts.
fn rank(fact: &Fact) -> f32 {
    fact.score.filter(|score| !score.is_nan()).unwrap_or(f32::NEG_INFINITY)
}
