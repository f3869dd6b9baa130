//! PEMSCL's supervised contrastive term.

use std::sync::Arc;

use burn::tensor::{IndexingUpdateOp, Int, Tensor, TensorData};
use docre_kernels::{Contrast, contrast};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number};
use crate::{Error, Result, document::RelationSet, relation::PairFeatures};

/// The `contrast` of a recipe's `[loss]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ContrastSettings {
    /// τ, the temperature, above 0 (PEMSCL, Table 5: 2.0 on DocRED, 0.2 on Re-DocRED).
    pub tau: f64,
    /// λ, the weight of the term (Eq. 11), above 0 (Table 5: 2.0 and 0.1); 0.1 where neither it
    /// nor `tau_base` is given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lambda: Option<f64>,
    /// Which of the readings of Eq. 8.
    pub form: ContrastForm,
    /// In place of λ, as in the public code: the weight is τ / τ_base, above 0. The form `paper`
    /// has none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tau_base: Option<f64>,
}

/// A reading of Eq. 8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ContrastForm {
    /// As printed: the logarithm of the mean over positives.
    #[default]
    Paper,
    /// The mean of the logarithms.
    MeanLog,
    /// What the public code computes: as `mean-log`, but a pair without positives counts
    /// with the share of pairs that have a relation, its greatest similarity left out; and
    /// a single pair without relation in the batch is taken for one.
    Reference,
}

impl Default for ContrastSettings {
    fn default() -> Self {
        Self { tau: 0.2, lambda: None, form: ContrastForm::default(), tau_base: None }
    }
}

impl ContrastSettings {
    /// Refuses values that the term can't have.
    pub(super) fn check(&self) -> Result<()> {
        let numbers =
            [("tau", Some(self.tau)), ("lambda", self.lambda), ("tau_base", self.tau_base)];
        for (key, value) in numbers {
            let (key, value) = (format!("contrast.{key}"), value.unwrap_or(1.0));
            check_number(&key, value, value > 0.0, "a finite number above 0")?;
        }
        if self.tau_base.is_none() {
            return Ok(());
        }
        let problem = match (self.form, self.lambda) {
            (ContrastForm::Paper, _) => {
                "belongs to the forms mean-log and reference, whose term weighs tau / tau_base; \
                 take lambda, the weight of the form paper, or another form"
            }
            (_, Some(_)) => {
                "takes the place of lambda: the term weighs tau / tau_base or lambda; leave one \
                 of them out"
            }
            (_, None) => return Ok(()),
        };
        Err(Error::setting("loss.contrast.tau_base", problem))
    }

    /// What the term is multiplied by: λ, or τ / τ_base.
    pub fn weight(&self) -> f64 {
        match (self.lambda, self.tau_base) {
            (Some(lambda), _) => lambda,
            (None, Some(base)) => self.tau / base,
            (None, None) => 0.1,
        }
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
        let [count, classes] = pairs.logits.dims();
        let device = pairs.logits.device();
        let labels = pairs.labels.to_data();
        let labels = Labels { values: labels.as_slice().expect("labels are f32"), classes };
        let anchors = self.anchors(&labels);
        if anchors.is_empty() || count < 2 {
            return Tensor::zeros([count], &device);
        }
        let number = anchors.len();
        let share =
            if number == count { labels.related_share() } else { number as f64 / count as f64 };
        let places: Vec<i32> = anchors.iter().map(|anchor| *anchor as i32).collect();
        let places = Tensor::<1, Int>::from_data(TensorData::new(places, [number]), &device);
        let values = self.values(self.sums(features, anchors, &labels), share);
        Tensor::zeros([count], &device).select_assign(0, places, values, IndexingUpdateOp::Add)
    }
}

/// Labels `[pairs, classes]`.
struct Labels<'a> {
    values: &'a [f32],
    classes: usize,
}

impl Labels<'_> {
    fn rows(&self) -> impl Iterator<Item = &[f32]> + Clone {
        self.values.chunks_exact(self.classes)
    }

    /// The share of pairs that have a relation.
    fn related_share(&self) -> f64 {
        let without = self.rows().filter(|row| is_none(row)).count();
        1.0 - without as f64 / self.rows().count() as f64
    }

    /// The relations of each pair as bits, as many words for each.
    fn bits(&self) -> Arc<[u64]> {
        let words = self.classes.div_ceil(u64::BITS as usize);
        let mut bits = vec![0; self.rows().count() * words];
        for (row, bits) in self.rows().zip(bits.chunks_exact_mut(words)) {
            let relations = row.iter().enumerate().skip(RelationSet::NONE + 1);
            for (column, _) in relations.filter(|(_, label)| **label != 0.0) {
                bits[column / u64::BITS as usize] |= 1 << (column % u64::BITS as usize);
            }
        }
        bits.into()
    }
}

fn is_none(labels: &[f32]) -> bool {
    labels[RelationSet::NONE] != 0.0
}

/// What the term is made of, `[anchors]` each.
struct Sums {
    /// `log D_i`
    all: Tensor<1>,
    /// `log Σ_{j ∈ S_i} e^{s_ij}`, 0 where S_i is empty.
    positives: Tensor<1>,
    /// `Σ_{j ∈ S_i} s_ij`
    similarity: Tensor<1>,
    /// `|S_i|`
    count: Tensor<1>,
}

impl ContrastTerm {
    /// The pairs that give a term.
    fn anchors(&self, labels: &Labels) -> Vec<u32> {
        let without = labels.rows().filter(|row| is_none(row)).count();
        let single = self.0.form == ContrastForm::Reference && without == 1;
        let anchors = (0..).zip(labels.rows()).filter(|(_, row)| single || !is_none(row));
        anchors.map(|(place, _)| place).collect()
    }

    /// The feature of Eq. 14 is never made, nor are all similarities held.
    fn sums(&self, features: &PairFeatures, anchors: Vec<u32>, labels: &Labels) -> Sums {
        let (heads, tails, groups) = match features {
            PairFeatures::Kronecker { heads, tails, block } => {
                (heads.clone(), tails.clone(), heads.dims()[1] / block)
            }
            PairFeatures::Vector(vectors) => {
                let [rows, _] = vectors.dims();
                (vectors.clone(), Tensor::ones([rows, 1], &vectors.device()), 1)
            }
        };
        let number = anchors.len();
        let temperature = self.0.tau as f32;
        let rows = Contrast { anchors: anchors.into(), labels: labels.bits(), groups, temperature };
        let sums = contrast(heads, tails, &rows);
        let [all, positives, similarity, count] =
            [0, 1, 2, 3].map(|column| sums.clone().narrow(1, column, 1).reshape([number]));
        Sums { all, positives, similarity, count }
    }

    /// Each anchor's term, `[anchors]`. `share` is that of the pairs with a relation.
    fn values(&self, sums: Sums, share: f64) -> Tensor<1> {
        let Sums { all, positives, similarity, count } = sums;
        let lonely = count.clone().equal_elem(0.0).float();
        let partners = count.clamp_min(1.0);
        let ContrastSettings { form, tau, .. } = self.0;
        let together = match form {
            ContrastForm::Paper => all.clone() - positives + partners.log(),
            ContrastForm::MeanLog | ContrastForm::Reference => all.clone() - similarity / partners,
        };
        let alone = match form {
            ContrastForm::Paper | ContrastForm::MeanLog => all,
            ContrastForm::Reference => (all - 1.0 / tau) * share,
        };
        together * (1.0 - lonely.clone()) + alone * lonely
    }
}
