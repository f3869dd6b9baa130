//! What encoders and relational encoders are both made of.

use burn::{module::Param, nn::Linear, tensor::Tensor};
use docre_kernels::{Activation, Precision};

/// A linear layer with or without a bias, and what follows it: `[rows, inputs]` to
/// `[rows, outputs]`.
pub(crate) fn linear(
    layer: &Linear,
    x: Tensor<2>,
    activation: Activation,
    precision: Precision,
) -> Tensor<2> {
    let weight = layer.weight.val();
    let bias = layer.bias.as_ref().map(Param::val);
    let bias = bias.unwrap_or_else(|| Tensor::zeros([weight.dims()[1]], &x.device()));
    docre_kernels::linear(x, weight, bias, activation, precision)
}
