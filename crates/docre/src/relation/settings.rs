//! The relational encoders a recipe can name.

use burn::tensor::Device;
use serde::{Deserialize, Serialize};

use super::{
    Atlop, Axial, AxialSettings, DocuNet, DocuNetSettings, Initialiser, JerexSettings, Memory,
    MemorySettings, RelationEncoder, TextClassifier,
    sizes::{LARGEST_BLOCK, WIDEST, at_most, default_block, default_width, divides},
};
use crate::{Error, Result, corpus::Input};

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
        /// What pairs are read with before the classifier (TTM-RE).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        memory: Option<MemorySettings>,
    },
    /// DocuNet.
    #[serde(rename = "docunet")]
    DocuNet(DocuNetSettings),
    /// KD-DocRE's axial attention.
    Axial(AxialSettings),
    /// JEREX.
    Jerex(JerexSettings),
    /// None: texts are classified as wholes.
    Text {},
    /// None: a dialogue is classified as a whole for each argument pair, which stands behind it
    /// (BERTs, Yu et al. 2020).
    #[serde(rename = "bert-s")]
    BertS {},
}

impl Default for RelationSettings {
    fn default() -> Self {
        Self::Atlop { width: default_width(), block: default_block(), memory: None }
    }
}

impl RelationSettings {
    /// Refuses sizes that don't fit each other.
    pub(crate) fn check(&self) -> Result<()> {
        match self {
            Self::Atlop { width, block, memory } => {
                at_most("width", *width, WIDEST)?;
                at_most("block", *block, LARGEST_BLOCK)?;
                divides("block", *block, "relation.width", *width)?;
                memory.as_ref().map_or(Ok(()), |memory| memory.check(*width))
            }
            Self::DocuNet(settings) => settings.check(),
            Self::Axial(settings) => settings.check(),
            Self::Jerex(settings) => settings.check(),
            Self::Text {} | Self::BertS {} => Ok(()),
        }
    }

    /// Refuses what has no scores of entity pairs, where these are asked for.
    pub(crate) fn check_pairs(&self) -> Result<()> {
        if self.is_of_wholes() {
            let problem = "classifies texts as wholes, but this is about documents and their \
                           entity pairs; use atlop, docunet, axial or jerex";
            return Err(Error::setting("relation.kind", problem));
        }
        Ok(())
    }

    /// The entity types that it tells apart, if it does.
    pub(crate) fn entity_types(&self) -> Option<&[String]> {
        match self {
            Self::Jerex(settings) => Some(&settings.types),
            _ => None,
        }
    }

    /// The same with these entity types, where it tells types apart and has none yet.
    pub(crate) fn with_entity_types(&self, types: &[String]) -> Self {
        match self {
            Self::Jerex(settings) if settings.types.is_empty() => {
                Self::Jerex(JerexSettings { types: types.to_vec(), ..settings.clone() })
            }
            _ => self.clone(),
        }
    }

    /// Whether it classifies documents as wholes, and not their pairs.
    pub fn is_of_wholes(&self) -> bool {
        self.input(None).is_whole()
    }

    /// What of a file is classified. `none` is the label of texts that says that no other holds.
    pub fn input(&self, none: Option<&str>) -> Input {
        match self {
            Self::Text {} => Input::Texts { none: none.map(str::to_owned) },
            Self::BertS {} => Input::ArgumentPairs,
            Self::Atlop { .. } | Self::DocuNet(_) | Self::Axial(_) | Self::Jerex(_) => {
                Input::Documents
            }
        }
    }

    /// Refuses sizes that don't fit each other or an encoder `hidden` wide.
    pub fn check_for(&self, hidden: usize) -> Result<()> {
        match self {
            Self::Axial(settings) => settings.check_for(hidden),
            Self::Atlop { .. }
            | Self::DocuNet(_)
            | Self::Jerex(_)
            | Self::Text {}
            | Self::BertS {} => self.check(),
        }
    }

    /// A new relational encoder for hidden states `hidden` wide, for which it was checked.
    pub fn build(
        &self,
        hidden: usize,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> RelationEncoder {
        match self {
            Self::Atlop { width, block, memory } => {
                let atlop = Atlop::new(hidden, *width, *block, classes, random, device);
                RelationEncoder::Atlop(match memory {
                    Some(memory) => atlop.with_memory(Memory::new(*width, memory, random, device)),
                    None => atlop,
                })
            }
            Self::DocuNet(settings) => {
                RelationEncoder::DocuNet(DocuNet::new(hidden, settings, classes, random, device))
            }
            Self::Axial(settings) => {
                RelationEncoder::Axial(Axial::new(hidden, settings, classes, random, device))
            }
            Self::Jerex(settings) => settings.build(hidden, classes, random, device),
            Self::Text {} | Self::BertS {} => {
                RelationEncoder::Text(TextClassifier::new(hidden, classes, random, device))
            }
        }
    }
}
