//! Binary cross-entropy.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{
    Loss, ScoredPairs, Threshold, check_number, ncrl::shifted_log_sigmoid, row_sum, softplus,
};
use crate::Result;

/// Binary cross-entropy over the relations, summed:
/// `Σ_{r ∈ P} -log σ(f_r) + Σ_{r ∈ N} -log min(σ(-f_r) + shift, 1)`.
///
/// The shift of the negatives' probability is NCRL's comparison "P-shift" (Table 4). Column 0
/// isn't taught, so relations are chosen by a probability tuned on the dev file: rule
/// `global-probability` or `per-label-probability` (NCRL, Table 5).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct BinaryCrossEntropy {
    /// What a negative's probability is raised by, in [0, 1).
    pub shift: f64,
}

impl Loss for BinaryCrossEntropy {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let logits = pairs.logits.clone();
        let negatives = -shifted_log_sigmoid(-logits.clone(), self.shift) * pairs.negative();
        row_sum(softplus(-logits) * pairs.positive() + negatives)
    }

    fn check(&self) -> Result<()> {
        check_number("shift", self.shift, (0.0..1.0).contains(&self.shift), "in [0, 1)")
    }

    fn threshold(&self) -> Threshold {
        Threshold::Probability
    }
}
