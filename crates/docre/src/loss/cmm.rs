//! Concentrated margin maximisation.

use burn::tensor::{
    Tensor,
    activation::{log_sigmoid, sigmoid},
};

use super::{Loss, ScoredPairs};

/// Concentrated margin maximisation (COMM, Eq. 2 to 5).
///
/// With `q_r = log σ(f_r - f_TH)` for a relation that holds and
/// `q_r = log min(σ(f_TH - f_r) + m, 1)` for one that doesn't:
///
/// ```text
/// - Σ_{r ∈ P} (1 - q_r)^γ q_r  -  Σ_{r ∈ N} q_r
/// ```
///
/// The focal factor takes the log-probability, so it is at least 1 and grows
/// without bound. The paper has no public code to compare with.
#[derive(Debug, Clone, Copy)]
pub struct ConcentratedMargin {
    /// How fast the weight of a hard positive grows, γ ≥ 0.
    pub gamma: f64,
    /// Negatives with a probability above `1 - margin` have no gradient, m in [0, 1).
    pub margin: f64,
}

impl Loss for ConcentratedMargin {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let margins = pairs.margins();
        let q = log_sigmoid(margins.clone());
        let weight = (-q.clone() + 1.0).powf_scalar(self.gamma as f32);
        let loss = weight * q * pairs.positive() + self.shifted(-margins) * pairs.negative();
        -loss.sum_dim(1).squeeze_dim(1)
    }
}

impl ConcentratedMargin {
    /// `log min(σ(d) + m, 1)`.
    fn shifted(&self, distance: Tensor<2>) -> Tensor<2> {
        if self.margin < f64::from(f32::MIN_POSITIVE) {
            // The sum below would underflow.
            return log_sigmoid(distance);
        }
        (sigmoid(distance) + self.margin).clamp_max(1.0).log()
    }
}
