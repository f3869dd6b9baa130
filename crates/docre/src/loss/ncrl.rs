//! None class ranking loss.

use burn::tensor::{
    Tensor,
    activation::{log_sigmoid, sigmoid},
};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, row_sum, softplus};
use crate::Result;

/// None class ranking loss (NCRL, Eq. 2 and 5 to 7), with `d_r = f_r - f_TH`:
///
/// ```text
/// Σ_{r ∈ P} -log σ(d_r) + Σ_{r ∈ N} -log p_r,    p_r = min(σ(-d_r) + shift, 1)
/// ```
///
/// Margin regularisation adds, with `m_0 = f_TH` minus the mean of the relations' scores,
/// `-log σ(m_0)` for a pair without relation and `-log min(σ(-m_0) + shift, 1)` for another.
///
/// Eq. 6 prints max where the text and the public code have min. The public code also
/// floors probabilities at 1e-8, so that a label costs at most 18.4 and has no gradient
/// beyond: `reference = true`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct NoneClassRanking {
    /// Whether the mean margin is regularised (Eq. 5).
    pub regularisation: bool,
    /// γ, what a negative's probability is raised by (Eq. 6), in [0, 1); 0 is no shift.
    pub shift: f64,
    /// Probabilities have the public code's floor.
    pub reference: bool,
}

impl Default for NoneClassRanking {
    fn default() -> Self {
        Self { regularisation: true, shift: 0.05, reference: false }
    }
}

impl Loss for NoneClassRanking {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let positives = self.positive(margins.clone()) * pairs.positive();
        let ranking = row_sum(positives + self.negative(-margins) * pairs.negative());
        if self.regularisation { ranking + self.regulariser(pairs) } else { ranking }
    }

    fn check(&self) -> Result<()> {
        check_number("shift", self.shift, (0.0..1.0).contains(&self.shift), "in [0, 1)")
    }
}

impl NoneClassRanking {
    /// Eq. 5 with the shift of Eq. 6, `[pairs]`.
    fn regulariser(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let [_, classes] = pairs.logits.dims();
        let relations = pairs.logits.clone().narrow(1, 1, classes - 1);
        let margin = pairs.threshold() - relations.mean_dim(1); // m_0
        let none = pairs.none();
        let with_relation = self.negative(-margin.clone()) * (1.0 - none.clone());
        row_sum(self.positive(margin) * none + with_relation)
    }

    /// `-log σ(d)`.
    fn positive(&self, distance: Tensor<2>) -> Tensor<2> {
        if self.reference {
            return -sigmoid(distance).clamp_min(FLOOR).log();
        }
        softplus(-distance)
    }

    /// `-log min(σ(d) + shift, 1)`.
    fn negative(&self, distance: Tensor<2>) -> Tensor<2> {
        if self.reference {
            return -(sigmoid(distance) + self.shift).clamp(FLOOR, 1.0).log();
        }
        -shifted_log_sigmoid(distance, self.shift)
    }
}

/// The least probability of the public code.
const FLOOR: f64 = 1e-8;

/// `log min(σ(d) + shift, 1)`.
pub(super) fn shifted_log_sigmoid(distance: Tensor<2>, shift: f64) -> Tensor<2> {
    if shift < f64::from(f32::MIN_POSITIVE) {
        // The sum below would underflow.
        return log_sigmoid(distance);
    }
    (sigmoid(distance) + shift).clamp_max(1.0).log()
}
