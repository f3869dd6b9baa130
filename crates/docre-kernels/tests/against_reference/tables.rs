//! Convolutions and batch normalisation over tables of pairs.

use burn::tensor::{Device, Tensor};
use docre_kernels::{Moments, Neighbours, batch_norm_relu, column_moments, convolution, reference};

use super::{
    F32, Shape, assert_close, check, composed_device, fused_device, row, run, tensor_on, values,
};

#[test]
fn convolutions_over_grids_of_different_sides() {
    let neighbours = Neighbours::of_squares(&[1, 3, 2, 5]);
    assert_eq!(neighbours.count(), 39);
    // The second has more columns than are held at a time.
    for (inputs, outputs) in [(3, 5), (300, 2)] {
        check(
            |[x, w, b]| convolution(x, w, row(b), &neighbours, F32),
            |[x, w, b]| reference::convolution(x, w, row(b), &neighbours),
            [[39, inputs], [9 * inputs, outputs], [1, outputs]],
        );
    }
}

/// Batch normalisation of a batch and with given moments, fused and composed; `shift` is added
/// to beta, `[1, 40]`.
fn batch_norms(shift: &[f32]) -> [(Norm<'_>, Norm<'_>); 2] {
    let given = |device: &Device| {
        let positive: Vec<f32> = values(80, 3).into_iter().map(|x| x.abs() + 0.1).collect();
        tensor_on(&positive, [2, 40], device)
    };
    let beta = move |b: Tensor<2>| row(b.clone() + tensor_on(shift, [1, 40], &b.device()));
    [
        (
            Box::new(move |[x, g, b]| {
                let moments = column_moments(x.clone());
                batch_norm_relu(x, moments, row(g), beta(b), 1e-5, Moments::OfRows)
            }),
            Box::new(move |[x, g, b]| {
                let unused = given(&x.device());
                reference::batch_norm_relu(x, unused, row(g), beta(b), 1e-5, Moments::OfRows)
            }),
        ),
        (
            Box::new(move |[x, g, b]| {
                let moments = given(&x.device());
                batch_norm_relu(x, moments, row(g), beta(b), 1e-5, Moments::Given)
            }),
            Box::new(move |[x, g, b]| {
                let moments = given(&x.device());
                reference::batch_norm_relu(x, moments, row(g), beta(b), 1e-5, Moments::Given)
            }),
        ),
    ]
}

type Norm<'a> = Box<dyn Fn([Tensor<2>; 3]) -> Tensor<2> + 'a>;

const NORM_SHAPES: [Shape; 3] = [[70, 40], [1, 40], [1, 40]];

#[test]
fn batch_normalisation_away_from_the_kink() {
    // Far from where the rectifier bends, which finite differences can't step over.
    let shift: Vec<f32> = (0..40).map(|i| if i % 3 == 0 { -30.0 } else { 30.0 }).collect();
    for (fused, composed) in batch_norms(&shift) {
        check(fused, composed, NORM_SHAPES);
    }
}

#[test]
fn batch_normalisation_around_the_kink() {
    let inputs: [Vec<f32>; 3] =
        std::array::from_fn(|i| values(NORM_SHAPES[i].iter().product(), i as u32 + 1));
    for (fused, composed) in batch_norms(&[0.0; 40]) {
        let (value, grads) = run(fused, &inputs, NORM_SHAPES, &fused_device());
        let (want, want_grads) = run(composed, &inputs, NORM_SHAPES, &composed_device());
        assert_close("value", &value, &want, 2e-5);
        for (got, want) in grads.iter().zip(&want_grads) {
            assert_close("gradient", got, want, 1e-4);
        }
    }
}
