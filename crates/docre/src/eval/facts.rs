//! Micro precision, recall and F1 of facts: the field's main number.

use super::counts::Counts;
use super::judged::Judged;
use super::truth::Truth;

/// Counts facts. Predictions for unknown titles, unknown relations and entities
/// that don't exist are wrong predictions.
pub fn facts(truth: &Truth, judged: &[Judged]) -> Counts {
    Counts {
        correct: judged.iter().filter(|judged| judged.fact.is_some()).count(),
        predicted: judged.len(),
        gold: truth.fact_count(),
    }
}
