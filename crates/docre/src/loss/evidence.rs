//! Attention that is supervised by evidence.

use burn::tensor::{IndexingUpdateOp, Tensor};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, row_sum};
use crate::Result;

/// What stands for a share of 0, which has no logarithm; it has no gradient.
const FLOOR: f64 = 1e-30;

/// The `evidence` of a recipe's `[loss]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct EvidenceSettings {
    /// λ, the weight of the term (DREEAM, Eq. 11), above 0: 0.1 for BERT, 0.05 for RoBERTa-large
    /// (DREEAM, section 4.1).
    pub lambda: f64,
    /// What the term is a mean over.
    pub over: EvidenceMean,
}

/// The pairs that the evidence term is a mean over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EvidenceMean {
    /// All that have a relation, those without evidence included, which add 0 (the public code).
    #[default]
    Related,
    /// Those whose labels name a sentence, for data where few do.
    WithEvidence,
}

impl Default for EvidenceSettings {
    fn default() -> Self {
        Self { lambda: 0.1, over: EvidenceMean::default() }
    }
}

impl EvidenceSettings {
    /// Refuses values that the term can't have.
    pub(super) fn check(&self) -> Result<()> {
        check_number("evidence.lambda", self.lambda, self.lambda > 0.0, "a finite number above 0")
    }
}

/// Evidence-guided attention (DREEAM, Ma et al. 2023): `KL(v ‖ p) = Σ_{v_s > 0} v_s (log v_s - log p_s)`
/// for each pair with evidence, 0 for the others.
///
/// As in the public code p isn't normalised again, so that what lies on CLS and SEP is lost, too.
/// A batch without a pair that counts adds 0, where the public code has no number.
#[derive(Debug, Clone, Copy)]
pub struct EvidenceTerm(pub EvidenceMean);

impl Loss for EvidenceTerm {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let [count, _] = pairs.logits.dims();
        let device = pairs.logits.device();
        let Some(evidence) = &pairs.evidence else { return Tensor::zeros([count], &device) };
        let divergence = divergence(evidence.labelled.clone(), evidence.attended.clone());
        // The mean over all pairs becomes that over the pairs that count.
        let counted = match self.0 {
            EvidenceMean::Related => (-pairs.none() + 1.0).sum().clamp_min(1.0),
            EvidenceMean::WithEvidence => {
                Tensor::from_floats([evidence.rows.dims()[0].max(1) as f32], &device)
            }
        };
        let scaled = divergence * (counted.recip() * count as f64);
        let rows = evidence.rows.clone();
        Tensor::zeros([count], &device).select_assign(0, rows, scaled, IndexingUpdateOp::Add)
    }
}

/// `Σ v (log v - log p)` of each row, `[rows]`.
fn divergence(of: Tensor<2>, from: Tensor<2>) -> Tensor<1> {
    let log = |shares: Tensor<2>| {
        let nothing = shares.clone().lower_equal_elem(0.0);
        shares.mask_fill(nothing, FLOOR).log()
    };
    row_sum(of.clone() * (log(of) - log(from)))
}
