//! The types of entities.

use burn::{
    module::Module,
    tensor::{Device, Int, Tensor, TensorData, activation},
};
use docre_kernels::{Activation, Dropout, Precision};

use crate::{
    initialiser::Initialiser,
    layers::{Linear, PackAs, drop_hidden, linear},
    mention::SpanSizes,
};

/// Classifies entities by type: a hidden layer on the maximum over an entity's mentions (JEREX,
/// Eberts and Ulges 2021, "entity classification").
#[derive(Module, Debug)]
pub struct TypeClassifier {
    /// `[hidden, width]`
    dense: Linear,
    /// `[width, types]`
    output: Linear,
    dropout: f64,
}

impl TypeClassifier {
    /// A new classifier of so many types.
    pub fn new(sizes: SpanSizes, kinds: usize, random: &mut Initialiser, device: &Device) -> Self {
        Self {
            dense: random.linear(sizes.hidden, sizes.width, device),
            output: random.linear(sizes.width, kinds, device),
            dropout: sizes.dropout,
        }
    }

    /// Packs the hidden layer in eight bits.
    pub(crate) fn pack(&mut self) {
        self.dense.pack(PackAs::Whole);
    }

    /// The logits of entities, `[entities, types]`, from their maxima, `[entities, hidden]`.
    pub fn logits(&self, maxima: Tensor<2>, masks: Dropout, precision: Precision) -> Tensor<2> {
        let hidden = linear(&self.dense, maxima, Activation::None, precision);
        let hidden = drop_hidden(activation::relu(hidden), masks, self.dropout);
        linear(&self.output, hidden, Activation::None, Precision::F32)
    }

    /// The cross-entropy of logits, a mean over entities. `kinds` are their types.
    pub fn loss(logits: Tensor<2>, kinds: &[usize]) -> Tensor<1> {
        let device = logits.device();
        let kinds: Vec<i32> = kinds.iter().map(|kind| *kind as i32).collect();
        let kinds = TensorData::new(kinds, [logits.dims()[0], 1]);
        let kinds = Tensor::<2, Int>::from_data(kinds, &device);
        -activation::log_softmax(logits, 1).gather(1, kinds).mean()
    }
}
