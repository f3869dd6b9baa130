//! How documents are read.

use serde::{Deserialize, Serialize};

/// How documents are read.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReadOptions {
    /// Leaves out what is wrong in a document, and documents that can't be read at all, where a
    /// strict reading refuses the file.
    pub lenient: bool,
    /// Relations, beside those that a format has for it, that say of two mentions that they are
    /// one entity: brat's `Coreference`, say.
    pub join: Vec<String>,
    /// The key of a Label Studio task's data that holds the text.
    pub text_key: Option<String>,
    /// Mentions whose types have one name and number (`Alice-1`) are one entity, as LitBank codes
    /// coreference in brat. Such a mention has the type of another at its place, else none.
    pub chains: bool,
    /// DWIE's types as the field maps them: the ten main ones, and `other`.
    pub field_types: bool,
}

impl ReadOptions {
    /// Whether documents are read as they are where nothing else is asked for.
    pub fn is_default(&self) -> bool {
        *self == Self::default()
    }

    /// Whether a relation joins its mentions by these options.
    pub(super) fn joins(&self, relation: &str) -> bool {
        self.join.iter().any(|name| name == relation)
    }
}
