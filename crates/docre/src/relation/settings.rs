//! The relational encoders a recipe can name.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{Atlop, RelationEncoder};
use crate::{Error, Result, model::Initialiser};

/// The relational encoder of a recipe: `kind` and its sizes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "kebab-case", deny_unknown_fields)]
pub enum RelationSettings {
    /// ATLOP.
    Atlop {
        /// The width of a pair's head and tail features (ATLOP's public code: 768).
        #[serde(default = "default_width")]
        width: usize,
        /// The size of the groups of the bilinear classifier (64).
        #[serde(default = "default_block")]
        block: usize,
    },
}

fn default_width() -> usize {
    768
}

fn default_block() -> usize {
    64
}

impl Default for RelationSettings {
    fn default() -> Self {
        Self::Atlop { width: default_width(), block: default_block() }
    }
}

impl RelationSettings {
    /// Refuses sizes that don't fit each other.
    pub fn check(&self) -> Result<()> {
        let Self::Atlop { width, block } = self;
        if *block == 0 || *width == 0 || width % block != 0 {
            return Err(Error::setting(
                "relation.block",
                format!("must divide relation.width ({width}), but is {block}"),
            ));
        }
        Ok(())
    }

    /// A new relational encoder for hidden states `hidden` wide.
    pub fn build(
        &self,
        hidden: usize,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> RelationEncoder {
        let Self::Atlop { width, block } = *self;
        RelationEncoder::Atlop(Atlop::new(hidden, width, block, classes, random, device))
    }
}
