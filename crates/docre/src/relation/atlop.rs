//! ATLOP (Zhou et al. 2021).

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData},
};

use super::{
    DocumentTokens, Initialiser, LongDocument, PairFeatures, PairLayout, PairPass, PairScores,
    entities::Entities,
    projection::{Bilinear, PairProjections},
    scores::together,
};
use crate::{
    layers::{Linear, PackAs},
    text::OrderedPair,
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
        }
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
        let (head, tail) = (&self.head_extractor, &self.tail_extractor);
        let PairProjections { head, tail } =
            PairProjections::new(head, tail, &document.embeddings, pass.precision);
        let (block, precision) = (self.block, pass.precision);
        let classifier = Bilinear { layer: &self.bilinear, block, precision };
        for pairs in pairs.chunks(tile) {
            // Here the rows are few enough that a pair's two directions seldom meet, so each
            // makes its context, which costs a fraction of the classifier.
            let rows = |of: fn(&OrderedPair) -> usize| {
                pairs.iter().enumerate().map(|(row, pair)| (of(pair), row)).collect()
            };
            let both: Vec<_> = pairs.iter().map(|pair| (pair.head, pair.tail)).collect();
            let context = document.contexts(&both, precision);
            let z_h = head.features(head.contexts(context.clone()), &rows(|pair| pair.head));
            let z_t = tail.features(tail.contexts(context), &rows(|pair| pair.tail));
            each(classifier.forward(z_h, z_t));
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
        let (head, tail) = (&self.head_extractor, &self.tail_extractor);
        let extractors = PairProjections::new(head, tail, &entities.embeddings, pass.precision);
        let (block, precision) = (self.block, pass.precision);
        let classifier = Bilinear { layer: &self.bilinear, block, precision };
        let (mut logits, mut heads, mut tails) = (Vec::new(), Vec::new(), Vec::new());
        for chunk in &layout.chunks {
            let context = entities.contexts(&chunk.pairs, precision);
            let PairProjections { head, tail } = &extractors;
            let z_h = head.features(head.contexts(context.clone()), &chunk.heads);
            let z_t = tail.features(tail.contexts(context), &chunk.tails);
            logits.push(classifier.forward(z_h.clone(), z_t.clone()));
            if pass.features {
                heads.push(z_h);
                tails.push(z_t);
            }
        }
        let order: Vec<i32> = layout.order.iter().map(|row| *row as i32).collect();
        let count = order.len();
        let order = Tensor::<1, Int>::from_data(TensorData::new(order, [count]), &device);
        let in_order = |parts: Vec<Tensor<2>>, columns: usize| match parts.is_empty() {
            true => together(parts, columns, &device),
            false => together(parts, columns, &device).select(0, order.clone()),
        };
        let [width, classes] = classifier.dims();
        let features = pass.features.then(|| PairFeatures::Kronecker {
            heads: in_order(heads, width),
            tails: in_order(tails, width),
            block,
        });
        PairScores { logits: in_order(logits, classes), features }
    }
}
