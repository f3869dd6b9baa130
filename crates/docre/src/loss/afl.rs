//! Adaptive focal loss.

use burn::tensor::{
    Tensor,
    activation::{log_sigmoid, sigmoid},
};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, atl::threshold_above_negatives, check_number, row_sum, softplus};
use crate::Result;

/// Adaptive focal loss (KD-DocRE, Eq. 9 to 11), with `P_r = σ(f_r - f_TH)`:
///
/// ```text
/// Σ_{r ∈ P} (1 - P_r)^γ (-log P_r)  -  log( e^{f_TH} / Σ_{s ∈ N ∪ TH} e^{f_s} )
/// ```
///
/// Eq. 11 is printed without the minus signs. The public code weighs by `1 + (1 - P_r)`
/// whatever γ is: `reference = true`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptiveFocal {
    /// γ, at least 0. The paper's search took 0.5.
    pub gamma: f64,
    /// The weight of the public code in place of the paper's.
    pub reference: bool,
}

impl Default for AdaptiveFocal {
    fn default() -> Self {
        Self { gamma: 0.5, reference: false }
    }
}

impl Loss for AdaptiveFocal {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let weight = if self.reference {
            sigmoid(-margins.clone()) + 1.0
        } else {
            (log_sigmoid(-margins.clone()) * self.gamma).exp()
        };
        row_sum(weight * softplus(-margins) * pairs.positive()) + threshold_above_negatives(pairs)
    }

    fn check(&self) -> Result<()> {
        check_number("gamma", self.gamma, (0.0..=10.0).contains(&self.gamma), "in [0, 10]")
    }
}
