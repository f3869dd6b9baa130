//! The settings of JEREX's relation classifiers (Eberts and Ulges 2021).

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{
    GlobalClassifier, Initialiser, MultiInstanceClassifier, RelationEncoder,
    mention_states::JerexSizes,
    sizes::{WIDEST, at_most},
};
use crate::{Error, Result};

/// JEREX's relation classifiers. Their hidden layers are as wide as the encoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct JerexSettings {
    /// Which of the two.
    pub classifier: JerexClassifier,
    /// The width of the embeddings of entity types and distances (the public code: 25).
    pub embedding: usize,
    /// The dropout of the hidden layers, in [0, 1) (the public code: 0.1).
    pub dropout: f64,
    /// The entity types, by number. A recipe without any takes those of its training file; an
    /// entity of another type has an embedding that isn't trained.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub types: Vec<String>,
}

/// The two relation classifiers of JEREX.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum JerexClassifier {
    /// Of each pair of mentions, and of what is between them.
    #[default]
    MultiInstance,
    /// Of the two entities alone.
    Global,
}

impl Default for JerexSettings {
    fn default() -> Self {
        Self {
            classifier: JerexClassifier::default(),
            embedding: 25,
            dropout: 0.1,
            types: Vec::new(),
        }
    }
}

impl JerexSettings {
    /// Refuses impossible values.
    pub(super) fn check(&self) -> Result<()> {
        at_most("embedding", self.embedding, WIDEST)?;
        if !(0.0..1.0).contains(&self.dropout) {
            let problem = format!("must be in [0, 1), but is {}", self.dropout);
            return Err(Error::setting("relation.dropout", problem));
        }
        Ok(())
    }

    pub(super) fn build(
        &self,
        hidden: usize,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> RelationEncoder {
        let (embedding, types, dropout) = (self.embedding, self.types.len(), self.dropout);
        let sizes = JerexSizes { hidden, classes, embedding, types, dropout };
        match self.classifier {
            JerexClassifier::Global => {
                RelationEncoder::Global(GlobalClassifier::new(sizes, random, device))
            }
            JerexClassifier::MultiInstance => {
                RelationEncoder::MultiInstance(MultiInstanceClassifier::new(sizes, random, device))
            }
        }
    }
}
