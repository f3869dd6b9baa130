//! What an entity becomes within a pair, and the classifier of the two.

use std::sync::Arc;

use burn::tensor::Tensor;
use docre_kernels::{
    Activation, Int8Linear, Precision, grouped_bilinear, grouped_bilinear_int8, linear,
    linear_int8, pair_feature,
};

use crate::layers::Linear;

/// A projection `W [e; c] + b` cut into its two parts, the entities' applied: of an entity `e`
/// and of what is known of the pair, `c`.
pub(super) struct PairProjection {
    /// `W_e e` for every entity, `[entities, width]`.
    entities: Tensor<2>,
    context_weight: Weight,
    bias: Tensor<1>,
    precision: Precision,
}

/// `W_c`, `[context width, width]`.
#[expect(clippy::large_enum_variant, reason = "there are two a batch")]
enum Weight {
    Floats(Tensor<2>),
    Int8(Int8Linear),
}

impl PairProjection {
    /// `layer` is `[hidden + context width, width]`, `entities` `[entities, hidden]`.
    pub fn new(layer: &Linear, entities: Tensor<2>, precision: Precision) -> Self {
        let [_, hidden] = entities.dims();
        let [inputs, width] = layer.dims();
        let bias = layer.bias.as_ref().expect("a projection has a bias").val();
        let no_bias = Tensor::zeros([width], &entities.device());
        if let Some([of_entities, of_contexts]) = layer.int8_parts() {
            let entities = linear_int8(entities, of_entities, no_bias, Activation::None);
            let context_weight = Weight::Int8(of_contexts.clone());
            return Self { entities, context_weight, bias, precision };
        }
        let weight = layer.weight.val();
        let entity_weight = weight.clone().narrow(0, 0, hidden);
        Self {
            entities: linear(entities, entity_weight, no_bias, Activation::None, precision),
            context_weight: Weight::Floats(weight.narrow(0, hidden, inputs - hidden)),
            bias,
            precision,
        }
    }

    /// `W_c c + b` for every context, `[contexts, width]`.
    pub fn contexts(&self, context: Tensor<2>) -> Tensor<2> {
        let bias = self.bias.clone();
        match &self.context_weight {
            Weight::Int8(weight) => linear_int8(context, weight, bias, Activation::None),
            Weight::Floats(weight) => {
                linear(context, weight.clone(), bias, Activation::None, self.precision)
            }
        }
    }

    /// The feature of each row, an entity and the place of a context, `[rows, width]`.
    pub fn features(&self, contexts: Tensor<2>, rows: &Arc<[(usize, usize)]>) -> Tensor<2> {
        pair_feature(self.entities.clone(), contexts, rows)
    }
}

/// The projections of heads and tails.
pub(super) struct PairProjections {
    pub head: PairProjection,
    pub tail: PairProjection,
}

impl PairProjections {
    /// Both on the same entities, `[entities, hidden]`.
    pub fn new(head: &Linear, tail: &Linear, entities: &Tensor<2>, precision: Precision) -> Self {
        Self {
            head: PairProjection::new(head, entities.clone(), precision),
            tail: PairProjection::new(tail, entities.clone(), precision),
        }
    }
}

/// A grouped bilinear map of heads and tails, `[width * block, outputs]`.
#[derive(Clone, Copy)]
pub(super) struct Bilinear<'a> {
    pub layer: &'a Linear,
    pub block: usize,
    pub precision: Precision,
}

impl Bilinear<'_> {
    /// `[rows, width]` each to `[rows, outputs]`.
    pub fn forward(&self, heads: Tensor<2>, tails: Tensor<2>) -> Tensor<2> {
        let bias = self.layer.bias.as_ref().expect("a bilinear map has a bias").val();
        if let Some(weight) = self.layer.int8_bilinear() {
            return grouped_bilinear_int8(heads, tails, weight, bias);
        }
        let weight = self.layer.weight.val();
        grouped_bilinear(heads, tails, weight, bias, self.block, self.precision)
    }

    /// The width of heads and tails, and the outputs.
    pub fn dims(&self) -> [usize; 2] {
        let [products, outputs] = self.layer.dims();
        [products / self.block, outputs]
    }
}
