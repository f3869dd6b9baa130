//! Adaptive focal loss.

use burn::tensor::{Tensor, activation::log_sigmoid};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, atl::threshold_above_negatives, check_number, row_sum, softplus};
use crate::Result;

/// Adaptive focal loss (KD-DocRE, Eq. 9 to 11), with `P_r = σ(f_r - f_TH)`:
///
/// ```text
/// Σ_{r ∈ P} w_r (-log P_r)  -  log( e^{f_TH} / Σ_{s ∈ N ∪ TH} e^{f_s} ),   w_r = (1 - P_r)^γ
/// ```
///
/// Eq. 11 is printed without the minus signs. The public code weighs by `w_r = 1 + (1 - P_r)^γ`,
/// where γ is 1 unless it is set: `form = "public"` with `gamma = 1.0`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct AdaptiveFocal {
    /// γ, at least 0. The paper's search took 0.5.
    pub gamma: f64,
    /// How positives are weighed.
    pub form: FocalForm,
}

/// A form of the adaptive focal loss.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FocalForm {
    /// As Eq. 11 weighs them, `(1 - P_r)^γ`.
    #[default]
    Paper,
    /// As the public code does, `1 + (1 - P_r)^γ`.
    Public,
    /// The same as the code was published first: `Σ_{r ∈ N} P_r^γ (-log(1 - P_r))` is added.
    FirstPublic,
}

impl Default for AdaptiveFocal {
    fn default() -> Self {
        Self { gamma: 0.5, form: FocalForm::default() }
    }
}

impl Loss for AdaptiveFocal {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let hard = self.focal(-margins.clone()); // (1 - P_r)^γ
        let weight = if self.form == FocalForm::Paper { hard } else { hard + 1.0 };
        let positives = weight * softplus(-margins.clone()) * pairs.positive();
        let cost = row_sum(positives) + threshold_above_negatives(pairs);
        if self.form != FocalForm::FirstPublic {
            return cost;
        }
        cost + row_sum(self.focal(margins.clone()) * softplus(margins) * pairs.negative())
    }

    fn check(&self) -> Result<()> {
        check_number("gamma", self.gamma, (0.0..=10.0).contains(&self.gamma), "in [0, 10]")
    }
}

impl AdaptiveFocal {
    /// `σ(d)^γ`.
    fn focal(&self, distance: Tensor<2>) -> Tensor<2> {
        (log_sigmoid(distance) * self.gamma).exp()
    }
}
