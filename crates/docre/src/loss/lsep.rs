//! The log-sum-exp pairwise loss.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, Threshold, masked_logsumexp, softplus};

/// The log-sum-exp pairwise loss (Li et al. 2017), which NCRL tested (section 5.1):
///
/// ```text
/// log( 1 + Σ_{r ∈ P} Σ_{s ∈ N} e^{f_s - f_r} )
/// ```
///
/// With `none`, the none class is a label like the others: it holds where no relation does, so
/// relations are chosen that score above it. Without, a pair that has no relation costs
/// nothing, and relations are chosen by a tuned probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct LogSumExpPairwise {
    /// Whether the none class is ranked, too.
    pub none: bool,
}

impl Default for LogSumExpPairwise {
    fn default() -> Self {
        Self { none: true }
    }
}

impl Loss for LogSumExpPairwise {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let (holding, missing) = (pairs.holding(self.none), pairs.missing(self.none));
        let ranked = any(&holding) * any(&missing);
        // What isn't ranked is computed over all classes, so that it is finite, and left out.
        let left_out: Tensor<2> = 1.0 - ranked.clone();
        let all = left_out.expand(holding.dims());
        let lowest = masked_logsumexp(-pairs.logits.clone(), holding + all.clone());
        let highest = masked_logsumexp(pairs.logits.clone(), missing + all);
        let cost = softplus((lowest + highest).unsqueeze_dim(1)) * ranked;
        cost.squeeze_dim(1)
    }

    fn threshold(&self) -> Threshold {
        if self.none { Threshold::Class } else { Threshold::Probability }
    }
}

/// 1 for each row where some column of `mask` is above 0, `[pairs, 1]`.
fn any(mask: &Tensor<2>) -> Tensor<2> {
    mask.clone().sum_dim(1).greater_elem(0.0).float()
}
