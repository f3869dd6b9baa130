//! Self-attention with its maps to queries, keys and values, as one operation.
//!
//! The three maps are small. Here threads wait for each other once for all of them, and the
//! gradient of what they read is summed as it is made.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;

use crate::{
    attention::{AttentionOp, table},
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::repeated,
    dropout::Dropout,
    linear::{Activation, column_sums},
    matmul::{
        Into, Matrix, Shared, Threads, product_at_by, product_by, rows_sum_alike, side_by_side,
        sum_of_products,
    },
    precision::Precision,
    reference,
    scope::Attending,
    segments::Segments,
};

/// [`attention()`](crate::attention()) with queries, keys and values that are linear maps of `x`.
///
/// # Shapes
///
/// - x: `[tokens, inputs]`
/// - weights: `[inputs, heads * head width]` each, of queries, keys and values
/// - biases: `[heads * head width]` each
/// - output: `[tokens, heads * head width]`
pub fn self_attention(
    x: Tensor<2>,
    weights: [Tensor<2>; 3],
    biases: [Tensor<1>; 3],
    segments: &Segments,
    heads: usize,
    dropout: Dropout,
    precision: Precision,
) -> Tensor<2> {
    attend_self(x, weights, biases, Attending::whole(segments, heads, dropout, precision))
}

/// [`attend()`](crate::attend()) with queries, keys and values that are linear maps of `x`.
///
/// # Shapes
///
/// Those of [`self_attention()`].
pub fn attend_self(
    x: Tensor<2>,
    weights: [Tensor<2>; 3],
    biases: [Tensor<1>; 3],
    attending: Attending,
) -> Tensor<2> {
    if is_flex(&x.device()) {
        let attention = AttentionOp::new(attending, None);
        let weights = weights.map(Tensor::into_dispatch);
        let biases = biases.map(Tensor::into_dispatch);
        let table = table(attending.bias).map(Tensor::into_dispatch);
        let inputs = [x.into_dispatch()].into_iter().chain(weights).chain(biases).chain(table);
        return fuse(Arc::new(SelfAttentionOp { attention }), inputs.collect::<Vec<_>>());
    }
    let [query, key, value] = [0, 1, 2].map(|i| {
        let (weight, bias) = (weights[i].clone(), biases[i].clone());
        reference::linear(x.clone(), weight, bias, Activation::None, attending.precision)
    });
    reference::attend(query, key, value, attending)
}

#[derive(Debug)]
struct SelfAttentionOp {
    attention: AttentionOp,
}

impl SelfAttentionOp {
    /// Queries, keys and values, `[tokens, width]` each.
    fn mapped(&self, x: Matrix, weights: [Matrix; 3], biases: [&[f32]; 3]) -> [Vec<f32>; 3] {
        let width = weights[0].columns;
        let mut mapped = biases.map(|bias| repeated(bias, x.rows));
        let outs = mapped.each_mut().map(|out| Shared::new(out));
        let map = |rows: Range<usize>, threads| {
            for (out, weight) in outs.iter().zip(weights) {
                let out = out.target(rows.start * width, rows.len(), width, width);
                let x = x.part(rows.clone());
                // SAFETY: no other call writes these rows.
                unsafe {
                    product_at_by(threads, out, x, weight, Into::Add, self.attention.precision)
                };
            }
        };
        in_halves(x.rows, rows_sum_alike(width, x.columns), map);
        mapped
    }
}

/// Calls `f` with all rows: with each half on a thread of its own where there are two of them.
fn in_halves(rows: usize, sum_alike: bool, f: impl Fn(Range<usize>, Threads) + Sync) {
    if rows == 0 {
        return;
    }
    if rows < 4 || !sum_alike || rayon::current_num_threads() != 2 {
        return f(0..rows, Threads::All); // a half of one row would be summed in another order
    }
    let half = rows / 2;
    rayon::join(|| f(0..half, Threads::One), || f(half..rows, Threads::One));
}

impl FusedOp for SelfAttentionOp {
    fn retains(&self, input: usize) -> bool {
        input < 4 || input == 7
    }

    fn retains_output(&self) -> bool {
        true
    }

    /// Keeps the log-sum-exp of each row of scores, `[tokens, heads]`, then queries, keys, values.
    fn forward(&self, inputs: &[View], keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let weights = [1, 2, 3].map(|i| inputs[i].matrix());
        let biases = [4, 5, 6].map(|i| inputs[i].data);
        let mapped = self.mapped(inputs[0].matrix(), weights, biases);
        let shape = [inputs[0].shape[0], weights[0].columns];
        let views = mapped.each_ref().map(|data| View { shape: &shape, data });
        let (out, normalisers) = self.attention.context(views, inputs.get(7).copied());
        let saved =
            if keep { [normalisers].into_iter().chain(mapped).collect() } else { Saved::default() };
        (out, shape.to_vec(), saved)
    }

    fn backward(&self, retained: &[Option<View>], saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [x, query, key, value] = [0, 1, 2, 3].map(|i| retained[i].expect("retained").matrix());
        let weights = [query, key, value];
        let (out, inputs) = retained.split_last().expect("the output is retained");
        let (out, table) = (out.expect("retained"), inputs.get(7).copied().flatten());
        let [query, key, value] = [1, 2, 3].map(|i| View { shape: out.shape, data: &saved[i] });
        let views = [query, key, value, out];
        let (grads, of_table) = self.attention.gradients(views, table, &saved[0], grad);
        let (width, precision) = (out.shape[1], self.attention.precision);
        let matrices = grads.each_ref().map(|grad| Matrix::new(grad, x.rows, width));
        let (grad_x, grad_weights) = side_by_side(
            x.rows > 1 && x.columns > 1,
            |threads| sum_of_products(threads, matrices, weights.map(Matrix::t), precision),
            |threads| matrices.map(|grad| product_by(threads, x.t(), grad, precision)),
        );
        let grad_biases = grads.each_ref().map(|grad| column_sums(grad, width));
        let grads = [grad_x].into_iter().chain(grad_weights).chain(grad_biases).chain(of_table);
        grads.map(Grad::Values).collect()
    }
}
