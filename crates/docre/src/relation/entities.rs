//! Entities, and the contexts that two of them share.

use burn::tensor::Tensor;
use docre_kernels::{DocumentPairs, Precision, pair_context, pool_logsumexp};

use super::{DocumentTokens, LongDocument, PairLayout, attention::entity_attention};

/// The entities of a batch and the tokens they were read from.
#[derive(Debug, Clone)]
pub(super) struct Entities {
    /// Logsumexp over the markers of an entity's mentions, `[entities, hidden]` (ATLOP,
    /// Eq. 2; KD-DocRE, Eq. 2).
    pub embeddings: Tensor<2>,
    read: Read,
}

/// What contexts are made of.
#[derive(Debug, Clone)]
enum Read {
    /// Of the documents of a batch.
    Whole {
        /// `[entities, heads, longest document]`
        attention: Tensor<3>,
        /// `[document tokens, hidden]`
        hidden: Tensor<2>,
    },
    /// Of one long document, without gradients.
    Long(LongDocument),
}

impl Entities {
    pub fn new(tokens: DocumentTokens, layout: &PairLayout) -> Self {
        Self {
            embeddings: pool_logsumexp(tokens.hidden.clone(), &layout.markers),
            read: Read::Whole {
                attention: entity_attention(tokens.attention, layout),
                hidden: tokens.hidden,
            },
        }
    }

    /// Those of a long document.
    pub fn of_long(document: LongDocument) -> Self {
        Self { embeddings: document.embeddings.clone(), read: Read::Long(document) }
    }

    /// The localized context of each unordered pair, `[pairs, hidden]` (ATLOP, Eq. 4 and 5).
    /// KD-DocRE prints the same without the division by the weights' sum (Eq. 3 and 4), but
    /// its public code divides.
    pub fn contexts(&self, pairs: &DocumentPairs, precision: Precision) -> Tensor<2> {
        match &self.read {
            Read::Whole { attention, hidden } => {
                pair_context(attention.clone(), hidden.clone(), pairs, precision)
            }
            Read::Long(document) => document.contexts(&pairs.pairs, precision),
        }
    }

    /// [`Entities::contexts`] of several chunks, one behind another. There is at least one.
    pub fn all_contexts(&self, chunks: &[DocumentPairs], precision: Precision) -> Tensor<2> {
        Tensor::cat(chunks.iter().map(|pairs| self.contexts(pairs, precision)).collect(), 0)
    }
}
