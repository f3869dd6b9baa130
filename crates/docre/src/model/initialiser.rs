//! Initial weights that a seed alone decides.

use burn::{
    module::{Param, ParamId},
    tensor::{Device, Tensor, TensorData},
};

use crate::random::Random;

/// Draws the initial weights of new layers, one after another.
#[derive(Debug)]
pub struct Initialiser {
    random: Random,
}

impl Initialiser {
    /// The initialiser of a seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed, 0) }
    }

    /// A parameter with values uniform in `(-bound, bound)`.
    pub fn uniform<const D: usize>(
        &mut self,
        shape: [usize; D],
        bound: f64,
        device: &Device,
    ) -> Param<Tensor<D>> {
        let count = shape.iter().product();
        let values: Vec<f32> =
            (0..count).map(|_| (bound * (2.0 * self.random.uniform() - 1.0)) as f32).collect();
        let tensor = Tensor::from_data(TensorData::new(values, shape), device);
        Param::initialized(ParamId::new(), tensor.set_require_grad(device.is_autodiff()))
    }
}
