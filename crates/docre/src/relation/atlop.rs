//! ATLOP (Zhou et al. 2021).

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData},
};

use super::{
    DocumentTokens, Initialiser, LongDocument, Memory, PairLayout, PairPass, PairScores,
    entities::Entities, pair_classifier::PairClassifier,
};
use crate::{
    layers::{Linear, PackAs},
    text::pairs::OrderedPair,
};

/// Entity embeddings by logsumexp over mentions, localized context, and a grouped
/// bilinear classifier (ATLOP, Eq. 2 to 9).
///
/// The context of a pair and the context's part of the two extractors are computed
/// once for (h, t) and (t, h), and an entity's part once an entity.
#[derive(Module, Debug)]
pub struct Atlop {
    /// `[2 * hidden, width]`: an entity's embedding, then the context.
    head_extractor: Linear,
    /// The same for tails.
    tail_extractor: Linear,
    /// `[width * block, classes]`.
    bilinear: Linear,
    block: usize,
    /// What the features of pairs are read with before the classifier.
    memory: Option<Memory>,
}

impl Atlop {
    /// A new ATLOP head.
    pub fn new(
        hidden: usize,
        width: usize,
        block: usize,
        classes: usize,
        random: &mut Initialiser,
        device: &Device,
    ) -> Self {
        Self {
            head_extractor: random.linear(2 * hidden, width, device),
            tail_extractor: random.linear(2 * hidden, width, device),
            bilinear: random.linear(width * block, classes, device),
            block,
            memory: None,
        }
    }

    /// The same with a memory before the classifier (TTM-RE).
    pub fn with_memory(self, memory: Memory) -> Self {
        Self { memory: Some(memory), ..self }
    }

    /// Packs its matrices in eight bits.
    pub(super) fn pack(&mut self, hidden: usize) {
        self.head_extractor.pack(PackAs::Parts(hidden));
        self.tail_extractor.pack(PackAs::Parts(hidden));
        self.bilinear.pack(PackAs::Bilinear(self.block));
    }

    /// The scores of a long document's ordered pairs, so many at a time, in their order.
    pub(super) fn score_long(
        &self,
        document: &LongDocument,
        pairs: &[OrderedPair],
        tile: usize,
        pass: PairPass,
        mut each: impl FnMut(Tensor<2>),
    ) {
        let classifier = self.classifier(&document.embeddings, pass);
        for pairs in pairs.chunks(tile) {
            // Here the rows are few enough that a pair's two directions seldom meet, so each
            // makes its context, which costs a fraction of the classifier.
            let rows = |of: fn(&OrderedPair) -> usize| {
                pairs.iter().enumerate().map(|(row, pair)| (of(pair), row)).collect()
            };
            let both: Vec<_> = pairs.iter().map(|pair| (pair.head, pair.tail)).collect();
            let contexts = document.contexts(&both, pass.precision);
            let (heads, tails) = (rows(|pair| pair.head), rows(|pair| pair.tail));
            each(classifier.score(contexts, &heads, &tails).logits);
        }
    }

    /// The scores of all ordered pairs.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let device = tokens.hidden.device();
        let entities = Entities::new(tokens, layout);
        let classifier = self.classifier(&entities.embeddings, pass);
        let chunks = layout.chunks.iter().map(|chunk| {
            let contexts = entities.contexts(&chunk.pairs, pass.precision);
            classifier.score(contexts, &chunk.heads, &chunk.tails)
        });
        let order: Vec<i32> = layout.order.iter().map(|row| *row as i32).collect();
        let count = order.len();
        let order = Tensor::<1, Int>::from_data(TensorData::new(order, [count]), &device);
        classifier.together(chunks, |rows| rows.select(0, order.clone()), &device)
    }

    /// The pair stage on the embeddings of entities.
    fn classifier(&self, entities: &Tensor<2>, pass: PairPass) -> PairClassifier<'_> {
        let extractors = [&self.head_extractor, &self.tail_extractor];
        let classifier =
            PairClassifier::new(extractors, &self.bilinear, self.block, entities, pass);
        classifier.with_memory(self.memory.as_ref())
    }
}
