//! Adaptive margin loss.

use burn::tensor::{Tensor, activation::relu};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, row_sum};

/// Adaptive margin loss (SagDRE, Wei and Li 2022), as HingeABL's comparison has it:
/// `Σ_{r ∈ P} max(0, 1 - d_r) + Σ_{r ∈ N} max(0, 1 + d_r)` with `d_r = f_r - f_TH`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveMargin {}

impl Loss for AdaptiveMargin {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let positives = relu(1.0 - margins.clone()) * pairs.positive();
        row_sum(positives + relu(margins + 1.0) * pairs.negative())
    }
}
