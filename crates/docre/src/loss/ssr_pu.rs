//! Positive-unlabelled losses.

use std::sync::Arc;

use burn::tensor::Tensor;
use serde::{Deserialize, Serialize};

use super::{Loss, ScoredPairs, Threshold, check_number, row_sum};
use crate::{Result, corpus::RelationPriors};

/// Positive-unlabelled learning with a shifted prior (SSR-PU, Wang et al. 2022), where a label
/// that is missing needn't be wrong.
///
/// Of relation r, `π_l` is the share of training pairs labelled with it, `π = multiple * π_l`
/// the share for which it is taken to hold, and `π_u = (π - π_l) / (1 - π_l)` that of the
/// unlabelled ones. With `ℓ(d, y) = factor * (y d - margin)²`, `d_r = f_r - f_TH`, the means
/// `E_P` and `E_U` over the labelled and unlabelled pairs of a batch, and `w = √((1 - π) / π)`:
///
/// ```text
/// Σ_r π w E_P ℓ(d, +1) + max(0, negative_r)
/// negative_r = (1-π)/(1-π_u) E_U ℓ(d, -1) - π_u (1-π)/(1-π_u) E_P ℓ(d, -1)       shift
///            = E_U ℓ(d, -1) - π E_P ℓ(d, -1)                                      pu
///            = (1-π) E_U ℓ(d, -1)                                                 pn
/// ```
///
/// The risk is a batch's, so that the value of a pair says little by itself: it is its share, of
/// which the mean over pairs is the sum above. The papers of SSR-PU and TTM-RE couldn't be read;
/// `form = "reference"` is their public code, and `paper` what is generally known of the method.
/// TTM-RE's code has no factor (1), margin 1 and `prior_offset` 1e-9.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PositiveUnlabelled {
    /// How the risk of negatives is estimated.
    pub mode: UnlabelledMode,
    /// e, how much more often a relation is taken to hold than it is labelled, at least 1.
    pub multiple: f64,
    /// The margin of the squared loss, at least 0 (the public code: 0.25; without the threshold
    /// class 1).
    pub margin: f64,
    /// What the squared loss is multiplied by, above 0 (SSR-PU: 1/4).
    pub factor: f64,
    /// Whether scores are measured from the threshold class, or from 0.
    pub ranked: bool,
    /// What is added to the share of each relation, in [0, 1).
    pub prior_offset: f64,
    /// What becomes of a negative risk below `beta`.
    pub form: ClampForm,
    /// β of the public code, at least 0.
    pub beta: f64,
    /// γ of the public code, in [0, 1].
    pub gamma: f64,
    /// `π_l` of each relation, entry 0 for column 1, once the training file was counted.
    #[serde(skip)]
    labelled: Arc<[f64]>,
}

/// How the risk of negatives is estimated.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnlabelledMode {
    /// With the prior shifted to that of the unlabelled pairs (SSR-PU).
    #[default]
    Shift,
    /// With the prior as it is.
    Pu,
    /// Unlabelled pairs are negative.
    Pn,
}

/// What becomes of a negative risk below 0, which no risk can be.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ClampForm {
    /// It counts as 0.
    #[default]
    Paper,
    /// Below β it stands alone, times -γ: the positive risk is dropped, and the value jumps.
    Reference,
}

impl Default for PositiveUnlabelled {
    fn default() -> Self {
        Self {
            mode: UnlabelledMode::default(),
            multiple: 3.0,
            margin: 0.25,
            factor: 0.25,
            ranked: true,
            prior_offset: 0.0,
            form: ClampForm::default(),
            beta: 0.0,
            gamma: 1.0,
            labelled: Arc::default(),
        }
    }
}

/// What the means of a relation are weighed by.
#[derive(Debug, Clone, Copy)]
struct Weights {
    /// Of `E_P ℓ(d, +1)`.
    positive: f64,
    /// Of `E_U ℓ(d, -1)`.
    unlabelled: f64,
    /// Of `-E_P ℓ(d, -1)`.
    labelled: f64,
}

