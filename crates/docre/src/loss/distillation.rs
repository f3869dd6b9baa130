//! Knowledge distillation from a teacher's scores.

use burn::tensor::{Tensor, activation::log_softmax};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, row_sum};
use crate::Result;

/// The `distillation` of a recipe's `[loss]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct DistillationSettings {
    /// How the distance between the scores of student and teacher is measured.
    pub measure: DistillationMeasure,
    /// The weight of the term, above 0 (KD-DocRE, Eq. 13: 1).
    pub weight: f64,
}

/// A distance between the scores of student and teacher.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DistillationMeasure {
    /// The mean squared difference of the scores (Eq. 12).
    #[default]
    Mse,
    /// The divergence of the student's distribution over the classes from the teacher's.
    Kl,
}

impl Default for DistillationSettings {
    fn default() -> Self {
        Self { measure: DistillationMeasure::default(), weight: 1.0 }
    }
}

impl DistillationSettings {
    /// Refuses values that the term can't have.
    pub(super) fn check(&self) -> Result<()> {
        let (weight, key) = (self.weight, "distillation.weight");
        check_number(key, weight, weight > 0.0, "a finite number above 0")
    }
}

/// What a student's scores cost by their distance from a teacher's (KD-DocRE, Eq. 12, and
/// the divergence of its section 3.6).
///
/// The pairs are those of different entities; the public code's mean also runs over the
/// diagonal of the entity-pair table.
#[derive(Debug, Clone, Copy)]
pub struct DistillationTerm(pub DistillationMeasure);

impl Loss for DistillationTerm {
    /// # Panics
    ///
    /// If the pairs have no teacher's scores.
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let teacher = pairs.teacher.clone().expect("distillation needs a teacher's scores");
        let student = pairs.logits.clone();
        match self.0 {
            DistillationMeasure::Mse => (student - teacher).square().mean_dim(1).squeeze_dim(1),
            DistillationMeasure::Kl => {
                let (teacher, student) = (log_softmax(teacher, 1), log_softmax(student, 1));
                row_sum(teacher.clone().exp() * (teacher - student))
            }
        }
    }
}
