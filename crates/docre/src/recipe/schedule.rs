//! How long a run is, and its learning rate on the way.

use serde::{Deserialize, Serialize};

use crate::{Error, Result, eval::Scores};

/// The `[schedule]` of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ScheduleSettings {
    /// How often the training file is read.
    pub epochs: usize,
    /// Documents that go through the model at a time.
    pub batch: usize,
    /// Batches whose gradients make one optimizer step.
    pub accumulate: usize,
    /// The share of all steps in which the learning rate rises, in [0, 1].
    pub warmup: f64,
    /// Optimizer steps between evaluations on the dev file; without it, one an epoch.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evaluate_every: Option<usize>,
    /// The measure of the dev file by which the best model is kept. Where the model finds the
    /// entities itself, it is the F1 of relations from text.
    pub best: BestBy,
    /// Optimizer steps between checkpoints, beside the one after each evaluation.
    pub checkpoint_every: usize,
}

/// What the best model is kept by.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BestBy {
    /// F1.
    #[default]
    F1,
    /// F1 without the facts of the training file.
    IgnF1,
    /// The mean average precision over the labels of texts.
    Map,
}

impl BestBy {
    /// How good scores are; `None` where they don't have the measure.
    pub fn quality(self, scores: &Scores) -> Option<f64> {
        match self {
            Self::F1 => Some(scores.facts.f1()),
            Self::IgnF1 => scores.ign.map(|ign| ign.f1()),
            Self::Map => scores.map,
        }
    }
}

impl Default for ScheduleSettings {
    fn default() -> Self {
        Self {
            epochs: 8,
            batch: 4,
            accumulate: 1,
            warmup: 0.06,
            evaluate_every: None,
            best: BestBy::default(),
            checkpoint_every: 100,
        }
    }
}

impl ScheduleSettings {
    /// Refuses values that no run can have.
    pub(super) fn check(&self) -> Result<()> {
        let counts = [
            ("epochs", self.epochs),
            ("batch", self.batch),
            ("accumulate", self.accumulate),
            ("evaluate_every", self.evaluate_every.unwrap_or(1)),
            ("checkpoint_every", self.checkpoint_every),
        ];
        for (key, count) in counts {
            if count == 0 {
                return Err(Error::setting(
                    format!("schedule.{key}"),
                    "must be 1 or more, but is 0",
                ));
            }
            // So that no product of two of them is more than a number can hold.
            if count > u32::MAX as usize {
                let problem = format!("must be at most {}, but is {count}", u32::MAX);
                return Err(Error::setting(format!("schedule.{key}"), problem));
            }
        }
        if !(0.0..=1.0).contains(&self.warmup) {
            let problem = format!("must be in [0, 1], but is {}", self.warmup);
            return Err(Error::setting("schedule.warmup", problem));
        }
        Ok(())
    }

    /// The batches of one epoch over so many documents.
    pub fn batches_per_epoch(&self, documents: usize) -> usize {
        documents.div_ceil(self.batch)
    }

    /// The optimizer steps of one epoch; the last may take fewer batches.
    pub fn steps_per_epoch(&self, documents: usize) -> u64 {
        self.batches_per_epoch(documents).div_ceil(self.accumulate) as u64
    }

    /// The optimizer steps of the whole run.
    pub fn total_steps(&self, documents: usize) -> u64 {
        self.steps_per_epoch(documents) * self.epochs as u64
    }

    /// The first of those steps, in which the learning rate rises: at least one, as in
    /// the field's code, but none if there is no warm-up.
    pub fn warmup_steps(&self, documents: usize) -> u64 {
        if self.warmup == 0.0 {
            return 0;
        }
        ((self.total_steps(documents) as f64 * self.warmup) as u64).max(1)
    }
}

/// The share of the full learning rate at a step counted from 0: linear from 0 up
/// over the warm-up, then linear down to 0 at the end.
pub(crate) fn rate_factor(step: u64, warmup: u64, total: u64) -> f64 {
    if step < warmup {
        return step as f64 / warmup as f64;
    }
    total.saturating_sub(step) as f64 / (total - warmup.min(total)).max(1) as f64
}

#[cfg(test)]
mod tests {
    use super::rate_factor;

    #[test]
    fn the_rate_goes_up_and_down() {
        let rates = [0, 5, 10, 55, 100].map(|step| rate_factor(step, 10, 100));
        assert_eq!(rates, [0.0, 0.5, 1.0, 0.5, 0.0]);
    }
}
