//! The decision rules a recipe can name.

use serde::{Deserialize, Serialize};

use super::Decision;
use crate::{Error, Result};

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
}

impl Default for DecisionSettings {
    fn default() -> Self {
        Self::ThresholdClass { cap: None }
    }
}

impl DecisionSettings {
    /// Refuses values that no rule can have.
    pub fn check(&self) -> Result<()> {
        let (Self::ThresholdClass { cap } | Self::ZeroThreshold { cap }) = self;
        if *cap == Some(0) {
            return Err(Error::setting(
                "decision.cap",
                "must be 1 or more; leave it out for no limit",
            ));
        }
        Ok(())
    }

    /// The decision itself.
    pub fn build(&self) -> Decision {
        match *self {
            Self::ThresholdClass { cap } => Decision::ThresholdClass { cap },
            Self::ZeroThreshold { cap } => Decision::ZeroThreshold { cap },
        }
    }
}