impl Loss for PositiveUnlabelled {
    /// # Panics
    ///
    /// If the relations of the training file weren't counted.
    fn per_pair(&self, pairs: &ScoredPairs) -> Tensor<1> {
        let [count, classes] = pairs.logits.dims();
        assert_eq!(self.labelled.len() + 1, classes, "the training file's relations are counted");
        let scores = if self.ranked { pairs.margins() } else { pairs.logits.clone() };
        let cost = |y: f64| (scores.clone() * y - self.margin).square() * self.factor;
        let (labelled, unlabelled) = (of_column(pairs.positive()), of_column(pairs.negative()));
        let weights = |of: fn(&Weights) -> f64| self.row(pairs, of);
        let positive = cost(1.0) * labelled.clone() * weights(|weights| weights.positive);
        let negative = cost(-1.0)
            * (unlabelled * weights(|weights| weights.unlabelled)
                - labelled * weights(|weights| weights.labelled));
        let [positive_counts, negative_counts] = self.counts(&negative);
        row_sum(positive * positive_counts + negative * negative_counts) * count as f64
    }

    fn count(&mut self, priors: &RelationPriors) {
        let pairs = (priors.pair_count() as f64).max(1.0);
        self.labelled = priors.of_pairs()[1..].iter().map(|facts| facts / pairs).collect();
    }

    fn check(&self) -> Result<()> {
        let finite = "a finite number";
        let rules = [
            ("multiple", self.multiple, self.multiple >= 1.0, "of at least 1"),
            ("margin", self.margin, self.margin >= 0.0, "of at least 0"),
            ("factor", self.factor, self.factor > 0.0, "above 0"),
            ("beta", self.beta, self.beta >= 0.0, "of at least 0"),
        ];
        for (key, value, allowed, rule) in rules {
            check_number(key, value, allowed, &format!("{finite} {rule}"))?;
        }
        let share = (0.0..1.0).contains(&self.prior_offset);
        check_number("prior_offset", self.prior_offset, share, "in [0, 1)")?;
        check_number("gamma", self.gamma, (0.0..=1.0).contains(&self.gamma), "in [0, 1]")
    }

    fn threshold(&self) -> Threshold {
        if self.ranked { Threshold::Class } else { Threshold::Zero }
    }
}

impl PositiveUnlabelled {
    /// The loss where of all training pairs these shares are labelled with the relations, entry
    /// 0 for column 1.
    pub fn with_labelled_shares(self, shares: &[f64]) -> Self {
        Self { labelled: shares.into(), ..self }
    }

    /// A weight of each class, `[1, classes]`; 0 for the none class.
    fn row(&self, pairs: &ScoredPairs, of: fn(&Weights) -> f64) -> Tensor<2> {
        let relations = self.labelled.iter().map(|share| of(&self.weights(*share)) as f32);
        let row: Vec<f32> = std::iter::once(0.0).chain(relations).collect();
        Tensor::<1>::from_floats(row.as_slice(), &pairs.logits.device()).unsqueeze()
    }

    /// The weights of a relation from its share of labelled pairs. A relation is taken to hold
    /// for all pairs at most.
    fn weights(&self, share: f64) -> Weights {
        let labelled = (share + self.prior_offset).min(1.0);
        let prior = (self.multiple * labelled).min(1.0);
        let positive = (prior * (1.0 - prior)).sqrt(); // π w, which is 0 where π is
        let of_unlabelled =
            if labelled < 1.0 { (prior - labelled) / (1.0 - labelled) } else { 0.0 };
        // (1 - π) / (1 - π_u), which is 1 - π_l
        let scale = 1.0 - labelled;
        let (unlabelled, labelled) = match self.mode {
            UnlabelledMode::Shift => (scale, of_unlabelled * scale),
            UnlabelledMode::Pu => (1.0, prior),
            UnlabelledMode::Pn => (1.0 - prior, 0.0),
        };
        Weights { positive, unlabelled, labelled }
    }

    /// What the positive and the negative risk of each relation are multiplied by, `[1, classes]`
    /// each, from the parts of the negative one, `[pairs, classes]`.
    fn counts(&self, negative: &Tensor<2>) -> [Tensor<2>; 2] {
        let risk = negative.clone().detach().sum_dim(0);
        let below = risk.lower_elem(self.beta * f64::from(self.form == ClampForm::Reference));
        let below = below.float();
        let above = 1.0 - below.clone();
        match (self.mode, self.form) {
            // Never below 0.
            (UnlabelledMode::Pn, _) => [below.ones_like(), below.ones_like()],
            (_, ClampForm::Paper) => [below.ones_like(), above],
            (_, ClampForm::Reference) => [above.clone(), above - below * self.gamma],
        }
    }
}

/// A mask whose columns sum to 1, or to 0 where nothing is set, `[pairs, classes]`.
fn of_column(mask: Tensor<2>) -> Tensor<2> {
    let count = mask.clone().sum_dim(0).clamp_min(1.0);
    mask / count
}
