//! Training losses over the scores of entity pairs.
//!
//! A loss is one file with one type that implements [`Loss`], and one line in
//! [`LossSettings`]. Losses return one value a pair; [`mean_over_pairs`] is the
//! only place where they are averaged.

mod atl;
mod cmm;
mod settings;

use burn::tensor::Tensor;

pub use atl::AdaptiveThresholding;
pub use cmm::ConcentratedMargin;
pub use settings::LossSettings;

/// The scores of a batch's ordered entity pairs, and what holds of them.
#[derive(Debug, Clone)]
pub struct ScoredPairs {
    /// The scores, `[pairs, classes]`; column 0 is the threshold (none) class.
    pub logits: Tensor<2>,
    /// 1 where a relation holds, else 0, `[pairs, classes]`; column 0 is 1 exactly
    /// where no relation holds. Losses never change it.
    pub labels: Tensor<2>,
}

impl ScoredPairs {
    /// The labels of the relations alone: column 0 is 0, `[pairs, classes]`.
    fn positive(&self) -> Tensor<2> {
        self.labels.clone() * self.columns(0.0, 1.0)
    }

    /// The relations that don't hold: column 0 is 0, `[pairs, classes]`.
    fn negative(&self) -> Tensor<2> {
        (1.0 - self.labels.clone()) * self.columns(0.0, 1.0)
    }

    /// How far each score lies above the threshold class, `d_r = f_r - f_TH`, `[pairs, classes]`.
    fn margins(&self) -> Tensor<2> {
        self.logits.clone() - self.threshold()
    }

    /// The scores of the threshold class, `[pairs, 1]`.
    fn threshold(&self) -> Tensor<2> {
        self.logits.clone().narrow(1, 0, 1)
    }

    /// `threshold` in column 0 and `relations` in the others, `[1, classes]`.
    fn columns(&self, threshold: f32, relations: f32) -> Tensor<2> {
        let mut row = vec![relations; self.logits.dims()[1]];
        row[crate::document::RelationSet::NONE] = threshold;
        Tensor::<1>::from_floats(row.as_slice(), &self.logits.device()).unsqueeze()
    }
}

/// A training loss.
pub trait Loss: Send + Sync {
    /// The loss of each pair, `[pairs]`; finite, with finite gradients, for
    /// scores of ±80 and more.
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1>;
}

/// The mean of a loss over the pairs of a batch, `[1]`; 0 where there is no pair.
pub fn mean_over_pairs(loss: &dyn Loss, pairs: &ScoredPairs) -> Tensor<1> {
    let count = pairs.logits.dims()[0].max(1);
    loss.per_pair(pairs).sum() / count as f64
}

/// `log Σ e^f` over the columns where `mask` is 1, `[pairs]`. Each row needs one such column.
fn masked_logsumexp(logits: Tensor<2>, mask: Tensor<2>) -> Tensor<1> {
    let kept = logits.mask_fill(mask.equal_elem(0.0), -1e30);
    let highest = kept.clone().detach().max_dim(1);
    ((kept - highest.clone()).exp().sum_dim(1).log() + highest).squeeze_dim(1)
}
