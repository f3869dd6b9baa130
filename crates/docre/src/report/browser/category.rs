//! What the labels say to a fact, as finely as one can filter by it.

use std::collections::{HashMap, HashSet};

use serde::Serialize;

use crate::document::Fact;
use crate::report::rows::{Key, Status};

/// A category of facts. Its number in the page is its place in [`Category::ALL`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Category {
    /// Predicted and labelled.
    Correct,
    /// Predicted; other relations are labelled for the pair.
    WrongRelation,
    /// Predicted; nothing is labelled for the pair.
    WrongPair,
    /// Labelled; nothing is predicted for the pair.
    MissedPair,
    /// Labelled; other relations are predicted for the pair.
    MissedRelation,
    /// Predicted for a document that was never labelled.
    Predicted,
}

/// What the page says about a category.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct About {
    /// For addresses of views.
    id: &'static str,
    /// The class that gives colour and sign.
    class: &'static str,
    /// A word or two.
    word: &'static str,
    /// What it means.
    meaning: &'static str,
}

impl Category {
    pub const ALL: [Self; 6] = [
        Self::Correct,
        Self::WrongRelation,
        Self::WrongPair,
        Self::MissedPair,
        Self::MissedRelation,
        Self::Predicted,
    ];

    pub fn about(self) -> About {
        let (id, class, word, meaning) = match self {
            Self::Correct => ("correct", "correct", "correct", "predicted and labelled"),
            Self::WrongRelation => (
                "wrong-relation",
                "wrong",
                "wrong relation",
                "predicted, but the pair is labelled with other relations (KD-DocRE: wrong)",
            ),
            Self::WrongPair => (
                "wrong-pair",
                "wrong",
                "unrelated pair",
                "predicted, but the pair is labelled with no relation (KD-DocRE: more)",
            ),
            Self::MissedPair => (
                "missed-pair",
                "missed",
                "missed pair",
                "labelled, but nothing is predicted for the pair (KD-DocRE: missed, ARPDL: FN_NA)",
            ),
            Self::MissedRelation => (
                "missed-relation",
                "missed",
                "missed relation",
                "labelled, but other relations are predicted for the pair (ARPDL: FN_Rel)",
            ),
            Self::Predicted => {
                ("predicted", "predicted", "predicted", "predicted; the document has no labels")
            }
        };
        About { id, class, word, meaning }
    }
}

/// The pairs of a document that have labels, and those that have predictions.
pub(super) struct Pairs {
    labelled: HashSet<(usize, usize)>,
    predicted: HashSet<(usize, usize)>,
}

impl Pairs {
    pub fn new(labels: &HashMap<Key, &Fact>, predicted: &HashMap<Key, &Fact>) -> Self {
        let pairs = |facts: &HashMap<Key, &Fact>| facts.keys().map(|key| (key.0, key.2)).collect();
        Self { labelled: pairs(labels), predicted: pairs(predicted) }
    }

    pub fn category(&self, status: Status, head: usize, tail: usize) -> Category {
        match status {
            Status::Correct => Category::Correct,
            Status::Wrong if self.labelled.contains(&(head, tail)) => Category::WrongRelation,
            Status::Wrong => Category::WrongPair,
            Status::Missed if self.predicted.contains(&(head, tail)) => Category::MissedRelation,
            Status::Missed => Category::MissedPair,
            Status::Predicted => Category::Predicted,
        }
    }
}
