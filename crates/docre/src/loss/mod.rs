//! Training losses over the scores of entity pairs.
//!
//! A loss is one file with one type, which is its settings and its formula, and one line
//! in the list of `kind.rs`. Losses return one value a pair; [`mean_over_pairs`] is the
//! only place where they are averaged.
//!
//! | in a recipe | what | file |
//! |---|---|---|
//! | `kind` | the loss itself | one of [`LossKind`] |
//! | `prior` | the relation prior of ARPDL, on any loss with a threshold class | [`prior::PriorTerm`] |
//! | `contrast` | PEMSCL's contrastive term over the pairs' features | [`contrast::ContrastTerm`] |
//! | `distillation` | a teacher's scores, where the data has them | [`distillation::DistillationTerm`] |
//! | `evidence` | attention that is supervised by evidence | [`EvidenceTerm`] |
//! | `negative_sampling` | only some negatives of pairs without relation count | [`sampling::NegativeSampling`] |

mod afl;
mod aml;
mod atl;
mod balanced_softmax;
mod bce;
mod cmm;
pub mod contrast;
pub mod distillation;
mod evidence;
mod hinge_abl;
mod kind;
mod lsep;
mod margin;
mod mean_sat;
mod ncrl;
mod pairs;
mod pairwise_hinge;
pub mod pmt;
pub mod prior;
pub mod sampling;
mod sat;
mod settings;
mod shorthand;
mod ssr_pu;
mod total;

use burn::tensor::{Tensor, activation::log_sigmoid};
use docre_kernels::reference;

pub use afl::{AdaptiveFocal, FocalForm};
pub use aml::AdaptiveMargin;
pub use atl::AdaptiveThresholding;
pub use balanced_softmax::BalancedSoftmax;
pub use bce::BinaryCrossEntropy;
pub use cmm::ConcentratedMargin;
pub use evidence::{EvidenceMean, EvidenceSettings, EvidenceTerm};
pub use hinge_abl::AdaptiveHingeBalance;
pub use kind::LossKind;
pub use lsep::LogSumExpPairwise;
pub use margin::PlainMargin;
pub use mean_sat::MeanSeparateThresholding;
pub use ncrl::NoneClassRanking;
pub use pairs::{PairEvidence, ScoredPairs};
pub use pairwise_hinge::PairwiseHinge;
pub use pmt::PairwiseMovingThreshold;
pub use sat::SeparateThresholding;
pub use settings::LossSettings;
pub use ssr_pu::{ClampForm, PositiveUnlabelled, UnlabelledMode};
pub use total::{Needs, TotalLoss};

use crate::{Result, corpus::RelationPriors, decision::Threshold};

/// A training loss.
pub trait Loss: Send + Sync {
    /// The loss of each pair, `[pairs]`; finite, with finite gradients, for
    /// scores of ±80 and more.
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1>;

    /// Reads how often each relation holds in the training file, for a loss that weighs by it.
    fn count(&mut self, _priors: &RelationPriors) {}

    /// Refuses settings that the loss can't have; keys are named within `loss`.
    fn check(&self) -> Result<()> {
        Ok(())
    }

    /// What separates a positive from a negative score once the loss is learned.
    fn threshold(&self) -> Threshold {
        Threshold::Class
    }
}

/// The mean of a loss over the pairs of a batch, `[1]`; 0 where there is no pair.
pub fn mean_over_pairs(loss: &dyn Loss, pairs: &ScoredPairs) -> Tensor<1> {
    match pairs.logits.dims()[0] {
        0 => Tensor::zeros([1], &pairs.logits.device()),
        count => loss.per_pair(pairs).sum() / count as f64,
    }
}

/// `log Σ e^f` over the columns where `mask` is 1, `[pairs]`. Each row needs one such column.
fn masked_logsumexp(logits: Tensor<2>, mask: Tensor<2>) -> Tensor<1> {
    reference::masked_logsumexp(logits, mask).squeeze_dim(1)
}

/// `log(1 + e^x) = -log σ(-x)`, of the same shape.
fn softplus(x: Tensor<2>) -> Tensor<2> {
    -log_sigmoid(-x)
}

/// The sum of each row, `[pairs]`.
fn row_sum(values: Tensor<2>) -> Tensor<1> {
    values.sum_dim(1).squeeze_dim(1)
}

/// Refuses a number outside its range, which `rule` states.
fn check_number(key: &str, value: f64, allowed: bool, rule: &str) -> Result<()> {
    if allowed && value.is_finite() {
        return Ok(());
    }
    Err(crate::Error::setting(format!("loss.{key}"), format!("must be {rule}, but is {value}")))
}
