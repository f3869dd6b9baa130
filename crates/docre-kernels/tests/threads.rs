//! The same bits on any number of threads.

use burn::tensor::{Device, Tensor, TensorData};
use docre_kernels::{
    Activation, Dropout, Neighbours, Precision, Segments, convolution, grouped_bilinear, linear,
    self_attention,
};

const PRECISIONS: [Precision; 3] = [Precision::F32, Precision::Bf16, Precision::Bf16Emulated];

fn tensor(shape: [usize; 2], seed: usize, device: &Device) -> Tensor<2> {
    let values: Vec<f32> =
        (0..shape[0] * shape[1]).map(|i| ((i * 7 + seed * 31) as f32 * 0.37).sin()).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// The bits of an operation's output and of the gradients of its inputs on so many threads.
fn bits(
    op: &(dyn Fn(Vec<Tensor<2>>) -> Tensor<2> + Sync),
    shapes: &[[usize; 2]],
    threads: usize,
) -> Vec<u32> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
    pool.install(|| {
        let device = Device::flex().autodiff();
        let shapes = shapes.iter().enumerate();
        let inputs: Vec<_> = shapes.map(|(i, s)| tensor(*s, i, &device).require_grad()).collect();
        let output = op(inputs.clone());
        let cotangent = tensor(output.dims(), 99, &device);
        let grads = (output.clone() * cotangent).sum().backward();
        let grads = inputs.iter().map(|input| input.grad(&grads).unwrap().into_data());
        let all = std::iter::once(output.into_data()).chain(grads);
        all.flat_map(|data| data.try_into_vec::<f32>().unwrap()).map(f32::to_bits).collect()
    })
}

fn check(what: &str, op: impl Fn(Vec<Tensor<2>>) -> Tensor<2> + Sync, shapes: &[[usize; 2]]) {
    let want = bits(&op, shapes, 1);
    for threads in [2, 3, 8] {
        assert!(bits(&op, shapes, threads) == want, "{what}: {threads} threads");
    }
}

#[test]
fn convolutions() {
    // Tables of few and of many entities, and the U-Net's wide and narrow levels.
    for (sides, inputs, outputs) in [
        (&[3, 3][..], 768, 256),
        (&[1, 1, 1], 768, 256),
        (&[7], 768, 256),
        (&[10, 4], 768, 512),
        (&[20, 11], 640, 256),
        (&[2], 3, 256),
    ] {
        let neighbours = Neighbours::of_squares(sides);
        let cells = neighbours.count();
        for precision in PRECISIONS {
            let op = |x: Vec<Tensor<2>>| {
                let bias = x[2].clone().reshape([outputs]);
                convolution(x[0].clone(), x[1].clone(), bias, &neighbours, precision)
            };
            let shapes = [[cells, inputs], [9 * inputs, outputs], [1, outputs]];
            check(&format!("{cells} cells of {inputs}, {precision:?}"), op, &shapes);
        }
    }
}

#[test]
fn classifiers_of_an_odd_number_of_pairs() {
    for precision in PRECISIONS {
        for pairs in [17, 65, 81] {
            let op = |x: Vec<Tensor<2>>| {
                let bias = x[3].clone().reshape([5]);
                grouped_bilinear(x[0].clone(), x[1].clone(), x[2].clone(), bias, 64, precision)
            };
            let shapes = [[pairs, 128], [pairs, 128], [128 * 64, 5], [1, 5]];
            check(&format!("{pairs} pairs, {precision:?}"), op, &shapes);
        }
    }
}

#[test]
fn maps_and_attention() {
    for precision in PRECISIONS {
        let op = |x: Vec<Tensor<2>>| {
            let bias = x[2].clone().reshape([40]);
            linear(x[0].clone(), x[1].clone(), bias, Activation::Gelu, precision)
        };
        check(&format!("a map, {precision:?}"), op, &[[70, 768], [768, 40], [1, 40]]);
        let segments = Segments::from_lengths([60, 37]);
        let op = |x: Vec<Tensor<2>>| {
            let weights = [1, 2, 3].map(|i| x[i].clone());
            let biases = [4, 5, 6].map(|i| x[i].clone().reshape([48]));
            let x = x[0].clone();
            self_attention(x, weights, biases, &segments, 4, Dropout::OFF, precision)
        };
        let weight = [768, 48];
        let shapes = [[97, 768], weight, weight, weight, [1, 48], [1, 48], [1, 48]];
        check(&format!("attention, {precision:?}"), op, &shapes);
    }
}
