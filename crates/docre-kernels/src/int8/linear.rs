//! A linear map in eight bits.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;

use super::{
    matrix::Int8Matrix,
    packed::{MOST_DEPTH, Packed},
    product::{Map, maps},
    units::unit,
};
use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse},
    linear::Activation,
    matmul::Matrix,
};

/// The weight of a linear map, packed for products in eight bits. Copies share it.
#[derive(Debug, Clone)]
pub struct Int8Linear {
    packed: Arc<Packed>,
}

impl Int8Linear {
    /// Packs a weight `[outputs, inputs]`, as PyTorch has it.
    ///
    /// # Panics
    ///
    /// Panics if it has no inputs, or more than [`Self::takes`] says.
    pub fn new(weight: &Int8Matrix) -> Self {
        Self::of_inputs(weight, 0..weight.dims()[1])
    }

    /// The same for some of the inputs alone.
    ///
    /// # Panics
    ///
    /// As for [`Self::new`].
    pub fn of_inputs(weight: &Int8Matrix, inputs: Range<usize>) -> Self {
        let depth = inputs.len();
        Self { packed: Arc::new(Packed::new(weight, inputs, depth)) }
    }

    /// Whether so many inputs can be summed.
    pub fn takes(inputs: usize) -> bool {
        (1..=MOST_DEPTH).contains(&inputs)
    }

    /// Inputs and outputs.
    pub fn dims(&self) -> [usize; 2] {
        [self.packed.depth, self.packed.outputs]
    }

    /// The map with its bias.
    pub(super) fn map<'a>(&'a self, bias: &'a [f32], activation: Activation) -> Map<'a> {
        Map { weight: &self.packed, bias, activation }
    }
}

/// [`linear()`](crate::linear()) with a weight in eight bits, on the CPU. Each row of `x` is
/// rounded to eight bits with a scale of its own; what follows the sums is as there.
///
/// # Shapes
///
/// - x: `[rows, inputs]`
/// - bias: `[outputs]`
/// - output: `[rows, outputs]`
pub fn linear_int8(
    x: Tensor<2>,
    weight: &Int8Linear,
    bias: Tensor<1>,
    activation: Activation,
) -> Tensor<2> {
    let op = LinearInt8Op { weight: weight.clone(), activation };
    fuse(Arc::new(op), [x.into_dispatch(), bias.into_dispatch()])
}

#[derive(Debug)]
struct LinearInt8Op {
    weight: Int8Linear,
    activation: Activation,
}

impl FusedOp for LinearInt8Op {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [x, bias] = inputs else { unreachable!("two inputs") };
        let shape = vec![x.shape[0], bias.data.len()];
        let [out] = products_into_new(x.matrix(), [(&self.weight, bias.data)], self.activation);
        (out, shape, Saved::default())
    }

    fn backward(&self, _inputs: &[Option<View>], _saved: &Saved, _grad: &[f32]) -> Vec<Grad> {
        no_gradient()
    }
}

/// What weights and biases make of the rows, each in a buffer of its own.
pub(super) fn products_into_new<const N: usize>(
    x: Matrix,
    layers: [(&Int8Linear, &[f32]); N],
    activation: Activation,
) -> [Vec<f32>; N] {
    maps(unit(), x, layers.map(|(weight, bias)| weight.map(bias, activation)))
}

/// What backward passes of operations in eight bits do.
pub(super) fn no_gradient() -> ! {
    panic!("products in eight bits are for inference: they have no gradient")
}
