//! What ATLOP and DocuNet have in common behind what they know of a pair.

use std::sync::Arc;

use burn::tensor::{Device, Tensor};

use super::{
    Memory, PairFeatures, PairPass, PairScores,
    projection::{Bilinear, PairProjections},
    scores::together,
};
use crate::layers::Linear;

/// The two extractors on a batch's entities, and the grouped bilinear classifier of what they
/// give (ATLOP, Eq. 3 to 5).
pub(super) struct PairClassifier<'a> {
    extractors: PairProjections,
    classifier: Bilinear<'a>,
    memory: Option<&'a Memory>,
    pass: PairPass,
}

/// For each row an entity and the place of a context.
type EntityRows = Arc<[(usize, usize)]>;

/// Rows that were scored.
pub(super) struct ScoredRows {
    pub logits: Tensor<2>,
    heads: Tensor<2>,
    tails: Tensor<2>,
}

impl<'a> PairClassifier<'a> {
    /// `extractors` are those of heads and tails, `[hidden + context width, width]`, `bilinear` is
    /// `[width * block, classes]`, `entities` `[entities, hidden]`.
    pub fn new(
        extractors: [&Linear; 2],
        bilinear: &'a Linear,
        block: usize,
        entities: &Tensor<2>,
        pass: PairPass,
    ) -> Self {
        let [head, tail] = extractors;
        Self {
            extractors: PairProjections::new(head, tail, entities, pass.precision),
            classifier: Bilinear { layer: bilinear, block, precision: pass.precision },
            memory: None,
            pass,
        }
    }

    /// With what features are mixed with before the bilinear map.
    pub fn with_memory(self, memory: Option<&'a Memory>) -> Self {
        Self { memory, ..self }
    }

    /// Scores the rows of some contexts, `[contexts, context width]`.
    pub fn score(&self, contexts: Tensor<2>, heads: &EntityRows, tails: &EntityRows) -> ScoredRows {
        let PairProjections { head, tail } = &self.extractors;
        let heads = head.features(head.contexts(contexts.clone()), heads);
        let tails = tail.features(tail.contexts(contexts), tails);
        let (heads, tails) = match self.memory {
            Some(memory) => memory.mix(heads, tails, self.pass.precision),
            None => (heads, tails),
        };
        let logits = self.classifier.forward(heads.clone(), tails.clone());
        ScoredRows { logits, heads, tails }
    }

    /// All scored rows together, in the order that `in_order` gives them, if there is any.
    pub fn together(
        &self,
        rows: impl Iterator<Item = ScoredRows>,
        in_order: impl Fn(Tensor<2>) -> Tensor<2>,
        device: &Device,
    ) -> PairScores {
        let (mut logits, mut heads, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for row in rows {
            logits.push(row.logits);
            if self.pass.features {
                heads.push(row.heads);
                tails.push(row.tails);
            }
        }
        let all = |parts: Vec<Tensor<2>>, columns: usize| match parts.is_empty() {
            true => together(parts, columns, device),
            false => in_order(together(parts, columns, device)),
        };
        let [width, classes] = self.classifier.dims();
        let features = self.pass.features.then(|| PairFeatures::Kronecker {
            heads: all(heads, width),
            tails: all(tails, width),
            block: self.classifier.block,
        });
        PairScores { logits: all(logits, classes), features }
    }
}
