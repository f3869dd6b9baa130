//! How fast a device multiplies matrices: the limit of training and inference.

use std::time::Instant;

use burn::tensor::{Device, Tensor, TensorData};

use crate::{
    bridge::is_flex,
    int8,
    matmul::{Matrix, new_product},
    precision::Precision,
    reference,
};

/// The rate of a large matrix product, in 10⁹ floating-point operations a second. On the CPU the
/// product is `[1232, 768] × [768, 3072]` on all threads, a layer of BERT-base on four documents;
/// on a GPU, which such a product doesn't fill, `[4096, 4096] × [4096, 4096]`.
pub fn product_rate(precision: Precision, device: &Device) -> f64 {
    if is_flex(device) { cpu_rate(precision) } else { gpu_rate(precision, &device.clone().inner()) }
}

/// The best of ten products.
fn cpu_rate(precision: Precision) -> f64 {
    let (rows, inner, columns) = (1232, 768, 3072);
    let (a, b) = (values(rows * inner), values(inner * columns));
    let (a, b) = (Matrix::new(&a, rows, inner), Matrix::new(&b, inner, columns));
    if precision == Precision::Int8 {
        return 2.0 * (rows * inner * columns) as f64 / int8::rate_of(a, b) / 1e9;
    }
    let seconds = best_of(10, || {
        std::hint::black_box(new_product(a, b, precision));
    });
    2.0 * (rows * inner * columns) as f64 / seconds / 1e9
}

/// The best of five rounds of ten products each, of which each needs the one before: results
/// that nobody reads aren't computed, and a GPU works through what is queued.
fn gpu_rate(precision: Precision, device: &Device) -> f64 {
    const SIZE: usize = 4096;
    const PRODUCTS: usize = 10;
    let matrix = || {
        let data = TensorData::new(values(SIZE * SIZE), [SIZE, SIZE]);
        let small = Tensor::<2>::from_data(data, device) / SIZE as f64; // so that products stay finite
        reference::operand(small, precision)
    };
    let (a, b) = (matrix(), matrix());
    let seconds = best_of(5, || {
        let last = (0..PRODUCTS).fold(b.clone(), |product, _| a.clone().matmul(product));
        let _waited = last.narrow(0, 0, 1).narrow(1, 0, 1).into_data();
    });
    2.0 * PRODUCTS as f64 * (SIZE as f64).powi(3) / seconds / 1e9
}

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| (i % 7) as f32 - 3.0).collect()
}

/// The seconds that the fastest of `rounds` calls took; the first one warms up.
fn best_of(rounds: usize, mut call: impl FnMut()) -> f64 {
    let seconds = (0..=rounds).map(|_| {
        let begun = Instant::now();
        call();
        begun.elapsed().as_secs_f64()
    });
    seconds.skip(1).fold(f64::INFINITY, f64::min)
}
