//! The grouped bilinear classifier (ATLOP, Eq. 9), without the pairs × (width · block) feature.
//!
//! For a chunk of pairs and a few head values of one group at a time (a *slice*), the outer
//! products with the group's tail values are built in a buffer that stays in the cache and
//! multiplied at once. The backward pass builds them again.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use multiversion::multiversion;

use crate::{
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{written, zeros},
    layer_norm::dot,
    linear::column_sums,
    matmul::{Into, Matrix, Shared, parallel_product, product},
    precision::Precision,
    reference,
};

/// Scores pairs by `Σ_g h_gᵀ W_gc t_g + b_c`, with `h` and `t` cut into groups of
/// `block` values (ATLOP, Eq. 9; PEMSCL, Eq. 14).
///
/// # Shapes
///
/// - heads, tails: `[pairs, width]`, `width` a multiple of `block`
/// - weight: `[width * block, classes]`, rows ordered group, head value, tail value
/// - bias: `[classes]`
/// - output: `[pairs, classes]`
pub fn grouped_bilinear(
    heads: Tensor<2>,
    tails: Tensor<2>,
    weight: Tensor<2>,
    bias: Tensor<1>,
    block: usize,
    precision: Precision,
) -> Tensor<2> {
    if is_flex(&heads.device()) {
        let inputs = [
            heads.into_dispatch(),
            tails.into_dispatch(),
            weight.into_dispatch(),
            bias.into_dispatch(),
        ];
        return fuse(Arc::new(BilinearOp { block, precision }), inputs);
    }
    reference::grouped_bilinear(heads, tails, weight, bias, block, precision)
}

/// Pairs whose outer products are held at a time.
const PAIRS: usize = 256;

/// Outer products of a pair that are held at a time: with 256 pairs, 512 kB.
const PRODUCTS: usize = 512;

#[derive(Debug)]
struct BilinearOp {
    block: usize,
    precision: Precision,
}

/// The inputs of the operation, with their sizes.
struct Sizes<'a> {
    heads: &'a [f32],
    tails: &'a [f32],
    weight: &'a [f32],
    pairs: usize,
    width: usize,
    classes: usize,
    block: usize,
}

impl<'a> Sizes<'a> {
    fn new(heads: View<'a>, tails: View<'a>, weight: View<'a>, block: usize) -> Self {
        let [pairs, width] = heads.shape else { unreachable!("a matrix") };
        let (pairs, width, classes) = (*pairs, *width, weight.shape[1]);
        assert_eq!(width % block, 0, "the width is a multiple of the block");
        assert_eq!(weight.shape[0], width * block, "a weight row for each outer product");
        let (heads, tails, weight) = (heads.data, tails.data, weight.data);
        Self { heads, tails, weight, pairs, width, classes, block }
    }

    /// Head values of a slice: a divisor of the block.
    fn slice_heads(&self) -> usize {
        let most = (PRODUCTS / self.block).clamp(1, self.block);
        (1..=most).rev().find(|heads| self.block.is_multiple_of(*heads)).expect("1 divides")
    }

    /// All slices, in the order of the weight's rows.
    fn slices(&self) -> impl Iterator<Item = Slice> + use<> {
        let (heads, block) = (self.slice_heads(), self.block);
        (0..self.width).step_by(heads).map(move |head| Slice {
            heads: head..head + heads,
            tails: head / block * block..(head / block + 1) * block,
        })
    }

    /// The rows of the weight that belong to a slice: `[products, classes]`.
    fn slice_weight(&self, slice: &Slice) -> Matrix<'a> {
        let (from, rows) = (slice.heads.start * self.block, slice.products());
        let weight = &self.weight[from * self.classes..][..rows * self.classes];
        Matrix::new(weight, rows, self.classes)
    }

    /// The head and tail values of a pair in a slice.
    fn values(&self, pair: usize, slice: &Slice) -> (&'a [f32], &'a [f32]) {
        let row = pair * self.width..(pair + 1) * self.width;
        (&self.heads[row.clone()][slice.heads.clone()], &self.tails[row][slice.tails.clone()])
    }

    /// Writes the outer products of a chunk of pairs in a slice: `[count, products]`.
    fn outer_products(&self, out: &mut [f32], first: usize, slice: &Slice) {
        for (pair, out) in out.chunks_exact_mut(slice.products()).enumerate() {
            let (head, tail) = self.values(first + pair, slice);
            outer_product(out, head, tail);
        }
    }
}

/// A few head values of one group, and all tail values of the group, as columns of the features.
struct Slice {
    heads: Range<usize>,
    tails: Range<usize>,
}

