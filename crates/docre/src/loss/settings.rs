//! The losses a recipe can name.

use serde::{Deserialize, Serialize};

use super::{AdaptiveThresholding, ConcentratedMargin, Loss};
use crate::{Error, Result};

/// The loss of a recipe: `kind` and that loss's own settings.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum LossSettings {
    /// Adaptive thresholding loss (ATLOP).
    #[default]
    Atl,
    /// Concentrated margin maximisation (COMM).
    Cmm {
        /// γ, at least 0. The paper searches 1, 1.2, 1.4, 1.6 and 2 (our default: 1).
        #[serde(default = "default_gamma")]
        gamma: f64,
        /// m, in [0, 1). The paper searches 0.1, 0.2, 0.3 and 0.4 (our default: 0.1).
        #[serde(default = "default_margin")]
        m: f64,
    },
}

fn default_gamma() -> f64 {
    1.0
}

fn default_margin() -> f64 {
    0.1
}

impl LossSettings {
    /// Refuses values that no loss can have.
    pub fn check(&self) -> Result<()> {
        let Self::Cmm { gamma, m } = self else { return Ok(()) };
        if !(0.0..=10.0).contains(gamma) {
            return Err(Error::setting(
                "loss.gamma",
                format!("must be in [0, 10], but is {gamma}"),
            ));
        }
        if !(0.0..1.0).contains(m) {
            return Err(Error::setting("loss.m", format!("must be in [0, 1), but is {m}")));
        }
        Ok(())
    }

    /// The loss itself.
    pub fn build(&self) -> Box<dyn Loss> {
        match *self {
            Self::Atl => Box::new(AdaptiveThresholding),
            Self::Cmm { gamma, m } => Box::new(ConcentratedMargin { gamma, margin: m }),
        }
    }
}
