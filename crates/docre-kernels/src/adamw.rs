//! The optimizer step, one pass over each parameter.

use burn::{
    backend::{Flex, flex::FlexTensor},
    tensor::Tensor,
};
use multiversion::multiversion;
use rayon::prelude::*;

use crate::{bridge::is_flex, layer_norm::dot, reference};

/// The numbers of one AdamW step (Loshchilov and Hutter 2019), as PyTorch's AdamW has them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AdamWStep {
    /// The learning rate.
    pub rate: f32,
    /// The decay of the mean of gradients.
    pub beta_1: f32,
    /// The decay of the mean of squared gradients.
    pub beta_2: f32,
    /// Added to the root of the mean of squares.
    pub epsilon: f32,
    /// The share of the learning rate by which weights shrink.
    pub weight_decay: f32,
    /// The step's number, from 1.
    pub number: u64,
    /// What gradients are multiplied by first: how clipping and averaging reach them.
    pub gradient_scale: f32,
}

impl AdamWStep {
    /// The step with its corrections.
    pub fn corrected(self) -> CorrectedStep {
        let number = i32::try_from(self.number).unwrap_or(i32::MAX);
        let first = 1.0 - f64::from(self.beta_1).powi(number);
        let second = 1.0 - f64::from(self.beta_2).powi(number);
        let rate = (f64::from(self.rate) / first) as f32;
        CorrectedStep { step: self, rate, root_factor: (1.0 / second.sqrt()) as f32 }
    }
}

/// A step, corrected for running means that began at 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CorrectedStep {
    pub(crate) step: AdamWStep,
    /// `rate / (1 - beta_1^t)`
    pub(crate) rate: f32,
    /// `1 / √(1 - beta_2^t)`
    pub(crate) root_factor: f32,
}

/// A parameter with its running means.
#[derive(Debug, Clone)]
pub struct AdamWState {
    /// The parameter, `[values]`.
    pub parameter: Tensor<1>,
    /// The mean of gradients, `[values]`.
    pub mean: Tensor<1>,
    /// The mean of squared gradients, `[values]`.
    pub mean_square: Tensor<1>,
}

/// One AdamW step of a parameter with its gradient `[values]`; in place where nothing
/// else holds the tensors.
pub fn adamw(state: AdamWState, gradient: Tensor<1>, step: &AdamWStep) -> AdamWState {
    if !is_flex(&gradient.device()) {
        return reference::adamw(state, gradient, step);
    }
    let [mut parameter, mut mean, mut mean_square] =
        [state.parameter, state.mean, state.mean_square].map(primitive);
    let gradient = primitive(gradient);
    let step = step.corrected();
    parameter
        .storage_mut::<f32>()
        .par_chunks_mut(CHUNK)
        .zip(mean.storage_mut::<f32>().par_chunks_mut(CHUNK))
        .zip(mean_square.storage_mut::<f32>().par_chunks_mut(CHUNK))
        .zip(gradient.storage::<f32>().par_chunks(CHUNK))
        .for_each(|(((parameter, mean), mean_square), gradient)| {
            update(&step, parameter, mean, mean_square, gradient);
        });
    AdamWState {
        parameter: Tensor::from_primitive::<Flex>(parameter),
        mean: Tensor::from_primitive::<Flex>(mean),
        mean_square: Tensor::from_primitive::<Flex>(mean_square),
    }
}

/// Some AdamW steps of a few values with their running means, in place on the calling thread,
/// at which the gradient is zero. The bits are those of [`adamw`] on the CPU.
///
/// # Panics
///
/// If the slices have different lengths.
pub fn adamw_without_gradient(
    parameter: &mut [f32],
    mean: &mut [f32],
    mean_square: &mut [f32],
    steps: &[CorrectedStep],
) {
    assert!(parameter.len() == mean.len() && mean.len() == mean_square.len());
    let gradient = vec![0.0; parameter.len()];
    steps.iter().for_each(|step| update(step, parameter, mean, mean_square, &gradient));
}

/// Values a thread works on at a time.
const CHUNK: usize = 32 * 1024;

fn primitive(tensor: Tensor<1>) -> FlexTensor {
    tensor.try_into_primitive::<Flex>().expect("a tensor on the CPU").to_contiguous()
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn update(
    step: &CorrectedStep,
    parameter: &mut [f32],
    mean: &mut [f32],
    mean_square: &mut [f32],
    gradient: &[f32],
) {
    let CorrectedStep { step, rate, root_factor } = *step;
    let keep = 1.0 - step.rate * step.weight_decay;
    let values = parameter.iter_mut().zip(mean).zip(mean_square).zip(gradient);
    for (((p, m), v), g) in values {
        let g = g * step.gradient_scale;
        *m = step.beta_1 * *m + (1.0 - step.beta_1) * g;
        *v = step.beta_2 * *v + (1.0 - step.beta_2) * (g * g);
        *p = *p * keep - rate * *m / (v.sqrt() * root_factor + step.epsilon);
    }
}

/// `Σ x²` over all values of all tensors; on the CPU in double precision and in a fixed
/// order, so that its bits repeat.
pub fn sum_of_squares(tensors: Vec<Tensor<1>>) -> f64 {
    if tensors.iter().any(|x| !is_flex(&x.device())) {
        return reference::sum_of_squares(tensors);
    }
    tensors.into_iter().map(|x| squares_of(&primitive(x))).sum()
}

fn squares_of(x: &FlexTensor) -> f64 {
    let sums: Vec<f64> =
        x.storage::<f32>().par_chunks(4096).map(|part| f64::from(square_sum(part))).collect();
    sums.iter().sum()
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn square_sum(part: &[f32]) -> f32 {
    dot(part, part)
}
