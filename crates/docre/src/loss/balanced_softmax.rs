//! DocuNet's loss.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, Threshold, masked_logsumexp};

/// Balanced softmax (DocuNet, Zhang et al. 2021, Eq. 9):
/// `log(1 + Σ_{y_c = 0} e^{f_c}) + log(1 + Σ_{y_c = 1} e^{-f_c})` over all classes.
///
/// Column 0 is a class like any other, and the threshold is 0: rule `zero-threshold`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BalancedSoftmax {}

impl Loss for BalancedSoftmax {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        log_one_plus(pairs.logits.clone(), pairs.missing(true))
            + log_one_plus(-pairs.logits.clone(), pairs.labels.clone())
    }

    fn threshold(&self) -> Threshold {
        Threshold::Zero
    }
}

/// `log(1 + Σ e^f)` over the columns where `mask` is 1, `[pairs]`.
fn log_one_plus(logits: Tensor<2>, mask: Tensor<2>) -> Tensor<1> {
    let device = logits.device();
    let [pairs, _] = logits.dims();
    let logits = Tensor::cat(vec![logits, Tensor::zeros([pairs, 1], &device)], 1);
    let mask = Tensor::cat(vec![mask, Tensor::ones([pairs, 1], &device)], 1);
    masked_logsumexp(logits, mask)
}
