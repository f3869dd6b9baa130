//! Adaptive thresholding loss.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, masked_logsumexp, row_sum};

/// Adaptive thresholding loss (ATLOP, Zhou et al. 2021, Eq. 10 to 12).
///
/// With `P` the relations that hold and `N` the others:
///
/// ```text
/// - Σ_{r ∈ P} log( e^{f_r} / Σ_{s ∈ P ∪ TH} e^{f_s} )  -  log( e^{f_TH} / Σ_{s ∈ N ∪ TH} e^{f_s} )
/// ```
///
/// The public code zeroes column 0 of the labels that it is lent; this doesn't.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AdaptiveThresholding {}

impl Loss for AdaptiveThresholding {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let positive = pairs.positive();
        let above = positive.clone() + pairs.columns(1.0, 0.0); // P ∪ TH
        let above_sum = masked_logsumexp(pairs.logits.clone(), above);
        let positives = row_sum((above_sum.unsqueeze_dim(1) - pairs.logits.clone()) * positive);
        positives + threshold_above_negatives(pairs)
    }
}

/// `-log( e^{f_TH} / Σ_{s ∈ N ∪ TH} e^{f_s} )`, `[pairs]`.
pub(super) fn threshold_above_negatives(pairs: &ScoredPairs) -> Tensor<1> {
    let below = pairs.negative() + pairs.columns(1.0, 0.0); // N ∪ TH
    masked_logsumexp(pairs.logits.clone(), below) - pairs.threshold().squeeze_dim(1)
}
