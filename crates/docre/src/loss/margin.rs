//! The plain margin.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, row_sum};

/// The margin loss that COMM begins with (Eq. 3), with `d_r = f_r - f_TH`:
/// `- Σ_{r ∈ P} d_r + Σ_{r ∈ N} d_r`.
///
/// It is linear, so that it has no lowest value, and what is right already counts as much as what
/// is wrong: COMM's comparison for [`ConcentratedMargin`](super::ConcentratedMargin).
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlainMargin {}

impl Loss for PlainMargin {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        row_sum(pairs.margins() * (pairs.negative() - pairs.positive()))
    }
}
