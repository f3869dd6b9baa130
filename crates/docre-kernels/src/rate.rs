//! How fast this machine multiplies matrices: the limit of training and inference.

use std::time::Instant;

use crate::{
    matmul::{Matrix, new_product},
    precision::Precision,
};

/// The rate of a matrix product on all threads, in 10⁹ floating-point operations a second: the
/// best of ten products `[1232, 768] × [768, 3072]`, a layer of BERT-base on four documents.
pub fn product_rate(precision: Precision) -> f64 {
    let (rows, inner, columns) = (1232, 768, 3072);
    let values = |count: usize| (0..count).map(|i| (i % 7) as f32 - 3.0).collect::<Vec<_>>();
    let (a, b) = (values(rows * inner), values(inner * columns));
    let (a, b) = (Matrix::new(&a, rows, inner), Matrix::new(&b, inner, columns));
    let best = (0..10)
        .map(|_| {
            let begun = Instant::now();
            std::hint::black_box(new_product(a, b, precision));
            begun.elapsed().as_secs_f64()
        })
        .fold(f64::INFINITY, f64::min);
    2.0 * (rows * inner * columns) as f64 / best / 1e9
}
