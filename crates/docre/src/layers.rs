//! What encoders and relational encoders are both made of.

use burn::{
    module::Param,
    nn::{LayerNorm, Linear},
    tensor::{Int, Tensor, TensorData},
};
use docre_kernels::{Activation, Precision};

/// A linear layer with or without a bias, and what follows it: `[rows, inputs]` to
/// `[rows, outputs]`.
pub(crate) fn linear(
    layer: &Linear,
    x: Tensor<2>,
    activation: Activation,
    precision: Precision,
) -> Tensor<2> {
    let (weight, bias) = parameters(layer);
    docre_kernels::linear(x, weight, bias, activation, precision)
}

/// A linear layer's weight `[inputs, outputs]` and bias `[outputs]`, which is zero where it has
/// none.
pub(crate) fn parameters(layer: &Linear) -> (Tensor<2>, Tensor<1>) {
    let weight = layer.weight.val();
    let bias = layer.bias.as_ref().map(Param::val);
    let bias = bias.unwrap_or_else(|| Tensor::zeros([weight.dims()[1]], &weight.device()));
    (weight, bias)
}

/// A layer norm's factor and bias, `[width]` each; the bias is zero where it has none.
pub(crate) fn norm_parameters(norm: &LayerNorm) -> (Tensor<1>, Tensor<1>) {
    let gamma = norm.gamma.val();
    let beta = norm.beta.as_ref().map(Param::val);
    let beta = beta.unwrap_or_else(|| Tensor::zeros(gamma.dims(), &gamma.device()));
    (gamma, beta)
}

/// Rows of a matrix, in this order.
pub(crate) fn rows(matrix: &Tensor<2>, places: impl Iterator<Item = usize>) -> Tensor<2> {
    let places: Vec<i32> = places.map(|place| place as i32).collect();
    let count = places.len();
    let places = TensorData::new(places, [count]);
    matrix.clone().select(0, Tensor::<1, Int>::from_data(places, &matrix.device()))
}
