//! Every fused kernel against the form composed of Burn's operations, in value
//! and gradient, and its backward pass against finite differences. The composed form
//! runs on the device that `DOCRE_TEST_DEVICE` names, else on the CPU too.

mod attention;
mod disentangled;
mod layers;
mod optimizer;
mod pairs;
mod pooling;
mod precision;
mod tables;

use burn::tensor::{Device, Tensor, TensorData};
use docre_kernels::Precision;

/// Repeatable values around 0, most of them in (-2, 2).
fn values(count: usize, seed: u32) -> Vec<f32> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    let mut uniform = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state as f32 / u32::MAX as f32
    };
    (0..count).map(|_| (uniform() + uniform() + uniform() - 1.5) * 2.0).collect()
}

const F32: Precision = Precision::F32;

type Op<const N: usize> = fn([Tensor<2>; N]) -> Tensor<2>;

/// An input's rows and columns.
type Shape = [usize; 2];

/// Where the fused form runs.
fn fused_device() -> Device {
    Device::flex().autodiff()
}

/// Where the composed form runs.
fn composed_device() -> Device {
    match std::env::var("DOCRE_TEST_DEVICE").as_deref() {
        Err(_) | Ok("cpu") => Device::flex(),
        #[cfg(feature = "cuda")]
        Ok("cuda") => Device::cuda(0),
        #[cfg(feature = "wgpu")]
        Ok("wgpu") => Device::wgpu(burn::tensor::DeviceKind::DefaultDevice),
        Ok(name) => panic!("the tests were built without {name}"),
    }
    .autodiff()
}

fn tensor(values: &[f32], shape: Shape) -> Tensor<2> {
    tensor_on(values, shape, &fused_device())
}

fn tensor_on(values: &[f32], shape: Shape, device: &Device) -> Tensor<2> {
    Tensor::from_data(TensorData::new(values.to_vec(), shape), device)
}

/// The output and the gradients of `Σ output ∘ cotangent`.
fn run<const N: usize>(
    op: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    inputs: &[Vec<f32>; N],
    shapes: [Shape; N],
    device: &Device,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let leaves: [Tensor<2>; N] =
        std::array::from_fn(|i| tensor_on(&inputs[i], shapes[i], device).require_grad());
    let output = op(leaves.clone());
    let shape = output.dims();
    let cotangent = tensor_on(&values(shape[0] * shape[1], 99), shape, device);
    let grads = (output.clone() * cotangent).sum().backward();
    let grads = leaves
        .iter()
        .map(|leaf| {
            let grad = leaf.grad(&grads).expect("every input has a gradient");
            grad.into_data().convert::<f32>().try_into_vec().unwrap()
        })
        .collect();
    (output.into_data().try_into_vec().unwrap(), grads)
}

fn assert_close(what: &str, got: &[f32], want: &[f32], tolerance: f32) {
    assert_eq!(got.len(), want.len(), "{what}: length");
    let largest = want.iter().fold(1.0_f32, |m, x| m.max(x.abs()));
    for (i, (got, want)) in got.iter().zip(want).enumerate() {
        assert!((got - want).abs() <= tolerance * largest, "{what}[{i}]: {got}, expected {want}");
    }
}

/// The fused form equals the composed one, and its gradients the finite differences.
fn check<const N: usize>(
    fused: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    composed: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    shapes: [Shape; N],
) {
    check_within([1e-4; N], fused, composed, shapes);
}

/// The same with a tolerance for the gradient of each input.
fn check_within<const N: usize>(
    tolerances: [f32; N],
    fused: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    composed: impl Fn([Tensor<2>; N]) -> Tensor<2>,
    shapes: [Shape; N],
) {
    let inputs: [Vec<f32>; N] =
        std::array::from_fn(|i| values(shapes[i][0] * shapes[i][1], i as u32 + 1));
    let (value, grads) = run(&fused, &inputs, shapes, &fused_device());
    let (want_value, want_grads) = run(&composed, &inputs, shapes, &composed_device());
    assert_close("value", &value, &want_value, 2e-5);
    for (i, (got, want)) in grads.iter().zip(&want_grads).enumerate() {
        assert_close(&format!("gradient of input {i}"), got, want, tolerances[i]);
    }
    for (input, grad) in grads.iter().enumerate() {
        let direction = values(grad.len(), 7 + input as u32);
        let along: f32 = grad.iter().zip(&direction).map(|(g, d)| g * d).sum();
        let step = 2e-3;
        let shifted = |sign: f32| {
            let mut inputs = inputs.clone();
            for (x, d) in inputs[input].iter_mut().zip(&direction) {
                *x += sign * step * d;
            }
            let (value, _) = run(&fused, &inputs, shapes, &fused_device());
            let cotangent = values(value.len(), 99);
            value.iter().zip(&cotangent).map(|(v, c)| f64::from(v * c)).sum::<f64>()
        };
        let slope = ((shifted(1.0) - shifted(-1.0)) / (2.0 * f64::from(step))) as f32;
        let scale = slope.abs().max(1.0);
        assert!((slope - along).abs() < 0.02 * scale, "input {input}: {along}, slope {slope}");
    }
    // Without autodiff the same values come out.
    let plain = fused(std::array::from_fn(|i| {
        Tensor::from_data(TensorData::new(inputs[i].clone(), shapes[i]), &Device::flex())
    }));
    assert_eq!(plain.into_data().try_into_vec::<f32>().unwrap(), value);
}

fn row(x: Tensor<2>) -> Tensor<1> {
    x.squeeze_dim(0)
}

/// Values for which the output of attention over segments of 8 and 5 tokens is its
/// probabilities: `[13, 8]`.
fn one_hot() -> Vec<f32> {
    let place = |t: usize| if t < 8 { t } else { t - 8 };
    (0..13).flat_map(|t| (0..8).map(move |c| f32::from(c == place(t)))).collect()
}

fn assert_rows_of(all: Tensor<2>, chosen: Tensor<2>, rows: &[usize]) {
    let [_, width] = all.dims();
    let all: Vec<f32> = all.into_data().try_into_vec().unwrap();
    let row = |row: &usize| all[row * width..(row + 1) * width].to_vec();
    let want: Vec<f32> = rows.iter().flat_map(row).collect();
    assert_close("rows", &chosen.into_data().try_into_vec::<f32>().unwrap(), &want, 1e-6);
}

fn flat(x: Tensor<3>) -> Tensor<2> {
    let [rows, heads, length] = x.dims();
    x.reshape([rows, heads * length])
}
