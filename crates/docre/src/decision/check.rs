//! What no recipe and no model may say of decisions.

use super::{Calibration, DecisionSettings, EvidenceRule, Grid, Threshold};
use crate::{Error, Result};

impl DecisionSettings {
    /// Refuses values that no rule can have.
    pub(crate) fn check(&self) -> Result<()> {
        let allowed = |threshold: &f32| (0.0..1.0).contains(threshold);
        if let Some(precision) = self.precision().filter(|p| !(*p > 0.0 && *p < 1.0)) {
            let problem = format!("must be between 0 and 1, but is {precision}");
            return Err(Error::setting("decision.precision", problem));
        }
        if let Self::GlobalProbability { grid: Some(grid), .. }
        | Self::PerLabelProbability { grid: Some(grid), .. } = self
        {
            grid.check()?;
        }
        match self {
            Self::ThresholdClass { cap: Some(0) } | Self::ZeroThreshold { cap: Some(0) } => {
                let problem = "must be 1 or more; leave it out for no limit";
                Err(Error::setting("decision.cap", problem))
            }
            Self::GlobalProbability { threshold: Some(threshold), .. }
            | Self::TunedMargin { threshold: Some(threshold), .. }
                if !allowed(threshold) =>
            {
                let problem = format!("must be in [0, 1), but is {threshold}");
                Err(Error::setting("decision.threshold", problem))
            }
            Self::PerLabelProbability { thresholds: Some(thresholds), .. }
            | Self::PerLabelMargin { thresholds: Some(thresholds), .. } => {
                match thresholds.iter().find(|threshold| !allowed(threshold)) {
                    None => Ok(()),
                    Some(wrong) => {
                        let problem = format!("must all be in [0, 1), but one is {wrong}");
                        Err(Error::setting("decision.thresholds", problem))
                    }
                }
            }
            _ => Ok(()),
        }
    }

    /// Refuses a number of thresholds that isn't that of the relations.
    pub(crate) fn check_relations(&self, relations: usize) -> Result<()> {
        match self {
            Self::PerLabelProbability { thresholds: Some(thresholds), .. }
            | Self::PerLabelMargin { thresholds: Some(thresholds), .. }
                if thresholds.len() != relations =>
            {
                let given = thresholds.len();
                let problem = format!("must be {relations}, one a relation, but are {given}");
                Err(Error::setting("decision.thresholds", problem))
            }
            _ => Ok(()),
        }
    }

    /// Refuses a rule that reads scores in another way than a loss teaches them.
    pub(crate) fn check_fits(&self, threshold: Threshold) -> Result<()> {
        let fits = match self {
            Self::ThresholdClass { .. }
            | Self::TunedMargin { .. }
            | Self::PerLabelMargin { .. } => threshold == Threshold::Class,
            Self::ZeroThreshold { .. } => threshold != Threshold::Class,
            Self::GlobalProbability { .. } | Self::PerLabelProbability { .. } => {
                threshold != Threshold::Class
            }
        };
        if fits {
            return Ok(());
        }
        let problem = match threshold {
            Threshold::Class => {
                "reads each score by itself, but this loss teaches them only against the \
                 threshold class; use rule = \"threshold-class\", \"tuned-margin\" or \
                 \"per-label-margin\""
            }
            Threshold::Zero => {
                "compares with column 0, but this loss teaches that like any class, with 0 as \
                 the threshold; use rule = \"zero-threshold\""
            }
            Threshold::Probability => {
                "compares with column 0, which this loss doesn't teach; use rule = \
                 \"global-probability\" (tuned on the dev file), \"per-label-probability\" or \
                 \"zero-threshold\""
            }
        };
        Err(Error::setting("decision.rule", problem))
    }
}

impl Grid {
    /// Refuses thresholds that can't be tried.
    fn check(&self) -> Result<()> {
        for (key, value) in [("from", self.from), ("to", self.to), ("step", self.step)] {
            let whole = (value * 100.0 - (value * 100.0).round()).abs() < 1e-6;
            if !(whole && (0.01..0.995).contains(&(value + 1e-9))) {
                let problem = format!("must be 0.01, 0.02, ... or 0.99, but is {value}");
                return Err(Error::setting(format!("decision.grid.{key}"), problem));
            }
        }
        if self.from > self.to {
            let problem = format!("must be at least from, {}, but is {}", self.from, self.to);
            return Err(Error::setting("decision.grid.to", problem));
        }
        Ok(())
    }
}

impl EvidenceRule {
    /// Refuses a threshold that isn't a share.
    pub(crate) fn check(&self) -> Result<(), String> {
        if (0.0..1.0).contains(&self.threshold) {
            return Ok(());
        }
        Err(format!("evidence.threshold must be in [0, 1), but is {}", self.threshold))
    }
}

impl Calibration {
    /// Refuses numbers that make no score.
    pub(crate) fn check(&self) -> Result<(), String> {
        if !(self.temperature.is_finite() && self.temperature > 0.0) {
            let temperature = self.temperature;
            return Err(format!("calibration.temperature must be above 0, but is {temperature}"));
        }
        if !self.offset.is_finite() {
            return Err(format!("calibration.offset must be a number, but is {}", self.offset));
        }
        Ok(())
    }
}
