//! How far the relations that are predicted are from those of training.

use serde::Serialize;

use super::by_relation::RelationScores;

/// The shares of relations among training facts, labels and predictions (ARPDL's prior, and
/// what a model makes of it).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RelationShift {
    /// Each relation, most frequent in training first.
    pub relations: Vec<RelationShare>,
    /// The Kullback-Leibler divergence of the predictions from the training facts, in nats.
    /// One fact is added to each relation of both, so that it is finite.
    pub predicted_from_training: f64,
    /// The same of the labels: what a perfect model would have.
    pub labels_from_training: f64,
}

/// The shares of a relation, fractions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RelationShare {
    /// Its identifier.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its share of the training facts.
    pub training: f64,
    /// Its share of the labels.
    pub labels: f64,
    /// Its share of the predictions.
    pub predicted: f64,
}

impl RelationShift {
    /// From the counts of each relation; `None` without those of training.
    pub fn new(relations: &[RelationScores]) -> Option<Self> {
        let training: Vec<usize> =
            relations.iter().map(|r| r.train_count).collect::<Option<_>>()?;
        let labels: Vec<usize> = relations.iter().map(|r| r.counts.gold).collect();
        let predicted: Vec<usize> = relations.iter().map(|r| r.counts.predicted).collect();
        let share = |counts: &[usize], place: usize| {
            counts[place] as f64 / counts.iter().sum::<usize>().max(1) as f64
        };
        let shares = relations.iter().enumerate().map(|(place, relation)| RelationShare {
            id: relation.id.clone(),
            name: relation.name.clone(),
            training: share(&training, place),
            labels: share(&labels, place),
            predicted: share(&predicted, place),
        });
        Some(Self {
            relations: shares.collect(),
            predicted_from_training: divergence(&predicted, &training),
            labels_from_training: divergence(&labels, &training),
        })
    }
}

/// Σ p ln(p / q), p and q the shares of counts to each of which 1 is added.
fn divergence(of: &[usize], from: &[usize]) -> f64 {
    let smooth = |counts: &[usize]| -> Vec<f64> {
        let whole = (counts.iter().sum::<usize>() + counts.len()) as f64;
        counts.iter().map(|count| (count + 1) as f64 / whole).collect()
    };
    let terms = smooth(of).into_iter().zip(smooth(from));
    terms.map(|(p, q)| p * (p / q).ln()).sum()
}

#[cfg(test)]
mod tests {
    use super::{RelationShift, divergence};
    use crate::eval::{Counts, by_relation::RelationScores};

    #[test]
    fn the_divergence_is_that_of_smoothed_shares() {
        assert_eq!(divergence(&[3, 1], &[3, 1]), 0.0);
        // (2/3, 1/3) from (1/4, 3/4).
        let want = 2.0 / 3.0 * (8.0f64 / 3.0).ln() + 1.0 / 3.0 * (4.0f64 / 9.0).ln();
        assert!((divergence(&[1, 0], &[0, 2]) - want).abs() < 1e-12);
    }

    #[test]
    fn shares_need_training_facts() {
        let relation = |train_count| RelationScores {
            id: "P1".into(),
            name: "one".into(),
            train_count,
            counts: Counts { correct: 0, predicted: 0, gold: 4 },
        };
        assert_eq!(RelationShift::new(&[relation(None)]), None);
        let shift = RelationShift::new(&[relation(Some(2))]).unwrap();
        assert_eq!((shift.relations[0].labels, shift.relations[0].predicted), (1.0, 0.0));
    }
}
