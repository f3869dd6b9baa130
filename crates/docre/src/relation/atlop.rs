//! ATLOP (Zhou et al. 2021).

use burn::{
    module::Module,
    nn::Linear,
    tensor::{Device, Int, Tensor, TensorData},
};
use docre_kernels::{Precision, grouped_bilinear, pair_feature};

use super::{
    DocumentTokens, PairFeatures, PairLayout, PairPass, PairScores, entities::Entities,
    extractor::Extractor, layout::PairChunk,
};
use crate::model::Initialiser;

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

    /// The scores of all ordered pairs.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        pass: PairPass,
    ) -> PairScores {
        let device = tokens.hidden.device();
        let entities = Entities::new(tokens, layout);
        let embeddings = || entities.embeddings.clone();
        let head = Extractor::new(&self.head_extractor, embeddings(), pass.precision);
        let tail = Extractor::new(&self.tail_extractor, embeddings(), pass.precision);
        let chunks = layout.chunks.iter().map(|chunk| {
            let context = entities.contexts(&chunk.pairs, pass.precision);
            let features = Features::new(chunk, context, &head, &tail);
            (self.classify(&features, pass.precision), pass.features.then_some(features))
        });
        let (logits, features): (Vec<_>, Vec<_>) = chunks.unzip();
        let order: Vec<i32> = layout.order.iter().map(|row| *row as i32).collect();
        let count = order.len();
        let order = Tensor::<1, Int>::from_data(TensorData::new(order, [count]), &device);
        let in_order = |parts: Vec<Tensor<2>>, columns: usize| match parts.is_empty() {
            true => Tensor::zeros([0, columns], &device),
            false => Tensor::cat(parts, 0).select(0, order.clone()),
        };
        let [inputs, classes] = self.bilinear.weight.dims();
        let features = pass.features.then(|| {
            let features = features.into_iter().flatten().map(|part| (part.heads, part.tails));
            let (heads, tails): (Vec<_>, Vec<_>) = features.unzip();
            let width = inputs / self.block;
            PairFeatures::Kronecker {
                heads: in_order(heads, width),
                tails: in_order(tails, width),
                block: self.block,
            }
        });
        PairScores { logits: in_order(logits, classes), features }
    }

    /// The scores of a chunk's rows.
    fn classify(&self, features: &Features, precision: Precision) -> Tensor<2> {
        let Features { heads, tails } = features.clone();
        let bias = self.bilinear.bias.as_ref().expect("the classifier has a bias");
        let weight = self.bilinear.weight.val();
        grouped_bilinear(heads, tails, weight, bias.val(), self.block, precision)
    }
}

/// The features of a chunk's rows, `[rows, width]` each.
#[derive(Clone)]
struct Features {
    heads: Tensor<2>,
    tails: Tensor<2>,
}

impl Features {
    fn new(chunk: &PairChunk, context: Tensor<2>, head: &Extractor, tail: &Extractor) -> Self {
        let contexts = head.contexts(context.clone());
        Self {
            heads: pair_feature(head.entities.clone(), contexts, &chunk.heads),
            tails: pair_feature(tail.entities.clone(), tail.contexts(context), &chunk.tails),
        }
    }
}
