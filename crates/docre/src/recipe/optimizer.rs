//! The learning rates, and all else of AdamW.

use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// The `[optimizer]` of a recipe.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct OptimizerSettings {
    /// The learning rate of the pretrained encoder.
    pub encoder_rate: f64,
    /// The learning rate of the new layers.
    pub head_rate: f64,
    /// The share of the learning rate by which all weights shrink each step.
    pub weight_decay: f64,
    /// Added to the root of the mean of squared gradients.
    pub epsilon: f64,
    /// The decay of the mean of gradients, in [0, 1).
    pub beta_1: f64,
    /// The decay of the mean of squared gradients, in [0, 1).
    pub beta_2: f64,
    /// The largest norm of all gradients together; larger ones are scaled down to it.
    pub clip: f64,
}

impl Default for OptimizerSettings {
    fn default() -> Self {
        Self {
            encoder_rate: 5e-5,
            head_rate: 1e-4,
            weight_decay: 0.01,
            epsilon: 1e-6,
            beta_1: 0.9,
            beta_2: 0.999,
            clip: 1.0,
        }
    }
}

impl OptimizerSettings {
    /// Refuses values that no run can have.
    pub fn check(&self) -> Result<()> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        let share = |value: f64| (0.0..1.0).contains(&value);
        let not_negative = |value: f64| value.is_finite() && value >= 0.0;
        let rules = [
            ("encoder_rate", self.encoder_rate, not_negative(self.encoder_rate), "0 or more"),
            ("head_rate", self.head_rate, positive(self.head_rate), "a finite number above 0"),
            ("weight_decay", self.weight_decay, not_negative(self.weight_decay), "0 or more"),
            ("epsilon", self.epsilon, positive(self.epsilon), "a finite number above 0"),
            ("beta_1", self.beta_1, share(self.beta_1), "in [0, 1)"),
            ("beta_2", self.beta_2, share(self.beta_2), "in [0, 1)"),
            ("clip", self.clip, positive(self.clip), "a finite number above 0"),
        ];
        for (key, value, allowed, rule) in rules {
            if !allowed {
                let problem = format!("must be {rule}, but is {value}");
                return Err(Error::setting(format!("optimizer.{key}"), problem));
            }
        }
        Ok(())
    }
}
