//! From scores to relations. Pure functions on rows of scores, column 0 the
//! threshold (none) class.

mod calibration;
#[cfg(feature = "model")]
mod check;
mod evidence;
mod grid;
mod settings;
mod threshold;
pub mod tune;

pub use calibration::Calibration;
pub use evidence::EvidenceRule;
pub use grid::Grid;
pub use settings::DecisionSettings;
pub use threshold::Threshold;

use crate::document::RelationSet;

/// How relations are chosen from a pair's scores.
#[derive(Debug, Clone, PartialEq)]
pub enum Decision {
    /// Those above the threshold class, at most `cap` (ATLOP's rule).
    ThresholdClass {
        /// The most relations of a pair. Column 0 and ties count as the field's
        /// public code has it: a score passes that is at least the `cap`-th
        /// largest of the row, so equal scores at that rank all pass.
        cap: Option<usize>,
    },
    /// Those above 0 (DocuNet's rule). Column 0 takes part in the ranking of the cap.
    ZeroThreshold {
        /// As in [`Decision::ThresholdClass`].
        cap: Option<usize>,
    },
    /// Those with `σ(f_r)` above one threshold.
    GlobalProbability {
        /// The threshold, in [0, 1].
        threshold: f32,
    },
    /// Those with `σ(f_r)` above the relation's own threshold.
    PerLabelProbability {
        /// The thresholds, `[relations]`: entry 0 belongs to column 1.
        thresholds: Vec<f32>,
    },
    /// Those with `σ(f_r - f_TH)` above a threshold: the threshold class, moved (NCRL, Table 6).
    Margin {
        /// The threshold, in [0, 1].
        threshold: f32,
    },
    /// Those with `σ(f_r - f_TH)` above the relation's own threshold.
    PerLabelMargin {
        /// The thresholds, `[relations]`: entry 0 belongs to column 1.
        thresholds: Vec<f32>,
    },
}

/// A relation chosen for a pair.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Chosen {
    /// The relation's column, from 1.
    pub column: usize,
    /// f_r - f_TH, or f_r where the threshold is fixed.
    pub margin: f32,
}

impl Chosen {
    /// The relation's probability, σ(margin).
    pub fn probability(&self) -> f32 {
        sigmoid(self.margin)
    }
}

impl Decision {
    /// The relations chosen for one pair, in column order; none is the none class.
    ///
    /// ```
    /// use docre::decision::Decision;
    ///
    /// let rule = Decision::ThresholdClass { cap: None };
    /// let chosen = rule.choose(&[0.0, 2.0, -1.0]);
    /// assert_eq!(chosen.len(), 1);
    /// assert_eq!(chosen[0].column, 1);
    /// assert!((chosen[0].probability() - 0.8808).abs() < 1e-4);
    /// ```
    ///
    /// # Panics
    ///
    /// If the row is empty, or longer than the per-label thresholds go.
    pub fn choose(&self, scores: &[f32]) -> Vec<Chosen> {
        let none = scores[RelationSet::NONE];
        match self {
            Self::ThresholdClass { cap } => above(scores, none, kth_largest(scores, *cap)),
            Self::ZeroThreshold { cap } => above(scores, 0.0, kth_largest(scores, *cap)),
            Self::GlobalProbability { .. } | Self::PerLabelProbability { .. } => {
                choose_where(scores, 0.0, |column, score| self.admits(column, sigmoid(score)))
            }
            Self::Margin { .. } | Self::PerLabelMargin { .. } => {
                choose_where(scores, none, |column, score| {
                    self.admits(column, sigmoid(score - none))
                })
            }
        }
    }

    /// Every relation of a pair with its margin, chosen or not, in column order.
    pub fn rate(&self, scores: &[f32]) -> Vec<Chosen> {
        let threshold = match self {
            Self::ThresholdClass { .. } | Self::Margin { .. } | Self::PerLabelMargin { .. } => {
                scores[RelationSet::NONE]
            }
            _ => 0.0,
        };
        choose_where(scores, threshold, |_, _| true)
    }
}

impl Decision {
    /// What the score of a column has to exceed in a row of scores, `[classes]`.
    pub fn threshold(&self, scores: &[f32], column: usize) -> f32 {
        match self {
            Self::ThresholdClass { .. } => scores[RelationSet::NONE],
            Self::ZeroThreshold { .. } => 0.0,
            Self::GlobalProbability { threshold } => logit(*threshold),
            Self::PerLabelProbability { thresholds } => logit(thresholds[column - 1]),
            Self::Margin { threshold } => scores[RelationSet::NONE] + logit(*threshold),
            Self::PerLabelMargin { thresholds } => {
                scores[RelationSet::NONE] + logit(thresholds[column - 1])
            }
        }
    }

    /// Whether a relation of this probability lies above its threshold, under the rules that
    /// have a threshold of probability; the others have made their choice already.
    pub(crate) fn admits(&self, column: usize, probability: f32) -> bool {
        match self {
            Self::GlobalProbability { threshold } | Self::Margin { threshold } => {
                probability > *threshold
            }
            Self::PerLabelProbability { thresholds } | Self::PerLabelMargin { thresholds } => {
                probability > thresholds[column - 1]
            }
            Self::ThresholdClass { .. } | Self::ZeroThreshold { .. } => true,
        }
    }
}

/// The columns above `threshold` that are at least `rank`.
fn above(scores: &[f32], threshold: f32, rank: f32) -> Vec<Chosen> {
    choose_where(scores, threshold, |_, score| score > threshold && score >= rank)
}

fn choose_where(
    scores: &[f32],
    threshold: f32,
    chosen: impl Fn(usize, f32) -> bool,
) -> Vec<Chosen> {
    let columns = scores.iter().copied().enumerate().skip(RelationSet::NONE + 1);
    columns
        .filter(|(column, score)| chosen(*column, *score))
        .map(|(column, score)| Chosen { column, margin: score - threshold })
        .collect()
}

/// The `cap`-th largest score, column 0 and ties included; without a cap, below all.
fn kth_largest(scores: &[f32], cap: Option<usize>) -> f32 {
    match cap {
        Some(cap) if cap < scores.len() => {
            let mut sorted = scores.to_vec();
            sorted.sort_unstable_by(|a, b| b.total_cmp(a));
            sorted[cap.max(1) - 1]
        }
        _ => f32::NEG_INFINITY,
    }
}

/// The score of a probability.
fn logit(probability: f32) -> f32 {
    (probability / (1.0 - probability)).ln()
}

fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + (-x).exp())
}
