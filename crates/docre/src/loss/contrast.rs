//! PEMSCL's supervised contrastive term.

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, masked_logsumexp, row_sum};
use crate::{Result, document::RelationSet, relation::PairFeatures};

/// The `contrast` of a recipe's `[loss]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContrastSettings {
    /// τ, the temperature, above 0 (PEMSCL, Table 5: 2.0 on DocRED, 0.2 on Re-DocRED).
    pub tau: f64,
    /// λ, the weight of the term (Eq. 11), above 0 (Table 5: 2.0 and 0.1).
    pub lambda: f64,
    /// Which of the readings of Eq. 8.
    pub form: ContrastForm,
    /// What τ is divided by to scale the forms `mean-log` and `reference`, above 0.
    pub tau_base: f64,
}

/// A reading of Eq. 8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContrastForm {
    /// As printed: the logarithm of the mean over positives.
    #[default]
    Paper,
    /// The mean of the logarithms, times τ / τ_base.
    MeanLog,
    /// What the public code computes: as `mean-log`, but a pair without positives counts
    /// with the share of pairs that have a relation, its greatest similarity left out; and
    /// a single pair without relation in the batch is taken for one.
    Reference,
}

impl Default for ContrastSettings {
    fn default() -> Self {
        Self { tau: 0.2, lambda: 0.1, form: ContrastForm::default(), tau_base: 2.0 }
    }
}

impl ContrastSettings {
    /// Refuses values that the term can't have.
    pub(super) fn check(&self) -> Result<()> {
        let numbers = [("tau", self.tau), ("lambda", self.lambda), ("tau_base", self.tau_base)];
        for (key, value) in numbers {
            let key = format!("contrast.{key}");
            check_number(&key, value, value > 0.0, "a finite number above 0")?;
        }
        Ok(())
    }
}

/// Supervised contrastive learning for multi-label and long-tailed relations (PEMSCL,
/// Eq. 8 to 10).
///
/// With `s_ij` the cosine similarity of two pairs' features over τ, `D_i = Σ_{j ≠ i} e^{s_ij}`
/// and `S_i` the other pairs that share a relation with i:
///
/// ```text
/// -log( 1/|S_i| Σ_{j ∈ S_i} e^{s_ij} / D_i )    log D_i where S_i is empty
/// ```
///
/// Pairs without relation give 0, but are among those that others are compared with. The
/// paper sums over pairs, the public code and this average over all of them.
#[derive(Debug, Clone)]
pub struct ContrastTerm(pub ContrastSettings);

impl Loss for ContrastTerm {
    /// # Panics
    ///
    /// If the pairs have no features.
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let features = pairs.features.as_ref().expect("the contrastive term needs features");
        let count = pairs.logits.dims()[0];
        let device = pairs.logits.device();
        let anchors = self.anchors(pairs);
        if anchors.is_empty() || count < 2 {
            return Tensor::zeros([count], &device);
        }
        let (number, share) = (anchors.len(), anchors.len() as f64 / count as f64);
        let anchors = Tensor::<1, Int>::from_data(TensorData::new(anchors, [number]), &device);
        let similarity = cosine(features, &anchors) / self.0.tau;
        let others = others(&anchors, count);
        let values = self.values(similarity, others, pairs, &anchors, share);
        Tensor::zeros([count], &device).select_assign(0, anchors, values, IndexingUpdateOp::Add)
    }
}

impl ContrastTerm {
    /// The pairs that give a term.
    fn anchors(&self, pairs: &ScoredPairs) -> Vec<i32> {
        let labels = pairs.labels.to_data();
        let labels = labels.as_slice::<f32>().expect("labels are f32");
        let none = |row: &&[f32]| row[RelationSet::NONE] != 0.0;
        let rows = labels.chunks_exact(pairs.labels.dims()[1]);
        let without = rows.clone().filter(none).count();
        let single = self.0.form == ContrastForm::Reference && without == 1;
        let anchors = rows.enumerate().filter(|(_, row)| single || !none(row));
        anchors.map(|(place, _)| place as i32).collect()
    }

