//! The families of encoders: what they are called, and what of them differs from BERT.
//!
//! A new family is a variant of [`ModelType`] with its lines here, the names of its tensors in
//! `names.rs`, and in `forward.rs` what its layers do that no other's do.

use serde::Serialize;

/// The families of encoders that can be run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ModelType {
    /// BERT, and what has its shape (MiniLM, SciBERT, ...).
    Bert,
    /// RoBERTa: BERT with positions counted from behind the padding id.
    Roberta,
    /// XLM-RoBERTa: RoBERTa for many languages.
    XlmRoberta,
    /// CamemBERT: RoBERTa for French.
    Camembert,
    /// MPNet: RoBERTa with a bias for how far tokens are apart, which all layers share.
    Mpnet,
    /// ELECTRA: BERT whose embeddings may be narrower than its layers.
    Electra,
    /// DistilBERT: BERT without token types.
    Distilbert,
    /// ALBERT: one layer gone through several times, with narrow embeddings.
    Albert,
    /// ModernBERT: norms before the blocks, rotary positions, most layers see near tokens alone.
    Modernbert,
    /// Longformer: RoBERTa that sees near tokens and the first, which sees all.
    Longformer,
    /// DeBERTa: attention to content and to relative positions apart.
    Deberta,
    /// DeBERTa v2 and v3: positions in buckets, on maps of their own or on those of content.
    DebertaV2,
}

impl ModelType {
    /// All of them.
    pub const ALL: [Self; 12] = [
        Self::Bert,
        Self::Roberta,
        Self::XlmRoberta,
        Self::Camembert,
        Self::Mpnet,
        Self::Electra,
        Self::Distilbert,
        Self::Albert,
        Self::Modernbert,
        Self::Longformer,
        Self::Deberta,
        Self::DebertaV2,
    ];

    /// The name in `config.json`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Bert => "bert",
            Self::Roberta => "roberta",
            Self::XlmRoberta => "xlm-roberta",
            Self::Camembert => "camembert",
            Self::Mpnet => "mpnet",
            Self::Electra => "electra",
            Self::Distilbert => "distilbert",
            Self::Albert => "albert",
            Self::Modernbert => "modernbert",
            Self::Longformer => "longformer",
            Self::Deberta => "deberta",
            Self::DebertaV2 => "deberta-v2",
        }
    }

    /// All names, for messages.
    pub(super) fn names() -> String {
        let names = Self::ALL.map(Self::name);
        let (last, others) = names.split_last().expect("there are some");
        format!("{} and {last}", others.join(", "))
    }

    pub(super) fn parse(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|family| family.name() == name);
        found.ok_or_else(|| format!("model_type \"{name}\" isn't supported; {} are", Self::names()))
    }

    /// Whether it has DeBERTa's relative positions.
    pub(super) fn is_relative(self) -> bool {
        matches!(self, Self::Deberta | Self::DebertaV2)
    }

    /// Whether its positions begin behind the padding id.
    pub(super) fn counts_from_padding(self) -> bool {
        matches!(
            self,
            Self::Roberta | Self::XlmRoberta | Self::Camembert | Self::Mpnet | Self::Longformer
        )
    }

    /// Whether its tokens have types: each encoder of the family, none, or as its file says.
    pub(super) fn has_types(self) -> Option<bool> {
        match self {
            Self::Mpnet | Self::Distilbert | Self::Modernbert => Some(false),
            Self::Deberta | Self::DebertaV2 => None,
            _ => Some(true),
        }
    }

    /// Whether its embeddings may be narrower than its layers.
    pub(super) fn may_be_narrow(self) -> bool {
        matches!(self, Self::Electra | Self::Albert)
    }

    /// What it takes for keys that are missing, as the `transformers` library does.
    pub(super) fn defaults(self) -> Defaults {
        let bert = Defaults {
            layer_norm_eps: 1e-12,
            type_vocab_size: 2,
            pad_token_id: 0,
            dropout: 0.1,
            hidden_act: "gelu",
        };
        match self {
            Self::Bert | Self::Electra => bert,
            Self::Roberta | Self::XlmRoberta | Self::Camembert | Self::Longformer => {
                Defaults { pad_token_id: 1, ..bert }
            }
            Self::Mpnet => Defaults { pad_token_id: 1, type_vocab_size: 0, ..bert },
            Self::Distilbert => Defaults { type_vocab_size: 0, ..bert },
            Self::Albert => Defaults { dropout: 0.0, hidden_act: "gelu_new", ..bert },
            Self::Modernbert => {
                Defaults { layer_norm_eps: 1e-5, type_vocab_size: 0, dropout: 0.0, ..bert }
            }
            Self::Deberta | Self::DebertaV2 => {
                Defaults { layer_norm_eps: 1e-7, type_vocab_size: 0, ..bert }
            }
        }
    }
}

/// What a family takes for keys that are missing.
pub(super) struct Defaults {
    pub layer_norm_eps: f64,
    pub type_vocab_size: usize,
    pub pad_token_id: usize,
    pub dropout: f64,
    pub hidden_act: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_are_read_by_the_names_they_are_written_with() {
        for family in ModelType::ALL {
            assert_eq!(ModelType::parse(family.name()), Ok(family));
            assert_eq!(serde_json::to_value(family).unwrap(), family.name());
        }
    }
}
