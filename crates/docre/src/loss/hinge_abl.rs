//! Adaptive hinge balance loss.

use burn::tensor::{Tensor, activation::relu};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, row_sum, softplus};
use crate::Result;

/// Adaptive hinge balance loss (HingeABL, Wang et al. 2023): SAT whose terms are weighed by
/// how hard they are, with `d_r = f_r - f_TH`:
///
/// ```text
/// Σ_{r ∈ P} w_r -log σ(d_r) + Σ_{r ∈ N} v_r -log σ(-d_r)
/// w_r = max(0, m - d_r) / Σ_P max(0, m - d),    v_r = max(0, m + d_r) / Σ_N max(0, m + d)
/// ```
///
/// A side whose weights are all 0 gives 0. As in the public code the gradient flows
/// through the weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptiveHingeBalance {
    /// The margin beyond which a score has no weight, above 0 (HingeABL: 5).
    pub m: f64,
}

impl Default for AdaptiveHingeBalance {
    fn default() -> Self {
        Self { m: 5.0 }
    }
}

impl Loss for AdaptiveHingeBalance {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        self.side(-margins.clone(), pairs.positive()) + self.side(margins, pairs.negative())
    }

    fn check(&self) -> Result<()> {
        check_number("m", self.m, self.m > 0.0, "a finite number above 0")
    }
}

impl AdaptiveHingeBalance {
    /// One side's terms from how far its scores lie on the wrong side, `[pairs]`.
    fn side(&self, wrong_by: Tensor<2>, mask: Tensor<2>) -> Tensor<1> {
        let weights = relu(wrong_by.clone() + self.m) * mask;
        let total = weights.clone().sum_dim(1);
        let nothing = total.clone().detach().equal_elem(0.0).float();
        row_sum(weights / (total + nothing) * softplus(wrong_by))
    }
}
