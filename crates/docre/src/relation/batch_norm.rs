//! Batch normalisation with running statistics.

use burn::{
    module::{Module, Param, RunningState},
    tensor::{Device, Tensor},
};
use docre_kernels::{Moments, batch_norm_relu, column_moments};

/// Added to variances, as in PyTorch.
const EPSILON: f64 = 1e-5;

/// How much of the running statistics a batch replaces, as in PyTorch.
const MOMENTUM: f64 = 0.1;

/// `relu(BatchNorm(x))` over rows, each a cell of a table: no cell is padding. In training the
/// batch's own statistics are used and the running ones follow; else the running ones are used.
#[derive(Module, Debug)]
pub struct BatchNorm {
    /// `[width]`
    pub gamma: Param<Tensor<1>>,
    /// `[width]`
    pub beta: Param<Tensor<1>>,
    /// `[width]`
    pub running_mean: RunningState<Tensor<1>>,
    /// `[width]`, of the unbiased variance.
    pub running_var: RunningState<Tensor<1>>,
}

impl BatchNorm {
    pub(super) fn new(width: usize, device: &Device) -> Self {
        let parameter =
            |value: Tensor<1>| Param::from_tensor(value.set_require_grad(device.is_autodiff()));
        Self {
            gamma: parameter(Tensor::ones([width], device)),
            beta: parameter(Tensor::zeros([width], device)),
            running_mean: RunningState::new(Tensor::zeros([width], device)),
            running_var: RunningState::new(Tensor::ones([width], device)),
        }
    }

    /// `[rows, width]` to the same shape.
    pub(super) fn forward(&self, x: Tensor<2>, training: bool) -> Tensor<2> {
        let (moments, from) = match training {
            true => (self.follow(x.clone()), Moments::OfRows),
            false => {
                let given = vec![self.running_mean.value(), self.running_var.value()];
                (Tensor::stack(given, 0), Moments::Given)
            }
        };
        batch_norm_relu(x, moments, self.gamma.val(), self.beta.val(), EPSILON, from)
    }

    /// The moments of `x`, which the running statistics follow.
    fn follow(&self, x: Tensor<2>) -> Tensor<2> {
        let [rows, width] = x.dims();
        let moments = column_moments(x);
        // The variance of one row says nothing.
        if rows > 1 {
            let row = |number: usize| moments.clone().narrow(0, number, 1).reshape([width]);
            let unbiased = rows as f64 / (rows - 1) as f64;
            follow(&self.running_mean, row(0));
            follow(&self.running_var, row(1) * unbiased);
        }
        moments
    }
}

fn follow(running: &RunningState<Tensor<1>>, value: Tensor<1>) {
    running.update(running.value() * (1.0 - MOMENTUM) + value * MOMENTUM);
    // An update waits for the next one unless it is asked for, and a checkpoint would miss it.
    running.value_sync();
}
