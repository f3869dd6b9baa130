//! The pairwise ranking loss.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData, activation::relu};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, Threshold, check_number};
use crate::Result;

/// The pairwise ranking loss, which NCRL tested (section 5.1):
///
/// ```text
/// Σ_{r ∈ P} Σ_{s ∈ N} max(0, m + f_s - f_r)
/// ```
///
/// With `none`, the none class is a label like the others: it holds where no relation does, so
/// relations are chosen that score above it. Without, a pair that has no relation costs
/// nothing, and relations are chosen by a tuned probability.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PairwiseHinge {
    /// m, what a label that holds is to lie above one that doesn't, at least 0.
    pub margin: f64,
    /// Whether the none class is ranked, too.
    pub none: bool,
}

impl Default for PairwiseHinge {
    fn default() -> Self {
        Self { margin: 1.0, none: true }
    }
}

impl Loss for PairwiseHinge {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let [count, classes] = pairs.logits.dims();
        let holding = pairs.holding(self.none).into_data();
        let holding = holding.as_slice::<f32>().expect("labels are f32");
        let held: Vec<usize> = (0..holding.len()).filter(|place| holding[*place] > 0.0).collect();
        let device = pairs.logits.device();
        if held.is_empty() {
            // Zeros that depend on the scores, so that their gradient is there.
            return (pairs.logits.clone() * 0.0).sum_dim(1).squeeze_dim(1);
        }
        // One row for each label that holds: most pairs have few of them.
        let numbers = |of: fn(usize, usize) -> usize| {
            let numbers: Vec<i32> = held.iter().map(|place| of(*place, classes) as i32).collect();
            Tensor::<1, Int>::from_data(TensorData::new(numbers, [held.len()]), &device)
        };
        let rows = numbers(|place, classes| place / classes);
        let scores = pairs.logits.clone().select(0, rows.clone());
        let columns = numbers(|place, classes| place % classes).unsqueeze_dim::<2>(1);
        let own = scores.clone().gather(1, columns);
        let missing = pairs.missing(self.none).select(0, rows.clone());
        let cost = (relu(scores - own + self.margin) * missing).sum_dim(1).squeeze_dim(1);
        Tensor::zeros([count], &device).select_assign(0, rows, cost, IndexingUpdateOp::Add)
    }

    fn check(&self) -> Result<()> {
        let rule = "a finite number of at least 0";
        check_number("margin", self.margin, self.margin >= 0.0, rule)
    }

    fn threshold(&self) -> Threshold {
        if self.none { Threshold::Class } else { Threshold::Probability }
    }
}
