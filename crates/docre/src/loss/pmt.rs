//! PEMSCL's pairwise moving threshold with entropy minimisation.

use burn::tensor::{Tensor, activation::sigmoid};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, row_sum, softplus};

/// Pairwise moving threshold (PEMSCL, Eq. 4) with entropy minimisation (Eq. 5 to 7).
///
/// With `d_r = f_r - f_TH` and `H_r` the entropy of `(σ(d_r), σ(-d_r))`:
///
/// ```text
/// Σ_{r ∈ P} -log σ(d_r) + Σ_{r ∈ N} -log σ(-d_r) + 1/γ1 Σ_{r ∈ P} H_r + 1/γ2 Σ_{r ∈ N} H_r
/// ```
///
/// Eq. 7 sums over pairs; the public code and this average.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairwiseMovingThreshold {
    /// γ1 and γ2.
    pub entropy: EntropyWeight,
}

/// What the entropies of a pair are divided by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntropyWeight {
    /// There is no entropy term.
    #[default]
    None,
    /// γ1 = γ2 = 1 (the paper's choice on DocRED).
    One,
    /// γ1 = |P|, γ2 = |N|, a count of 0 taken as 1 (its choice on Re-DocRED). With negative
    /// sampling |N| stays the full count.
    Counts,
    /// The public code's: the batch's mean of 1/γ stands for each pair's own.
    Reference,
}

impl Loss for PairwiseMovingThreshold {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let (positive, negative) = (pairs.positive(), pairs.negative());
        let ranking = softplus(-margins.clone()) * positive.clone()
            + softplus(margins.clone()) * negative.clone();
        let ranking = row_sum(ranking);
        if self.entropy == EntropyWeight::None {
            return ranking;
        }
        let entropy = entropy(margins);
        let of_positives = row_sum(entropy.clone() * positive.clone());
        let of_negatives = row_sum(entropy * negative);
        ranking
            + of_positives * self.weight(row_sum(positive))
            + of_negatives * self.weight(row_sum(pairs.all_negative()))
    }
}

impl PairwiseMovingThreshold {
    /// `1 / γ` from a pair's count of relations, `[pairs]`.
    fn weight(&self, count: Tensor<1>) -> Tensor<1> {
        let share = count.clamp_min(1.0).recip();
        match self.entropy {
            EntropyWeight::None | EntropyWeight::One => share.ones_like(),
            EntropyWeight::Counts => share,
            EntropyWeight::Reference => {
                let pairs = share.dims()[0];
                share.mean().expand([pairs])
            }
        }
    }
}

/// `-σ(d) log σ(d) - σ(-d) log σ(-d)`, which is finite where one of them is 0.
fn entropy(margins: Tensor<2>) -> Tensor<2> {
    sigmoid(margins.clone()) * softplus(-margins.clone())
        + sigmoid(-margins.clone()) * softplus(margins)
}
