//! The tokens that stand for no text.

use serde_json::json;
use tokenizers::Tokenizer;

use super::folder::TokenizerFolder;
use crate::{Error, Result};

/// The tokens that stand for no text, under the names of the encoder's own files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialTokens {
    /// Opens each input: `[CLS]`, `<s>`.
    pub cls: SpecialToken,
    /// Closes each input: `[SEP]`, `</s>`.
    pub sep: SpecialToken,
    /// Fills up batches in padded layouts: `[PAD]`, `<pad>`.
    pub pad: SpecialToken,
    /// Stands for text outside the vocabulary: `[UNK]`, `<unk>`.
    pub unk: SpecialToken,
}

/// A special token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpecialToken {
    /// Its name in the vocabulary.
    pub name: String,
    /// Its id.
    pub id: u32,
}

/// A special token's key in settings files, and its name in BERT and in RoBERTa.
struct Role {
    key: &'static str,
    usual: [&'static str; 2],
}

const CLS: Role = Role { key: "cls_token", usual: ["[CLS]", "<s>"] };
const SEP: Role = Role { key: "sep_token", usual: ["[SEP]", "</s>"] };
const PAD: Role = Role { key: "pad_token", usual: ["[PAD]", "<pad>"] };
const UNK: Role = Role { key: "unk_token", usual: ["[UNK]", "<unk>"] };

impl SpecialTokens {
    /// The special tokens by the names that the folder's files give, else by the usual names.
    pub(super) fn find(folder: &TokenizerFolder, pipeline: &Tokenizer) -> Result<Self> {
        let find = |role: &Role| match folder.special_token(role.key) {
            Some(name) => role.named(name, pipeline).ok_or_else(|| {
                let problem = format!(
                    "its settings name \"{name}\" as {}, but its vocabulary has no such token",
                    role.key
                );
                Error::file(&folder.path, problem)
            }),
            None => role.usual(pipeline).ok_or_else(|| {
                let [bert, roberta] = role.usual;
                let problem = format!(
                    "the tokenizer has neither \"{bert}\" nor \"{roberta}\"; \
                     name its token in special_tokens_map.json: {{\"{}\": ...}}",
                    role.key
                );
                Error::file(&folder.path, problem)
            }),
        };
        Ok(Self { cls: find(&CLS)?, sep: find(&SEP)?, pad: find(&PAD)?, unk: find(&UNK)? })
    }

    /// Whether the same tokens are found without files that name them.
    pub(super) fn found_without_names(&self, pipeline: &Tokenizer) -> bool {
        let roles = [(&CLS, &self.cls), (&SEP, &self.sep), (&PAD, &self.pad), (&UNK, &self.unk)];
        roles.into_iter().all(|(role, token)| role.usual(pipeline).as_ref() == Some(token))
    }

    /// The names as in `special_tokens_map.json`.
    pub(super) fn names(&self) -> serde_json::Value {
        json!({
            (CLS.key): self.cls.name,
            (SEP.key): self.sep.name,
            (PAD.key): self.pad.name,
            (UNK.key): self.unk.name,
        })
    }
}

impl Role {
    fn named(&self, name: &str, pipeline: &Tokenizer) -> Option<SpecialToken> {
        pipeline.token_to_id(name).map(|id| SpecialToken { name: name.to_string(), id })
    }

    fn usual(&self, pipeline: &Tokenizer) -> Option<SpecialToken> {
        self.usual.into_iter().find_map(|name| self.named(name, pipeline))
    }
}
