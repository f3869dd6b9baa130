//! F1 of each relation.

use serde::Serialize;

use super::counts::{Counts, with_rates};
use super::judged::Judged;
use super::train_facts::TrainFacts;
use super::triple::counts_by;
use super::truth::Truth;
use crate::document::{Relation, RelationSet};

/// The counts of one relation.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RelationScores {
    /// The identifier (`P27`).
    pub id: String,
    /// The name for people.
    pub name: String,
    /// The number of its training facts; `None` where the training set isn't known.
    pub train_count: Option<usize>,
    /// Its facts.
    #[serde(flatten, serialize_with = "with_rates")]
    pub counts: Counts,
}

/// Counts the facts of each relation of a set: most frequent in training first, or in the
/// set's order where the training set isn't known. Predictions for unknown titles count as
/// wrong.
pub fn by_relation(
    truth: &Truth,
    judged: &[Judged],
    train: Option<&TrainFacts>,
    relations: &RelationSet,
) -> Vec<RelationScores> {
    let by_column = counts_by(truth, judged, |triple| relations.column(triple.relation));
    let scores = |relation: &Relation| {
        let column = relations.column(&relation.id);
        RelationScores {
            id: relation.id.clone(),
            name: relation.name.clone(),
            train_count: train.map(|train| train.count(&relation.id)),
            counts: column.and_then(|column| by_column.get(&column)).copied().unwrap_or_default(),
        }
    };
    match train {
        Some(train) => train.ranking(relations).into_iter().map(scores).collect(),
        None => relations.relations().iter().map(scores).collect(),
    }
}