impl Slice {
    /// The outer products of a pair in the slice.
    fn products(&self) -> usize {
        self.heads.len() * self.tails.len()
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn outer_product(out: &mut [f32], head: &[f32], tail: &[f32]) {
    for (h, row) in head.iter().zip(out.chunks_exact_mut(tail.len())) {
        for (out, t) in row.iter_mut().zip(tail) {
            *out = h * t;
        }
    }
}

impl FusedOp for BilinearOp {
    fn retains(&self, input: usize) -> bool {
        input < 3
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let [heads, tails, weight, bias] = inputs else { unreachable!("four inputs") };
        let sizes = Sizes::new(*heads, *tails, *weight, self.block);
        let classes = sizes.classes;
        let pairs = chunk_of(sizes.pairs);
        let logits = written(sizes.pairs * classes, pairs * classes, |chunk, logits| {
            let count = logits.len() / classes;
            let mut outer = vec![0.0; count * sizes.slice_heads() * self.block];
            logits.chunks_exact_mut(classes).for_each(|row| row.copy_from_slice(bias.data));
            for slice in sizes.slices() {
                sizes.outer_products(&mut outer, chunk * pairs, &slice);
                let outer = Matrix::new(&outer, count, slice.products());
                let weight = sizes.slice_weight(&slice);
                // A lone row is summed as among others, however the pairs are cut.
                let product = if count == 1 { parallel_product } else { product };
                product(logits, classes, outer, weight, Into::Add, self.precision);
            }
        });
        (logits, vec![sizes.pairs, classes], Saved::default())
    }

    fn backward(&self, inputs: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let (Some(heads), Some(tails), Some(weight)) = (inputs[0], inputs[1], inputs[2]) else {
            unreachable!("retained")
        };
        let sizes = Sizes::new(heads, tails, weight, self.block);
        let mut grad_heads = zeros(heads.data.len());
        let mut grad_tails = zeros(tails.data.len());
        let (shared_heads, shared_tails) =
            (Shared::new(&mut grad_heads), Shared::new(&mut grad_tails));
        let slices: Vec<Slice> = sizes.slices().collect();
        // A thread takes the slices of a whole group, whose gradients nobody else writes.
        let slices_a_group = self.block / sizes.slice_heads();
        let rows_a_group = self.block * self.block;
        let grad_weight =
            written(weight.data.len(), rows_a_group * sizes.classes, |group, grad_weight| {
                let slices = &slices[group * slices_a_group..][..slices_a_group];
                let rows = grad_weight.len() / slices_a_group;
                for (slice, grad_weight) in slices.iter().zip(grad_weight.chunks_exact_mut(rows)) {
                    let task = SliceGradients { sizes: &sizes, slice, precision: self.precision };
                    task.add(grad, grad_weight, shared_heads, shared_tails);
                }
            });
        vec![
            Grad::Values(grad_heads),
            Grad::Values(grad_tails),
            Grad::Values(grad_weight),
            Grad::Values(column_sums(grad, sizes.classes)),
        ]
    }
}

/// How many pairs a thread of the forward pass takes at a time: at most [`PAIRS`], and few
/// enough that no thread waits long for another.
fn chunk_of(pairs: usize) -> usize {
    pairs.div_ceil(4 * rayon::current_num_threads()).next_multiple_of(16).clamp(16, PAIRS)
}

/// The work of the backward pass on one slice.
struct SliceGradients<'a> {
    sizes: &'a Sizes<'a>,
    slice: &'a Slice,
    precision: Precision,
}

impl SliceGradients<'_> {
    /// Writes the gradient of the slice's weights, and adds those of its values in heads and tails.
    fn add(&self, grad: &[f32], grad_weight: &mut [f32], grad_heads: Shared, grad_tails: Shared) {
        let Self { sizes, slice, precision } = *self;
        let (classes, products) = (sizes.classes, slice.products());
        let mut outer = vec![0.0; PAIRS.min(sizes.pairs) * products];
        // Transposed, since products are more than classes, and are what fills a vector.
        let mut transposed = vec![0.0; classes * products];
        for first in (0..sizes.pairs).step_by(PAIRS) {
            let count = PAIRS.min(sizes.pairs - first);
            let outer = &mut outer[..count * products];
            let grad = Matrix::new(&grad[first * classes..][..count * classes], count, classes);
            sizes.outer_products(outer, first, slice);
            let outer_matrix = Matrix::new(outer, count, products);
            product(&mut transposed, products, grad.t(), outer_matrix, Into::Add, precision);
            // The same buffer now takes the gradient of the outer products.
            let weight = sizes.slice_weight(slice).t();
            product(outer, products, grad, weight, Into::Replace, precision);
            for (pair, outer) in outer.chunks_exact(products).enumerate() {
                let row = (first + pair) * sizes.width;
                let (head, tail) = sizes.values(first + pair, slice);
                // SAFETY: only this group's thread writes these values.
                let (grad_head, grad_tail) = unsafe {
                    (
                        grad_heads.part(row + slice.heads.start, head.len()),
                        grad_tails.part(row + slice.tails.start, tail.len()),
                    )
                };
                contract(outer, head, tail, grad_head, grad_tail);
            }
        }
        transpose(grad_weight, &transposed, classes);
    }
}

/// Writes the transpose of a matrix with so many rows, a few rows at a time, so that what is
/// read and written stays in the cache.
fn transpose(out: &mut [f32], matrix: &[f32], rows: usize) {
    const TOGETHER: usize = 16;
    let columns = matrix.len() / rows;
    for first in (0..rows).step_by(TOGETHER) {
        let together = first..(first + TOGETHER).min(rows);
        for (column, out) in out.chunks_exact_mut(rows).enumerate() {
            for row in together.clone() {
                out[row] = matrix[row * columns + column];
            }
        }
    }
}

/// The gradients of a pair's blocks from that of their outer product.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx2+fma", "x86_64+avx2+fma"))]
fn contract(
    outer: &[f32],
    head: &[f32],
    tail: &[f32],
    grad_head: &mut [f32],
    grad_tail: &mut [f32],
) {
    for ((row, h), grad_head) in outer.chunks_exact(tail.len()).zip(head).zip(grad_head) {
        *grad_head = dot(row, tail);
        for (grad_tail, x) in grad_tail.iter_mut().zip(row) {
            *grad_tail += h * x;
        }
    }
}