    /// Each anchor's term, `[anchors]`, from similarities and which pairs are other ones,
    /// `[anchors, pairs]`. `share` is that of the anchors among the pairs.
    fn values(
        &self,
        similarity: Tensor<2>,
        others: Tensor<2>,
        pairs: &ScoredPairs,
        anchors: &Tensor<1, Int>,
        share: f64,
    ) -> Tensor<1> {
        let labels = pairs.positive();
        let shared = labels.clone().select(0, anchors.clone()).matmul(labels.transpose());
        let positives = shared.greater_elem(0.0).float() * others.clone();
        let count = row_sum(positives.clone());
        let lonely = count.clone().equal_elem(0.0).float();
        let partners = count.clamp_min(1.0);
        let all = masked_logsumexp(similarity.clone(), others.clone()); // log D_i
        let ContrastSettings { form, tau, tau_base, .. } = self.0;
        let together = match form {
            ContrastForm::Paper => {
                // A lonely row's logsumexp is over all others, so that it is finite.
                let mask = positives + lonely.clone().unsqueeze_dim::<2>(1) * others;
                all.clone() - masked_logsumexp(similarity, mask) + partners.log()
            }
            ContrastForm::MeanLog | ContrastForm::Reference => {
                all.clone() - row_sum(similarity * positives) / partners
            }
        };
        let (scale, alone) = match form {
            ContrastForm::Paper => (1.0, all),
            ContrastForm::MeanLog => (tau / tau_base, all),
            ContrastForm::Reference => {
                (tau / tau_base, (all - 1.0 / tau) * self.related_share(pairs, share))
            }
        };
        (together * (1.0 - lonely.clone()) + alone * lonely) * scale
    }

    /// The share of pairs with a relation: that of the anchors, unless the one pair without
    /// is among them.
    fn related_share(&self, pairs: &ScoredPairs, share: f64) -> f64 {
        let count = pairs.logits.dims()[0] as f64;
        if share == 1.0 {
            let without: f32 = pairs.none().sum().into_scalar();
            return 1.0 - f64::from(without) / count;
        }
        share
    }
}

/// 0 where a pair is the anchor itself, else 1, `[anchors, pairs]`.
fn others(anchors: &Tensor<1, Int>, pairs: usize) -> Tensor<2> {
    let [count] = anchors.dims();
    let places = Tensor::<1, Int>::arange(0..pairs as i64, &anchors.device());
    let places = places.unsqueeze_dim::<2>(0).expand([count, pairs]);
    let own = anchors.clone().unsqueeze_dim::<2>(1).expand([count, pairs]);
    places.not_equal(own).float()
}

/// The cosine of anchors and pairs, `[anchors, pairs]`.
fn cosine(features: &PairFeatures, anchors: &Tensor<1, Int>) -> Tensor<2> {
    let (products, squares) = match features {
        PairFeatures::Vector(vectors) => {
            (products(vectors, anchors), row_sum(vectors.clone().square()))
        }
        PairFeatures::Kronecker { heads, tails, block } => kronecker(heads, tails, *block, anchors),
    };
    let norms = squares.clamp_min(1e-24).sqrt();
    let of_anchors = norms.clone().select(0, anchors.clone());
    products / (of_anchors.unsqueeze_dim::<2>(1) * norms.unsqueeze_dim::<2>(0))
}

/// Products of anchors and pairs `[anchors, pairs]`, and each pair's with itself `[pairs]`,
/// group by group: `(h ⊗ t) · (h' ⊗ t') = (h · h') (t · t')`. The feature of Eq. 14 is
/// never made.
fn kronecker(
    heads: &Tensor<2>,
    tails: &Tensor<2>,
    block: usize,
    anchors: &Tensor<1, Int>,
) -> (Tensor<2>, Tensor<1>) {
    let groups = (0..heads.dims()[1] / block).map(|group| {
        let head = heads.clone().narrow(1, group * block, block);
        let tail = tails.clone().narrow(1, group * block, block);
        let both = products(&head, anchors) * products(&tail, anchors);
        (both, row_sum(head.square()) * row_sum(tail.square()))
    });
    groups.reduce(|(a, b), (c, d)| (a + c, b + d)).expect("there is a group")
}

/// The products of anchors' and pairs' rows, `[anchors, pairs]`.
fn products(rows: &Tensor<2>, anchors: &Tensor<1, Int>) -> Tensor<2> {
    rows.clone().select(0, anchors.clone()).matmul(rows.clone().transpose())
}
