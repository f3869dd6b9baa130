//! The relation prior of ARPDL.

use std::sync::Arc;

use burn::tensor::{Int, Tensor, TensorData, activation::log_softmax};
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, check_number, row_sum};
use crate::{
    Result,
    corpus::RelationPriors,
    document::RelationSet,
    random::{PRIOR, Random},
};

/// The `prior` of a recipe's `[loss]`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PriorSettings {
    /// One prior for all pairs, or one for each pair of entity types.
    pub level: PriorLevel,
    /// α, the weight of the term (Eq. 12), above 0.
    pub alpha: f64,
    /// How the prior enters.
    pub form: PriorForm,
    /// Where it comes from.
    pub source: PriorSource,
}

impl Default for PriorSettings {
    fn default() -> Self {
        Self {
            level: PriorLevel::default(),
            alpha: 1.2,
            form: PriorForm::default(),
            source: PriorSource::default(),
        }
    }
}

/// What a prior is counted over.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriorLevel {
    /// All pairs share one (Eq. 9).
    Pair,
    /// Each pair of entity types has its own (Eq. 11).
    #[default]
    TypePair,
}

/// How a prior enters the term.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriorForm {
    /// As Eq. 9 and 11 print it: the softmax of the prior is taken from the log-probability.
    /// It is a constant, so it shifts the value and leaves the gradient alone.
    #[default]
    Printed,
    /// The log of the prior is added to the scores (logit adjustment): rare relations must
    /// be scored higher to have the same probability, so their gradients are larger.
    LogitAdjusted,
}

/// Where a prior comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PriorSource {
    /// Counted in the training file.
    #[default]
    Counted,
    /// Each class is as likely as another.
    Uniform,
    /// Drawn at random from the recipe's seed (ARPDL, Table 7).
    Random,
}

impl PriorSettings {
    /// Refuses values that the term can't have.
    pub(super) fn check(&self) -> Result<()> {
        check_number("prior.alpha", self.alpha, self.alpha > 0.0, "a finite number above 0")
    }
}

/// The term that a relation prior adds to a loss (ARPDL, Eq. 9 to 11):
///
/// ```text
/// L3 = -Σ_{r ∈ P} ( log softmax(f)_r - softmax(prior)_r )         printed
/// L3 = -Σ_{r ∈ P} log softmax(f + log prior)_r                    logit-adjusted
/// ```
///
/// The softmax of `f` is over all classes, the threshold class among them. Printed, the
/// prior is a constant, and the softmax of probabilities is nearly uniform besides: what
/// the paper gains must come from the further log-softmax over the positives.
#[derive(Debug, Clone)]
pub struct PriorTerm {
    form: PriorForm,
    /// The softmax of each prior, or its logarithm if scores are adjusted, `[priors, classes]`.
    priors: Arc<[Vec<f32>]>,
}

impl PriorTerm {
    /// The term from the counts of a training file; `seed` is that of the recipe.
    pub fn new(settings: &PriorSettings, counted: &RelationPriors, seed: u64) -> Self {
        let rows = match settings.level {
            PriorLevel::Pair => vec![counted.of_pairs().to_vec()],
            PriorLevel::TypePair => counted.of_type_pairs().to_vec(),
        };
        let mut random = Random::new(seed, PRIOR);
        let mut drawn = |classes: usize| (0..classes).map(|_| 1.0 - random.uniform()).collect();
        let rows = rows.into_iter().map(|row| match settings.source {
            PriorSource::Counted if settings.form == PriorForm::LogitAdjusted => seen_once(row),
            PriorSource::Counted => row,
            PriorSource::Uniform => vec![1.0; row.len()],
            PriorSource::Random => drawn(row.len()),
        });
        let priors = rows.map(|row| match settings.form {
            PriorForm::Printed => softmax(&shares(&row)),
            PriorForm::LogitAdjusted => log_shares(&row),
        });
        Self { form: settings.form, priors: priors.collect() }
    }

    /// The prior of each pair, `[pairs, classes]`, or `[1, classes]` if all share one.
    fn of(&self, pairs: &ScoredPairs) -> Tensor<2> {
        let (rows, classes) = (self.priors.len(), pairs.logits.dims()[1]);
        let values: Vec<f32> = self.priors.iter().flatten().copied().collect();
        let table = TensorData::new(values, [rows, classes]);
        let table = Tensor::<2>::from_data(table, &pairs.logits.device());
        match &pairs.type_pairs {
            Some(places) if rows > 1 => table.select(0, Tensor::<1, Int>::clone(places)),
            _ => table,
        }
    }
}

impl Loss for PriorTerm {
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let (prior, logits) = (self.of(pairs), pairs.logits.clone());
        let log_probability = match self.form {
            PriorForm::Printed => log_softmax(logits, 1) - prior,
            PriorForm::LogitAdjusted => log_softmax(logits + prior, 1),
        };
        -row_sum(log_probability * pairs.positive())
    }
}

/// The share of each count, the none count set to 1 (ARPDL, section 3.4).
fn shares(counts: &[f64]) -> Vec<f64> {
    let mut counts = counts.to_vec();
    counts[RelationSet::NONE] = 1.0;
    let total: f64 = counts.iter().sum();
    counts.into_iter().map(|count| count / total).collect()
}

fn softmax(values: &[f64]) -> Vec<f32> {
    let total: f64 = values.iter().map(|value| value.exp()).sum();
    values.iter().map(|value| (value.exp() / total) as f32).collect()
}

fn log_shares(counts: &[f64]) -> Vec<f32> {
    shares(counts).into_iter().map(|share| share.ln() as f32).collect()
}

/// The counts, those of relations that were never seen raised to 1, since 0 has no logarithm.
fn seen_once(counts: Vec<f64>) -> Vec<f64> {
    counts.into_iter().map(|count| count.max(1.0)).collect()
}
