//! Encoders without pretrained weights, for tests and benchmarks.

use burn::{
    module::{Module, ModuleMapper, Param},
    tensor::{Device, Tensor, TensorData},
};
use rayon::prelude::*;

use super::{Encoder, EncoderConfig};
use crate::random::{mix, unit};

/// The standard deviation that BERT begins its training with (Devlin et al. 2019's code).
const DEVIATION: f64 = 0.02;

impl Encoder {
    /// An encoder with BERT's initial weights: normal with deviation 0.02,
    /// biases 0, norms 1. The same seed gives the same weights, on any number
    /// of threads, and Burn's global generator isn't touched.
    pub fn random(config: &EncoderConfig, seed: u64, device: &Device) -> Self {
        Self::zeroed(config, device).map(&mut Fill { key: mix(seed) })
    }
}

/// Fills weight matrices, each with values of its own.
struct Fill {
    key: u64,
}

impl ModuleMapper for Fill {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        self.key = mix(self.key.wrapping_add(1));
        if D == 1 {
            return param; // biases stay 0, norms 1
        }
        let shape = param.lazy_shape();
        let mut values = vec![0.0; shape.num_elements()];
        let key = self.key;
        values.par_iter_mut().enumerate().for_each(|(index, value)| {
            *value = (normal(key, index as u64) * DEVIATION) as f32;
        });
        let data = TensorData::new(values, shape);
        param.map(|old| {
            let new = Tensor::from_data(data, &old.device());
            new.set_require_grad(old.is_require_grad())
        })
    }
}

/// Value number `index` of the stream `key`: Box and Muller's method on two hashes.
fn normal(key: u64, index: u64) -> f64 {
    let uniform = |i: u64| unit(mix(key ^ mix(i)));
    let radius = (-2.0 * (1.0 - uniform(2 * index)).ln()).sqrt(); // the logarithm's argument is in (0, 1]
    radius * (std::f64::consts::TAU * uniform(2 * index + 1)).cos()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_normal() {
        let count = 100_000;
        let values: Vec<f64> = (0..count).map(|i| normal(7, i)).collect();
        let mean = values.iter().sum::<f64>() / count as f64;
        let variance = values.iter().map(|x| x * x).sum::<f64>() / count as f64;
        let beyond_two = values.iter().filter(|x| x.abs() > 2.0).count() as f64 / count as f64;
        assert!(mean.abs() < 0.01 && (variance - 1.0).abs() < 0.02, "{mean} {variance}");
        assert!((beyond_two - 0.0455).abs() < 0.003, "{beyond_two}");
    }
}
