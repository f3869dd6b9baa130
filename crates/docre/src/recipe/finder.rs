//! The `[finder]` of a recipe.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::{Error, Result, coref::Linkage, model::JoinBy};

/// What finds the entities of plain texts, trained with the relations on one encoder. Without it
/// a model reads documents whose entities are known.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct FinderSettings {
    /// Further documents with entities, labelled with facts or not, that train the finder alone.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub texts: Vec<PathBuf>,
    /// The width of its hidden layers.
    pub width: usize,
    /// How mentions are joined: by a learned scorer, or by rules.
    pub join: JoinBy,
    /// How the similarity of two clusters follows from that of their mentions.
    pub linkage: Linkage,
    /// What the loss of the tagger is multiplied by.
    pub mention_weight: f64,
    /// What the loss of the pair scorer is multiplied by.
    pub coreference_weight: f64,
}

impl Default for FinderSettings {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            width: 256,
            join: JoinBy::default(),
            linkage: Linkage::default(),
            mention_weight: 1.0,
            coreference_weight: 1.0,
        }
    }
}

impl FinderSettings {
    /// Refuses impossible values, by key.
    pub(super) fn check(&self) -> Result<()> {
        if self.width == 0 || self.width > 65_536 {
            let problem = format!("must be from 1 to 65536, but is {}", self.width);
            return Err(Error::setting("finder.width", problem));
        }
        for (key, weight) in [
            ("finder.mention_weight", self.mention_weight),
            ("finder.coreference_weight", self.coreference_weight),
        ] {
            if !(weight.is_finite() && weight >= 0.0) {
                let problem = format!("must be 0 or more, but is {weight}");
                return Err(Error::setting(key, problem));
            }
        }
        Ok(())
    }
}
