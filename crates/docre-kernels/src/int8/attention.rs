//! Self-attention whose maps to queries, keys and values are in eight bits.

use std::sync::Arc;

use burn::tensor::Tensor;

use super::linear::{Int8Linear, no_gradient, products_into_new};
use crate::{
    attention::{AttentionOp, table},
    bridge::{FusedOp, Grad, Saved, View, fuse},
    linear::Activation,
    scope::Attending,
};

/// [`attend_self()`](crate::attend_self()) with weights in eight bits. The attention itself, whose
/// factors are both made at run time, is as precise as `attending` says.
///
/// # Shapes
///
/// - x: `[tokens, inputs]`
/// - weights: `[inputs, heads * head width]` each, of queries, keys and values
/// - biases: `[heads * head width]` each
/// - output: `[tokens, heads * head width]`
pub fn attend_self_int8(
    x: Tensor<2>,
    weights: [&Int8Linear; 3],
    biases: [Tensor<1>; 3],
    attending: Attending,
) -> Tensor<2> {
    let attention = AttentionOp::new(attending, None);
    let op = AttendSelfInt8Op { weights: weights.map(Int8Linear::clone), attention };
    let biases = biases.map(Tensor::into_dispatch);
    let table = table(attending.bias).map(Tensor::into_dispatch);
    let inputs = [x.into_dispatch()].into_iter().chain(biases).chain(table);
    fuse(Arc::new(op), inputs.collect::<Vec<_>>())
}

#[derive(Debug)]
struct AttendSelfInt8Op {
    weights: [Int8Linear; 3],
    attention: AttentionOp,
}

impl FusedOp for AttendSelfInt8Op {
    fn retains(&self, _input: usize) -> bool {
        false
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let layers = [0, 1, 2].map(|i| (&self.weights[i], inputs[i + 1].data));
        let mapped = products_into_new(inputs[0].matrix(), layers, Activation::None);
        let shape = [inputs[0].shape[0], inputs[1].data.len()];
        let views = mapped.each_ref().map(|data| View { shape: &shape, data });
        let (out, _) = self.attention.context(views, inputs.get(4).copied());
        (out, shape.to_vec(), Saved::default())
    }

    fn backward(&self, _inputs: &[Option<View>], _saved: &Saved, _grad: &[f32]) -> Vec<Grad> {
        no_gradient()
    }
}
