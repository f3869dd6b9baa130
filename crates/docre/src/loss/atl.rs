//! Adaptive thresholding loss.

use burn::tensor::Tensor;

use super::{Loss, ScoredPairs, masked_logsumexp};

/// Adaptive thresholding loss (ATLOP, Zhou et al. 2021, Eq. 10 to 12).
///
/// With `P` the relations that hold and `N` the others:
///
/// ```text
/// - Σ_{r ∈ P} log( e^{f_r} / Σ_{s ∈ P ∪ TH} e^{f_s} )  -  log( e^{f_TH} / Σ_{s ∈ N ∪ TH} e^{f_s} )
/// ```
///
/// The public code zeroes column 0 of the labels that it is lent; this doesn't.
#[derive(Debug, Clone, Copy, Default)]
pub struct AdaptiveThresholding;

impl Loss for AdaptiveThresholding {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let positive = pairs.positive();
        let above = positive.clone() + pairs.columns(1.0, 0.0); // P ∪ TH
        let below = 1.0 - positive.clone(); // N ∪ TH
        let above_sum = masked_logsumexp(pairs.logits.clone(), above);
        let below_sum = masked_logsumexp(pairs.logits.clone(), below);
        let positives = ((above_sum.unsqueeze_dim(1) - pairs.logits.clone()) * positive).sum_dim(1);
        positives.squeeze_dim(1) + below_sum - pairs.threshold().squeeze_dim(1)
    }
}
