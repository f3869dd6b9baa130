//! AdamW's step and the norm of gradients.

use burn::tensor::{Device, Tensor};
use docre_kernels::{AdamWState, AdamWStep, adamw, reference, sum_of_squares};

use super::{assert_close, composed_device, values};

#[test]
fn the_optimizer_step() {
    let composed = composed_device().inner();
    let flat =
        |seed, device: &Device| Tensor::<1>::from_floats(values(100_000, seed).as_slice(), device);
    let state = |device: &Device| AdamWState {
        parameter: flat(1, device),
        mean: flat(2, device),
        mean_square: flat(3, device).abs(),
    };
    let step = AdamWStep {
        rate: 1e-2,
        beta_1: 0.9,
        beta_2: 0.999,
        epsilon: 1e-6,
        weight_decay: 0.01,
        number: 3,
        gradient_scale: 0.5,
    };
    let cpu = Device::flex();
    let got = adamw(state(&cpu), flat(4, &cpu), &step);
    let want = reference::adamw(state(&composed), flat(4, &composed), &step);
    for (got, want) in [
        (got.parameter, want.parameter),
        (got.mean, want.mean),
        (got.mean_square, want.mean_square),
    ] {
        let read = |x: Tensor<1>| x.into_data().try_into_vec::<f32>().unwrap();
        assert_close("state", &read(got), &read(want), 1e-6);
    }
}

#[test]
fn the_sum_of_squares_of_several_tensors() {
    let wanted: f64 = [5, 6].iter().flat_map(|seed| values(100_000, *seed)).map(square).sum();
    let tensors = |device: &Device| {
        [5, 6].map(|seed| Tensor::from_floats(values(100_000, seed).as_slice(), device)).to_vec()
    };
    let composed = composed_device().inner();
    for sum in [
        sum_of_squares(tensors(&Device::flex())),
        sum_of_squares(tensors(&composed)),
        reference::sum_of_squares(tensors(&composed)),
    ] {
        assert!((sum - wanted).abs() < 1e-5 * wanted, "{sum}, expected {wanted}");
    }
    assert_eq!(sum_of_squares(Vec::new()), 0.0);
}

fn square(x: f32) -> f64 {
    f64::from(x).powi(2)
}
