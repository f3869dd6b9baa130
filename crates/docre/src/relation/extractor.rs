//! What an entity becomes within a pair.

use burn::{nn::Linear, tensor::Tensor};
use docre_kernels::{Activation, Precision, linear};

/// An extractor `W [e; c] + b` cut into its two parts, the entities' applied: of an entity `e`
/// and of what is known of the pair, `c`.
pub(super) struct Extractor {
    /// `W_e e` for every entity, `[entities, width]`.
    pub entities: Tensor<2>,
    /// `W_c`, `[context width, width]`.
    context_weight: Tensor<2>,
    bias: Tensor<1>,
    precision: Precision,
}

impl Extractor {
    /// `layer` is `[hidden + context width, width]`, `entities` `[entities, hidden]`.
    pub fn new(layer: &Linear, entities: Tensor<2>, precision: Precision) -> Self {
        let [_, hidden] = entities.dims();
        let [inputs, width] = layer.weight.dims();
        let weight = layer.weight.val();
        let entity_weight = weight.clone().narrow(0, 0, hidden);
        let no_bias = Tensor::zeros([width], &entities.device());
        Self {
            entities: linear(entities, entity_weight, no_bias, Activation::None, precision),
            context_weight: weight.narrow(0, hidden, inputs - hidden),
            bias: layer.bias.as_ref().expect("an extractor has a bias").val(),
            precision,
        }
    }

    /// `W_c c + b` for every context, `[contexts, width]`.
    pub fn contexts(&self, context: Tensor<2>) -> Tensor<2> {
        let (weight, bias) = (self.context_weight.clone(), self.bias.clone());
        linear(context, weight, bias, Activation::None, self.precision)
    }
}
