//! How far the relations that scores speak for are from the prior of training.

use serde::Serialize;

/// The least share that a divergence divides by.
const FLOOR: f64 = 1e-12;

/// The mean of many pairs' softmax over all classes (ARPDL, Figure 5).
///
/// ```
/// use docre::eval::distribution_shift::MeanSoftmax;
///
/// let mut mean = MeanSoftmax::default();
/// mean.add(&[0.0, 0.0, 0.0, 0.0]);
/// assert_eq!(mean.relations(), [0.25, 0.25, 0.25]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MeanSoftmax {
    /// `[classes]`
    sums: Vec<f64>,
    pairs: usize,
}

impl MeanSoftmax {
    /// Adds a pair's scores, `[classes]`, column 0 the threshold class.
    pub fn add(&mut self, scores: &[f32]) {
        let highest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let part = |score: &f32| (f64::from(*score) - f64::from(highest)).exp();
        let whole: f64 = scores.iter().map(part).sum();
        self.sums.resize(scores.len(), 0.0);
        self.sums.iter_mut().zip(scores).for_each(|(sum, score)| *sum += part(score) / whole);
        self.pairs += 1;
    }

    /// The mean without the threshold class, entry 0 for column 1; it sums to less than 1.
    pub fn relations(&self) -> Vec<f64> {
        self.sums.iter().skip(1).map(|sum| sum / self.pairs as f64).collect()
    }
}

/// How far the predicted distribution of relations is from the training facts' (ARPDL, section
/// 6.4), by the Kullback-Leibler divergence in nats.
///
/// The paper tells neither the direction of the divergence nor whether what is left without the
/// threshold class is normalised again, so all four are given.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DistributionShift {
    /// What is left of the mean softmax without the threshold class.
    pub relation_mass: f64,
    /// Of the predicted distribution from the prior.
    pub kl_predicted_prior: f64,
    /// Of the prior from the predicted distribution.
    pub kl_prior_predicted: f64,
    /// As `kl_predicted_prior`, with the mean softmax as it is; it may be below 0.
    pub kl_predicted_prior_without_renormalising: f64,
    /// As `kl_prior_predicted`, with the mean softmax as it is.
    pub kl_prior_predicted_without_renormalising: f64,
}

impl DistributionShift {
    /// From [`MeanSoftmax::relations`] and the facts of each relation in the training file, in
    /// the same order; `None` without any fact or pair.
    pub fn new(predicted: &[f64], counts: &[f64]) -> Option<Self> {
        let relation_mass: f64 = predicted.iter().sum();
        let facts: f64 = counts.iter().sum();
        if relation_mass.is_nan() || relation_mass <= 0.0 || facts <= 0.0 {
            return None;
        }
        let shares = |of: &[f64], whole: f64| of.iter().map(|part| part / whole).collect();
        let prior: Vec<f64> = shares(counts, facts);
        let normalised: Vec<f64> = shares(predicted, relation_mass);
        Some(Self {
            relation_mass,
            kl_predicted_prior: divergence(&normalised, &prior),
            kl_prior_predicted: divergence(&prior, &normalised),
            kl_predicted_prior_without_renormalising: divergence(predicted, &prior),
            kl_prior_predicted_without_renormalising: divergence(&prior, predicted),
        })
    }
}

/// `Σ a ln(a / b)`, where b is at least the floor and a = 0 gives 0.
fn divergence(of: &[f64], from: &[f64]) -> f64 {
    let term = |(a, b): (&f64, &f64)| if *a > 0.0 { a * (a / b.max(FLOOR)).ln() } else { 0.0 };
    of.iter().zip(from).map(term).sum()
}

#[cfg(test)]
mod tests {
    use super::{DistributionShift, MeanSoftmax};

    #[test]
    fn nothing_to_compare_is_no_shift() {
        assert_eq!(DistributionShift::new(&MeanSoftmax::default().relations(), &[]), None);
        assert_eq!(DistributionShift::new(&[0.5, 0.5], &[0.0, 0.0]), None);
    }

    #[test]
    fn a_prediction_like_the_prior_has_no_divergence() {
        let shift = DistributionShift::new(&[0.1, 0.3], &[10.0, 30.0]).unwrap();
        assert!((shift.relation_mass - 0.4).abs() < 1e-12);
        assert!(shift.kl_predicted_prior.abs() < 1e-12 && shift.kl_prior_predicted.abs() < 1e-12);
        // 0.4 ln(0.4), and ln(1 / 0.4).
        let want = [0.4 * 0.4f64.ln(), -(0.4f64.ln())];
        assert!((shift.kl_predicted_prior_without_renormalising - want[0]).abs() < 1e-12);
        assert!((shift.kl_prior_predicted_without_renormalising - want[1]).abs() < 1e-12);
    }
}
