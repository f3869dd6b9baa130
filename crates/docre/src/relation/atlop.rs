//! ATLOP (Zhou et al. 2021).

use burn::{
    module::Module,
    nn::{Linear, LinearConfig},
    tensor::{Device, Int, Tensor, TensorData},
};
use docre_kernels::{
    Activation, Precision, grouped_bilinear, linear, pair_context, pair_feature, pool_logsumexp,
    pool_mean,
};

use super::{DocumentTokens, PairFeatures, PairLayout, PairPass, PairScores, layout::PairChunk};

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
    /// A new ATLOP head, with the initialisation that PyTorch gives linear layers:
    /// uniform within `±1 / √inputs`.
    pub fn new(
        hidden: usize,
        width: usize,
        block: usize,
        classes: usize,
        random: &mut crate::model::Initialiser,
        device: &Device,
    ) -> Self {
        let mut layer = |inputs: usize, outputs: usize| {
            let bound = 1.0 / (inputs as f64).sqrt();
            let mut layer = LinearConfig::new(inputs, outputs).init(device);
            layer.weight = random.uniform([inputs, outputs], bound, device);
            layer.bias = Some(random.uniform([outputs], bound, device));
            layer
        };
        Self {
            head_extractor: layer(2 * hidden, width),
            tail_extractor: layer(2 * hidden, width),
            bilinear: layer(width * block, classes),
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
        let [mentions, heads, longest] = tokens.attention.dims();
        let entities = pool_logsumexp(tokens.hidden.clone(), &layout.markers);
        let attention = tokens.attention.reshape([mentions, heads * longest]);
        let attention = pool_mean(attention, &layout.mentions);
        let attention = attention.reshape([layout.mentions.count(), heads, longest]);
        let head = Extractor::new(&self.head_extractor, entities.clone(), pass.precision);
        let tail = Extractor::new(&self.tail_extractor, entities, pass.precision);
        let chunks = layout.chunks.iter().map(|chunk| {
            let (attention, hidden) = (attention.clone(), tokens.hidden.clone());
            let context = pair_context(attention, hidden, &chunk.pairs, pass.precision);
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

/// An extractor `W [e; c] + b` cut into its two parts, the entities' applied.
struct Extractor {
    /// `W_e e` for every entity, `[entities, width]`.
    entities: Tensor<2>,
    /// `W_c`, `[hidden, width]`.
    context_weight: Tensor<2>,
    bias: Tensor<1>,
    precision: Precision,
}

impl Extractor {
    fn new(layer: &Linear, entities: Tensor<2>, precision: Precision) -> Self {
        let [_, hidden] = entities.dims();
        let [_, width] = layer.weight.dims();
        let weight = layer.weight.val();
        let entity_weight = weight.clone().narrow(0, 0, hidden);
        let no_bias = Tensor::zeros([width], &entities.device());
        Self {
            entities: linear(entities, entity_weight, no_bias, Activation::None, precision),
            context_weight: weight.narrow(0, hidden, hidden),
            bias: layer.bias.as_ref().expect("an extractor has a bias").val(),
            precision,
        }
    }

    /// `W_c c + b` for every context, `[contexts, width]`.
    fn contexts(&self, context: Tensor<2>) -> Tensor<2> {
        let (weight, bias) = (self.context_weight.clone(), self.bias.clone());
        linear(context, weight, bias, Activation::None, self.precision)
    }
}
