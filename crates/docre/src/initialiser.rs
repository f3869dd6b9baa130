//! Initial weights that a seed alone decides.

use burn::{
    module::{Param, ParamId},
    nn::LinearConfig,
    tensor::{Device, Tensor, TensorData},
};

use crate::{
    layers::{Embedding, Linear},
    random::Random,
};

/// Draws the initial weights of new layers, one after another.
#[derive(Debug)]
pub struct Initialiser {
    /// Without it there are no values yet.
    random: Option<Random>,
}

impl Initialiser {
    /// The initialiser of a seed.
    pub fn new(seed: u64) -> Self {
        Self { random: Some(Random::new(seed, 0)) }
    }

    /// Layers of which only the shapes are known until weights are loaded. They take no memory
    /// before that, so that a file's shapes can be compared with those that a configuration
    /// asks for, however large.
    pub(crate) fn blank() -> Self {
        Self { random: None }
    }

    /// A parameter with values uniform in `(-bound, bound)`.
    pub fn uniform<const D: usize>(
        &mut self,
        shape: [usize; D],
        bound: f64,
        device: &Device,
    ) -> Param<Tensor<D>> {
        let Some(random) = &mut self.random else { return blank(shape, device) };
        let count = shape.iter().product();
        let values: Vec<f32> =
            (0..count).map(|_| (bound * (2.0 * random.uniform() - 1.0)) as f32).collect();
        let tensor = Tensor::from_data(TensorData::new(values, shape), device);
        Param::initialized(ParamId::new(), tensor.set_require_grad(device.is_autodiff()))
    }

    /// A table of embeddings, uniform with a standard deviation of 0.02.
    pub(crate) fn embedding(&mut self, count: usize, width: usize, device: &Device) -> Embedding {
        Embedding { weight: self.uniform([count, width], 0.02 * 3_f64.sqrt(), device) }
    }

    /// A linear layer with PyTorch's initialisation: uniform within `±1 / √inputs`.
    pub(crate) fn linear(&mut self, inputs: usize, outputs: usize, device: &Device) -> Linear {
        let mut layer = self.linear_without_bias(inputs, outputs, device);
        layer.bias = Some(self.uniform([outputs], bound(inputs), device));
        layer
    }

    /// [`Initialiser::linear`] without a bias.
    pub(crate) fn linear_without_bias(
        &mut self,
        inputs: usize,
        outputs: usize,
        device: &Device,
    ) -> Linear {
        let layer = LinearConfig::new(inputs, outputs).with_bias(false).init(device);
        let mut layer = Linear::from(layer);
        layer.weight = self.uniform([inputs, outputs], bound(inputs), device);
        layer
    }
}

/// A parameter that is zeros when somebody first asks for them.
fn blank<const D: usize>(shape: [usize; D], device: &Device) -> Param<Tensor<D>> {
    let zeros = move |device: &Device, gradient: bool| {
        Tensor::<D>::zeros(shape, device).set_require_grad(gradient)
    };
    let (gradient, id) = (device.is_autodiff(), ParamId::new());
    Param::uninitialized(id, zeros, device.clone(), gradient, shape.into())
}

fn bound(inputs: usize) -> f64 {
    1.0 / (inputs as f64).sqrt()
}
