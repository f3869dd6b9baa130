//! The decision rules a recipe can name.

use serde::{Deserialize, Serialize};

use super::{Decision, Threshold, tune};

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
    },
    /// Relations whose probability is above their own threshold.
    PerLabelProbability {
        /// The thresholds, `[relations]`, in [0, 1); without them, they are tuned likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        thresholds: Option<Vec<f32>>,
    },
    /// Relations above the threshold class by a margin, of which the probability is above a
    /// threshold: losses that teach a threshold class on data that has no document of the none
    /// class (ATL+ and NCRL+ in NCRL, Table 6, which doesn't say whether theirs looks at the
    /// margin or at the score alone).
    TunedMargin {
        /// The threshold, in [0, 1), of `σ(f_r - f_TH)`; without it, it is tuned likewise.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        threshold: Option<f32>,
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
            Threshold::Probability => Self::GlobalProbability { threshold: None },
        }
    }

    /// Whether a threshold is yet to be tuned.
    pub fn is_untuned(&self) -> bool {
        matches!(
            self,
            Self::GlobalProbability { threshold: None }
                | Self::PerLabelProbability { thresholds: None }
                | Self::TunedMargin { threshold: None }
        )
    }

    /// The decision itself; before it is tuned, one that lets every candidate through.
    pub fn build(&self) -> Decision {
        match self {
            Self::ThresholdClass { cap } => Decision::ThresholdClass { cap: *cap },
            Self::ZeroThreshold { cap } => Decision::ZeroThreshold { cap: *cap },
            Self::PerLabelProbability { thresholds: Some(thresholds) } => {
                Decision::PerLabelProbability { thresholds: thresholds.clone() }
            }
            Self::GlobalProbability { threshold } => {
                let threshold = threshold.unwrap_or(tune::lowest());
                Decision::GlobalProbability { threshold }
            }
            Self::TunedMargin { threshold } => {
                Decision::Margin { threshold: threshold.unwrap_or(tune::lowest()) }
            }
            Self::PerLabelProbability { thresholds: None } => {
                Decision::GlobalProbability { threshold: tune::lowest() }
            }
        }
    }
}
