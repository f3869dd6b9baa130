//! The decision rules a recipe can name.

use serde::{Deserialize, Serialize};

use super::{Decision, Grid, Threshold, tune};

/// The decision of a recipe: `rule` and its settings.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "kebab-case", deny_unknown_fields)]
pub enum DecisionSettings {
    /// Relations above the threshold class.
    ThresholdClass {
        /// The most relations of a pair, 1 or more; without it there is no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<usize>,
    },
    /// Relations with a score above 0.
    ZeroThreshold {
        /// The most relations of a pair, 1 or more; without it there is no limit.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        cap: Option<usize>,
    },
    /// Relations whose probability is above one threshold.
    GlobalProbability {
        /// The threshold, in [0, 1); without it, it is tuned on the dev file each time that
        /// is scored, and the kept model has its own.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threshold: Option<f32>,
        /// The precision that the tuned threshold has to reach on the dev file, in (0, 1); without
        /// it, the best F1 is looked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<f64>,
        /// The thresholds that are tried; without it 0.01, 0.02, ... 0.99.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grid: Option<Grid>,
    },
    /// Relations whose probability is above their own threshold.
    PerLabelProbability {
        /// The thresholds, `[relations]`, in [0, 1); without them, they are tuned likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thresholds: Option<Vec<f32>>,
        /// The precision that the tuned threshold has to reach on the dev file, in (0, 1); without
        /// it, the best F1 is looked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<f64>,
        /// The thresholds that are tried; without it 0.01, 0.02, ... 0.99.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        grid: Option<Grid>,
    },
    /// Relations above the threshold class by a margin, of which the probability is above a
    /// threshold: losses that teach a threshold class on data that has no document of the none
    /// class (ATL+ and NCRL+ in NCRL, Table 6, which doesn't say whether theirs looks at the
    /// margin or at the score alone).
    TunedMargin {
        /// The threshold, in [0, 1), of `σ(f_r - f_TH)`; without it, it is tuned likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threshold: Option<f32>,
        /// The precision that the tuned threshold has to reach on the dev file, in (0, 1); without
        /// it, the best F1 is looked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<f64>,
    },
    /// As `tuned-margin`, with a threshold for each relation that the dev file has often enough.
    PerLabelMargin {
        /// The thresholds, `[relations]`, in [0, 1); without them, they are tuned likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thresholds: Option<Vec<f32>>,
        /// The precision that the tuned threshold has to reach on the dev file, in (0, 1); without
        /// it, the best F1 is looked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        precision: Option<f64>,
    },
}

impl Default for DecisionSettings {
    fn default() -> Self {
        Self::ThresholdClass { cap: None }
    }
}

impl DecisionSettings {
    /// The rule of a recipe that names none, by what its loss teaches.
    pub fn fitting(threshold: Threshold) -> Self {
        match threshold {
            Threshold::Class => Self::default(),
            Threshold::Zero => Self::ZeroThreshold { cap: None },
            Threshold::Probability => {
                Self::GlobalProbability { threshold: None, precision: None, grid: None }
            }
        }
    }

    /// The precision that a tuned threshold has to reach.
    pub(super) fn precision(&self) -> Option<f64> {
        match self {
            Self::ThresholdClass { .. } | Self::ZeroThreshold { .. } => None,
            Self::GlobalProbability { precision, .. }
            | Self::PerLabelProbability { precision, .. }
            | Self::TunedMargin { precision, .. }
            | Self::PerLabelMargin { precision, .. } => *precision,
        }
    }

    /// Whether relations are compared with the threshold class, column 0.
    pub fn has_threshold_class(&self) -> bool {
        matches!(
            self,
            Self::ThresholdClass { .. } | Self::TunedMargin { .. } | Self::PerLabelMargin { .. }
        )
    }

    /// The rule without what was tuned.
    pub fn untuned(&self) -> Self {
        match self {
            Self::ThresholdClass { .. } | Self::ZeroThreshold { .. } => self.clone(),
            Self::GlobalProbability { precision, grid, .. } => {
                let (precision, grid) = (*precision, *grid);
                Self::GlobalProbability { threshold: None, precision, grid }
            }
            Self::PerLabelProbability { precision, grid, .. } => {
                let (precision, grid) = (*precision, *grid);
                Self::PerLabelProbability { thresholds: None, precision, grid }
            }
            Self::TunedMargin { precision, .. } => {
                Self::TunedMargin { threshold: None, precision: *precision }
            }
            Self::PerLabelMargin { precision, .. } => {
                Self::PerLabelMargin { thresholds: None, precision: *precision }
            }
        }
    }

    /// The rule with the thresholds that fit labelled documents best, where it has none: of what
    /// might be predicted, and the numbers of facts that hold, of all relations (also those that no
    /// column has) and by relation, entry 0 for column 1.
    pub fn tuned(
        &self,
        candidates: &[tune::Candidate],
        gold: usize,
        of_relations: &[usize],
    ) -> Self {
        let aim = self.precision().map_or(tune::Aim::F1, tune::Aim::Precision);
        let all = Grid::default();
        let global = |grid| Some(tune::global(candidates, gold, aim, grid));
        match self {
            Self::GlobalProbability { threshold: None, precision, grid } => {
                let threshold = global(grid.unwrap_or(all));
                Self::GlobalProbability { threshold, precision: *precision, grid: *grid }
            }
            Self::TunedMargin { threshold: None, precision } => {
                Self::TunedMargin { threshold: global(all), precision: *precision }
            }
            Self::PerLabelProbability { thresholds: None, precision, grid } => {
                let tried = grid.unwrap_or(all);
                let thresholds = Some(tune::per_label(candidates, of_relations, 1, aim, tried));
                Self::PerLabelProbability { thresholds, precision: *precision, grid: *grid }
            }
            Self::PerLabelMargin { thresholds: None, precision } => {
                let thresholds = tune::per_label(candidates, of_relations, tune::ENOUGH, aim, all);
                Self::PerLabelMargin { thresholds: Some(thresholds), precision: *precision }
            }
            tuned => tuned.clone(),
        }
    }

    /// Whether a threshold is yet to be tuned.
    pub fn is_untuned(&self) -> bool {
        matches!(
            self,
            Self::GlobalProbability { threshold: None, .. }
                | Self::PerLabelProbability { thresholds: None, .. }
                | Self::TunedMargin { threshold: None, .. }
                | Self::PerLabelMargin { thresholds: None, .. }
        )
    }

    /// The decision itself; before it is tuned, one that lets every candidate through.
    pub fn build(&self) -> Decision {
        match self {
            Self::ThresholdClass { cap } => Decision::ThresholdClass { cap: *cap },
            Self::ZeroThreshold { cap } => Decision::ZeroThreshold { cap: *cap },
            Self::PerLabelProbability { thresholds: Some(thresholds), .. } => {
                Decision::PerLabelProbability { thresholds: thresholds.clone() }
            }
            Self::PerLabelMargin { thresholds: Some(thresholds), .. } => {
                Decision::PerLabelMargin { thresholds: thresholds.clone() }
            }
            Self::GlobalProbability { threshold, .. } => {
                let threshold = threshold.unwrap_or(tune::lowest());
                Decision::GlobalProbability { threshold }
            }
            Self::TunedMargin { threshold, .. } => {
                Decision::Margin { threshold: threshold.unwrap_or(tune::lowest()) }
            }
            Self::PerLabelProbability { thresholds: None, .. } => {
                Decision::GlobalProbability { threshold: tune::lowest() }
            }
            Self::PerLabelMargin { thresholds: None, .. } => {
                Decision::Margin { threshold: tune::lowest() }
            }
        }
    }
}
