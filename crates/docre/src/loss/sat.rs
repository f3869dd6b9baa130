//! Separate adaptive thresholding.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, PairwiseMovingThreshold, ScoredPairs};

/// Separate adaptive thresholding (HingeABL, Wang et al. 2023):
/// `Σ_{r ∈ P} -log σ(d_r) + Σ_{r ∈ N} -log σ(-d_r)` with `d_r = f_r - f_TH`, which is the
/// function of PEMSCL's pairwise moving threshold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeparateThresholding {}

impl Loss for SeparateThresholding {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        PairwiseMovingThreshold::default().per_pair(pairs)
    }
}
