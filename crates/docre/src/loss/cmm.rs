//! Concentrated margin maximisation.

use burn::tensor::{Tensor, activation::log_sigmoid};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, ncrl::shifted_log_sigmoid, row_sum};
use crate::Result;

/// Concentrated margin maximisation (COMM, Eq. 2 to 5).
///
/// With `q_r = log σ(f_r - f_TH)` for a relation that holds and
/// `q_r = log min(σ(f_TH - f_r) + m, 1)` for one that doesn't:
///
/// ```text
/// - Σ_{r ∈ P} (1 - q_r)^γ q_r  -  Σ_{r ∈ N} q_r
/// ```
///
/// The focal factor takes the log-probability, so it is at least 1 and grows
/// without bound. The paper has no public code to compare with.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ConcentratedMargin {
    /// How fast the weight of a hard positive grows, γ ≥ 0. The paper searches 1, 1.2,
    /// 1.4, 1.6 and 2 (our default: 1).
    pub gamma: f64,
    /// Negatives with a probability above `1 - m` have no gradient, in [0, 1). The paper
    /// searches 0.1, 0.2, 0.3 and 0.4 (our default: 0.1).
    pub m: f64,
}

impl Default for ConcentratedMargin {
    fn default() -> Self {
        Self { gamma: 1.0, m: 0.1 }
    }
}

impl Loss for ConcentratedMargin {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let q = log_sigmoid(margins.clone());
        let weight = (-q.clone() + 1.0).powf_scalar(self.gamma as f32);
        let negatives = shifted_log_sigmoid(-margins, self.m) * pairs.negative();
        -row_sum(weight * q * pairs.positive() + negatives)
    }

    fn check(&self) -> Result<()> {
        check_number("gamma", self.gamma, (0.0..=10.0).contains(&self.gamma), "in [0, 10]")?;
        check_number("m", self.m, (0.0..1.0).contains(&self.m), "in [0, 1)")
    }
}
