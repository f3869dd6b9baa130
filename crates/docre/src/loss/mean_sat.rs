//! Separate adaptive thresholding with means.

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, row_sum, softplus};

/// MeanSAT (HingeABL, Wang et al. 2023): the mean of `-log σ(d_r)` over the relations that
/// hold plus the mean of `-log σ(-d_r)` over the others, `d_r = f_r - f_TH`; 0 for an empty
/// side. The public code hard-codes 96 relations.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MeanSeparateThresholding {}

impl Loss for MeanSeparateThresholding {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        mean_where(softplus(-margins.clone()), pairs.positive())
            + mean_where(softplus(margins), pairs.negative())
    }
}

/// The mean of a row's values where `mask` is 1, `[pairs]`; 0 where it is nowhere.
fn mean_where(values: Tensor<2>, mask: Tensor<2>) -> Tensor<1> {
    row_sum(values * mask.clone()) / row_sum(mask).clamp_min(1.0)
}
