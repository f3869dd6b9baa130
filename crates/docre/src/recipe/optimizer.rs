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
    /// The learning rate of the layers that attend from entity pair to entity pair: that of the
    /// new layers, unless it is set. KD-DocRE's public code gives its axial attention the
    /// encoder's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attention_rate: Option<f64>,
    /// The share of the learning rate by which all weights shrink each step.
    pub weight_decay: f64,
    /// That of the new layers' weights, where it isn't `weight_decay`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_weight_decay: Option<f64>,
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
            attention_rate: None,
            weight_decay: 0.01,
            head_weight_decay: None,
            epsilon: 1e-6,
            beta_1: 0.9,
            beta_2: 0.999,
            clip: 1.0,
        }
    }
}

impl OptimizerSettings {
    /// The learning rate of attention between entity pairs.
    pub fn attention_rate(&self) -> f64 {
        self.attention_rate.unwrap_or(self.head_rate)
    }

    /// The weight decay of the new layers.
    pub fn head_weight_decay(&self) -> f64 {
        self.head_weight_decay.unwrap_or(self.weight_decay)
    }

    /// Refuses values that no run can have.
    pub(super) fn check(&self) -> Result<()> {
        // A step is taken in 32-bit floats, in which a small number may be 0 and a share 1.
        let rounded = |value: f64| f64::from(value as f32);
        let above = |value: f64| value.is_finite() && rounded(value) > 0.0;
        let share = |value: f64| (0.0..1.0).contains(&value) && rounded(value) < 1.0;
        // A step of AdamW changes a weight by about its rate: more than 1 can only destroy it.
        let at_most_1 = |value: f64| (0.0..=1.0).contains(&value);
        let above_to_1 = |value: f64| above(value) && value <= 1.0;
        let (attention_rate, head_decay) = (self.attention_rate(), self.head_weight_decay());
        let rules = [
            ("encoder_rate", self.encoder_rate, at_most_1(self.encoder_rate), "in [0, 1]"),
            ("head_rate", self.head_rate, above_to_1(self.head_rate), "above 0 and at most 1"),
            ("attention_rate", attention_rate, above_to_1(attention_rate), "above 0 and at most 1"),
            ("weight_decay", self.weight_decay, at_most_1(self.weight_decay), "in [0, 1]"),
            ("head_weight_decay", head_decay, at_most_1(head_decay), "in [0, 1]"),
            ("epsilon", self.epsilon, above_to_1(self.epsilon), "above 0 and at most 1"),
            ("beta_1", self.beta_1, share(self.beta_1), "in [0, 1)"),
            ("beta_2", self.beta_2, share(self.beta_2), "in [0, 1)"),
            ("clip", self.clip, above(self.clip), "a finite number above 0"),
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
