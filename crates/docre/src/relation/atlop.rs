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

use super::{DocumentTokens, PairLayout, layout::PairChunk};

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

    /// The scores of all ordered pairs, `[pairs, classes]`.
    pub fn forward(
        &self,
        tokens: DocumentTokens,
        layout: &PairLayout,
        precision: Precision,
    ) -> Tensor<2> {
        let device = tokens.hidden.device();
        let [mentions, heads, longest] = tokens.attention.dims();
        let entities = pool_logsumexp(tokens.hidden.clone(), &layout.markers);
        let attention = tokens.attention.reshape([mentions, heads * longest]);
        let attention = pool_mean(attention, &layout.mentions);
        let attention = attention.reshape([layout.mentions.count(), heads, longest]);
        let head = Extractor::new(&self.head_extractor, entities.clone(), precision);
        let tail = Extractor::new(&self.tail_extractor, entities, precision);
        let logits: Vec<Tensor<2>> = layout
            .chunks
            .iter()
            .map(|chunk| {
                let (attention, hidden) = (attention.clone(), tokens.hidden.clone());
                let context = pair_context(attention, hidden, &chunk.pairs, precision);
                self.score(chunk, context, &head, &tail, precision)
            })
            .collect();
        if logits.is_empty() {
            let classes = self.bilinear.weight.dims()[1];
            return Tensor::zeros([0, classes], &device);
        }
        let order: Vec<i32> = layout.order.iter().map(|row| *row as i32).collect();
        let count = order.len();
        let order = Tensor::<1, Int>::from_data(TensorData::new(order, [count]), &device);
        Tensor::cat(logits, 0).select(0, order)
    }

    /// The scores of a chunk's rows.
    fn score(
        &self,
        chunk: &PairChunk,
        context: Tensor<2>,
        head: &Extractor,
        tail: &Extractor,
        precision: Precision,
    ) -> Tensor<2> {
        let heads =
            pair_feature(head.entities.clone(), head.contexts(context.clone()), &chunk.heads);
        let tails = pair_feature(tail.entities.clone(), tail.contexts(context), &chunk.tails);
        let bias = self.bilinear.bias.as_ref().expect("the classifier has a bias");
        let weight = self.bilinear.weight.val();
        grouped_bilinear(heads, tails, weight, bias.val(), self.block, precision)
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
