//! Precision, recall and F1 from three counts.

use std::iter::Sum;
use std::ops::AddAssign;

use serde::{Serialize, Serializer};

/// How much of what was predicted is right, and of how much there was to find.
///
/// ```
/// use docre::eval::Counts;
///
/// // 2 guesses, 1 right; 4 facts to find, so 3 missed.
/// let counts = Counts { correct: 1, predicted: 2, gold: 4 };
/// assert_eq!((counts.precision(), counts.recall()), (0.5, 0.25));
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Predicted and true.
    pub correct: usize,
    /// Predicted.
    pub predicted: usize,
    /// True.
    pub gold: usize,
}

impl Counts {
    /// The part of the predictions that is right; 0 where nothing is predicted.
    pub fn precision(&self) -> f64 {
        share(self.correct, self.predicted)
    }

    /// The part of the truth that is predicted; 0 where there is nothing to find.
    pub fn recall(&self) -> f64 {
        share(self.correct, self.gold)
    }

    /// The harmonic mean of precision and recall.
    pub fn f1(&self) -> f64 {
        f1(self.precision(), self.recall())
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.correct += other.correct;
        self.predicted += other.predicted;
        self.gold += other.gold;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(all: I) -> Self {
        all.fold(Self::default(), |mut sum, counts| {
            sum += counts;
            sum
        })
    }
}

/// What files give beside counts.
#[derive(Serialize)]
pub(super) struct Rates {
    precision: f64,
    recall: f64,
    f1: f64,
}

impl Rates {
    pub(super) fn new(precision: f64, recall: f64) -> Self {
        Self { precision, recall, f1: f1(precision, recall) }
    }
}

/// Serializes counts with the precision, recall and F1 that follow from them.
pub(super) fn with_rates<S: Serializer>(counts: &Counts, output: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithRates {
        #[serde(flatten)]
        rates: Rates,
        #[serde(flatten)]
        counts: Counts,
    }

    let rates = Rates::new(counts.precision(), counts.recall());
    WithRates { rates, counts: *counts }.serialize(output)
}

/// [`with_rates`] of evidence sentences, without rates where no label names any.
pub(super) fn with_evidence_rates<S: Serializer>(
    counts: &Counts,
    output: S,
) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct WithoutRates {
        precision: Option<f64>,
        recall: Option<f64>,
        f1: Option<f64>,
        #[serde(flatten)]
        counts: Counts,
    }

    if counts.gold > 0 {
        return with_rates(counts, output);
    }
    WithoutRates { precision: None, recall: None, f1: None, counts: *counts }.serialize(output)
}

/// [`with_evidence_rates`] of the revised script, which counts one more.
pub(super) fn with_revised_rates<S: Serializer>(
    counts: &Counts,
    output: S,
) -> Result<S::Ok, S::Error> {
    match counts.gold {
        0 | 1 => with_evidence_rates(&Counts { gold: 0, ..*counts }, output),
        _ => with_rates(counts, output),
    }
}

/// The harmonic mean of precision and recall; 0 where both are 0.
pub fn f1(precision: f64, recall: f64) -> f64 {
    let sum = precision + recall;
    if sum == 0.0 { 0.0 } else { 2.0 * precision * recall / sum }
}

/// A part of a whole; 0 where there is nothing.
pub(super) fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}
