//! How like each other rows are, summed over those that belong together and over all.
//!
//! The similarities of 1,500 rows with 40,000 are 240 MB, and a composed form keeps a dozen such
//! matrices for its backward pass. Here some rows are compared with some at a time, and compared
//! again in the backward pass.

use std::{ops::Range, sync::Arc};

use burn::tensor::Tensor;
use rayon::prelude::*;

use crate::{
    Precision,
    bridge::{FusedOp, Grad, Saved, View, fuse, is_flex},
    buffer::{written, zeros},
    math,
    matmul::{Into, Matrix, Shared, product, product_at},
    reference,
};

/// Which rows are compared, and which of them belong together.
#[derive(Debug, Clone)]
pub struct Contrast {
    /// The rows that are compared with all others, each once.
    pub anchors: Arc<[u32]>,
    /// Each row's labels as bits, as many words for each; rows that share one belong together.
    pub labels: Arc<[u64]>,
    /// The blocks of a row's features.
    pub groups: usize,
    /// What the cosine is divided by.
    pub temperature: f32,
}

/// The columns of [`contrast`]'s output.
const CONTRAST_COLUMNS: usize = 4;

/// Sums over the cosines `s_ij` of anchors and rows, divided by the temperature. Their
/// features are blocks of heads and tails multiplied out, `x = ‖_g (h^g ⊗ t^g)`, and never made:
/// `x · x' = Σ_g (h^g · h'^g) (t^g · t'^g)`.
///
/// # Shapes
///
/// - heads: `[rows, groups * head block]`
/// - tails: `[rows, groups * tail block]`
/// - output: `[anchors, 4]`: `log Σ_j e^(s_ij)` over all other rows; the same over those that
///   belong to the anchor, 0 where none does; the sum of these `s_ij`; their number, which has no
///   gradient
pub fn contrast(heads: Tensor<2>, tails: Tensor<2>, rows: &Contrast) -> Tensor<2> {
    if is_flex(&heads.device()) {
        let inputs = [heads.into_dispatch(), tails.into_dispatch()];
        return fuse(Arc::new(ContrastOp { rows: rows.clone() }), inputs);
    }
    reference::contrast(heads, tails, rows)
}

/// Anchors of a block of the forward pass.
const BLOCK: usize = 32;

/// Anchors of a block of the backward pass.
const BACKWARD_BLOCK: usize = 128;

/// Rows that anchors are compared with at a time.
const COLUMNS: usize = 256;

/// The least square of a norm, so that rows without features have a cosine.
const LEAST_SQUARE: f32 = 1e-24;

impl Contrast {
    /// Whether another row belongs to an anchor.
    pub(crate) fn belong(&self, anchor: usize, row: usize, rows: usize) -> bool {
        let words = self.labels.len() / rows;
        let of = |row: usize| &self.labels[row * words..][..words];
        anchor != row && of(anchor).iter().zip(of(row)).any(|(a, b)| a & b != 0)
    }
}

#[derive(Debug)]
struct ContrastOp {
    rows: Contrast,
}

impl FusedOp for ContrastOp {
    fn retains(&self, _input: usize) -> bool {
        true
    }

    fn retains_output(&self) -> bool {
        true
    }

    fn forward(&self, inputs: &[View], _keep: bool) -> (Vec<f32>, Vec<usize>, Saved) {
        let compared = Compared::new(&self.rows, inputs[0], inputs[1]);
        let anchors = self.rows.anchors.len();
        let out = written(anchors * CONTRAST_COLUMNS, BLOCK * CONTRAST_COLUMNS, |number, out| {
            let first = number * BLOCK;
            let last = (first + BLOCK).min(anchors);
            let mut sums: Vec<Sums> = (first..last).map(|_| Sums::default()).collect();
            compared.each_block(first..last, |columns, similarity| {
                for (place, sums) in sums.iter_mut().enumerate() {
                    let anchor = self.rows.anchors[first + place] as usize;
                    let row = &similarity[place * columns.len()..][..columns.len()];
                    for (column, s) in columns.clone().zip(row).filter(|(c, _)| *c != anchor) {
                        sums.add(*s, self.rows.belong(anchor, column, compared.count));
                    }
                }
            });
            let rows = out.chunks_exact_mut(CONTRAST_COLUMNS);
            rows.zip(sums).for_each(|(out, sums)| out.copy_from_slice(&sums.out()));
        });
        (out, vec![anchors, CONTRAST_COLUMNS], Saved::default())
    }

    fn backward(&self, retained: &[Option<View>], _saved: &Saved, grad: &[f32]) -> Vec<Grad> {
        let [Some(heads), Some(tails), Some(out)] = retained else { unreachable!("retained") };
        let compared = Compared::new(&self.rows, *heads, *tails);
        let mut grads = Grads {
            heads: zeros(heads.data.len()),
            tails: zeros(tails.data.len()),
            norms: vec![0.0; compared.count],
        };
        for first in (0..self.rows.anchors.len()).step_by(BACKWARD_BLOCK) {
            let anchors = first..(first + BACKWARD_BLOCK).min(self.rows.anchors.len());
            let slopes = compared.slopes(anchors.clone(), out.data, grad, &mut grads.norms);
            compared.add_products(anchors, &slopes, &mut grads);
        }
        compared.add_norms(&mut grads);
        vec![Grad::Values(grads.heads), Grad::Values(grads.tails)]
    }
}

/// What is known of an anchor's row so far.
#[derive(Default)]
struct Sums {
    all: LogSum,
    together: LogSum,
    sum: f64,
    count: f32,
}

impl Sums {
    fn add(&mut self, similarity: f32, belongs: bool) {
        self.all.add(similarity);
        if belongs {
            self.together.add(similarity);
            self.sum += f64::from(similarity);
            self.count += 1.0;
        }
    }

    fn out(&self) -> [f32; CONTRAST_COLUMNS] {
        [self.all.log(), self.together.log(), self.sum as f32, self.count]
    }
}

/// The logarithm of a sum of exponentials, whatever their size.
struct LogSum {
    highest: f32,
    sum: f64,
}

impl Default for LogSum {
    fn default() -> Self {
        Self { highest: f32::NEG_INFINITY, sum: 0.0 }
    }
}

impl LogSum {
    fn add(&mut self, x: f32) {
        if x > self.highest {
            self.sum = self.sum * f64::from((self.highest - x).exp()) + 1.0;
            self.highest = x;
        } else {
            self.sum += f64::from(math::exp(x - self.highest));
        }
    }

    /// 0 for no summand.
    fn log(&self) -> f32 {
        if self.sum == 0.0 { 0.0 } else { self.highest + self.sum.ln() as f32 }
    }
}

/// The gradients of a backward pass.
struct Grads {
    heads: Vec<f32>,
    tails: Vec<f32>,
    /// Of the rows' norms, `[rows]`.
    norms: Vec<f32>,
}

/// The features of all rows.
struct Compared<'a> {
    rows: &'a Contrast,
    /// The number of rows.
    count: usize,
    heads: Side<'a>,
    tails: Side<'a>,
    /// One over each row's norm.
    inverse: Vec<f32>,
}

/// Heads or tails.
struct Side<'a> {
    data: &'a [f32],
    width: usize,
    block: usize,
    /// The anchors' rows one behind another.
    anchors: Vec<f32>,
}

impl<'a> Side<'a> {
    fn new(view: View<'a>, rows: &Contrast) -> Self {
        let width = view.shape[1];
        let row = |row: &u32| &view.data[*row as usize * width..][..width];
        let anchors = rows.anchors.iter().flat_map(row).copied().collect();
        Self { data: view.data, width, block: width / rows.groups, anchors }
    }

    /// A group of some rows.
    fn rows(&self, rows: &Range<usize>, group: usize) -> Matrix<'_> {
        self.matrix(self.data, rows, group)
    }

    /// A group of some anchors.
    fn anchors(&self, anchors: &Range<usize>, group: usize) -> Matrix<'_> {
        self.matrix(&self.anchors, anchors, group)
    }

    fn matrix<'b>(&self, data: &'b [f32], rows: &Range<usize>, group: usize) -> Matrix<'b> {
        let from = rows.start * self.width + group * self.block;
        Matrix::strided(&data[from..], rows.len(), self.block, self.width)
    }

    /// The products of some anchors and some rows within a group, `[anchors, rows]`.
    fn products(&self, anchors: &Range<usize>, rows: &Range<usize>, group: usize, out: &mut [f32]) {
        let (a, b) = (self.anchors(anchors, group), self.rows(rows, group).t());
        product(out, rows.len(), a, b, Into::Replace, Precision::F32);
    }

    /// The square of a group of a row.
    fn square(&self, row: usize, group: usize) -> f32 {
        let features = &self.data[row * self.width + group * self.block..][..self.block];
        features.iter().map(|x| x * x).sum()
    }
}

impl<'a> Compared<'a> {
    fn new(rows: &'a Contrast, heads: View<'a>, tails: View<'a>) -> Self {
        let (heads, tails) = (Side::new(heads, rows), Side::new(tails, rows));
        let count = heads.data.len() / heads.width;
        let square = |row: usize| -> f32 {
            let groups = 0..rows.groups;
            groups.map(|group| heads.square(row, group) * tails.square(row, group)).sum()
        };
        let inverse = |row| 1.0 / square(row).max(LEAST_SQUARE).sqrt();
        let inverse = (0..count).into_par_iter().map(inverse).collect();
        Self { rows, count, heads, tails, inverse }
    }

    fn all_columns(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let count = self.count;
        (0..count).step_by(COLUMNS).map(move |first| first..(first + COLUMNS).min(count))
    }

    /// Shows the similarities of some anchors `[anchors, columns]`, some columns at a time.
    fn each_block(&self, anchors: Range<usize>, mut each: impl FnMut(Range<usize>, &[f32])) {
        let mut buffers = Buffers::new(anchors.len() * COLUMNS);
        for columns in self.all_columns() {
            each(columns.clone(), self.similarities(&anchors, &columns, &mut buffers));
        }
    }

    fn similarities<'b>(
        &self,
        anchors: &Range<usize>,
        columns: &Range<usize>,
        buffers: &'b mut Buffers,
    ) -> &'b mut [f32] {
        let length = anchors.len() * columns.len();
        let Buffers { sum, heads, tails } = buffers;
        let (sum, heads, tails) = (&mut sum[..length], &mut heads[..length], &mut tails[..length]);
        sum.fill(0.0);
        for group in 0..self.rows.groups {
            self.heads.products(anchors, columns, group, heads);
            self.tails.products(anchors, columns, group, tails);
            let products = heads.iter().zip(&*tails).map(|(h, t)| h * t);
            sum.iter_mut().zip(products).for_each(|(sum, product)| *sum += product);
        }
        for (row, anchor) in sum.chunks_exact_mut(columns.len()).zip(anchors.clone()) {
            let scale = self.scale(anchor);
            let inverse = &self.inverse[columns.clone()];
            row.iter_mut().zip(inverse).for_each(|(s, inverse)| *s *= scale * inverse);
        }
        sum
    }

    /// What an anchor's products are multiplied by, beside the other row's inverse norm.
    fn scale(&self, anchor: usize) -> f32 {
        self.inverse[self.rows.anchors[anchor] as usize] / self.rows.temperature
    }

    /// The gradients of some anchors' products, `[anchors, rows]`; those of the norms are added.
    fn slopes(
        &self,
        anchors: Range<usize>,
        out: &[f32],
        grad: &[f32],
        norms: &mut [f32],
    ) -> Vec<f32> {
        let mut slopes = zeros(anchors.len() * self.count);
        let shared = Shared::new(&mut slopes);
        let columns: Vec<Range<usize>> = self.all_columns().collect();
        // Of s times its gradient: the sums over a column, and over an anchor's columns here.
        let sums: Vec<(Vec<f32>, Vec<f32>)> = columns
            .par_iter()
            .map(|columns| {
                let mut buffers = Buffers::new(anchors.len() * columns.len());
                let similarity = self.similarities(&anchors, columns, &mut buffers);
                let mut of_columns = vec![0.0; columns.len()];
                let mut of_anchors = vec![0.0; anchors.len()];
                for (place, number) in anchors.clone().enumerate() {
                    let of_anchor = OfAnchor::new(number, out, grad);
                    let (anchor, scale) = (self.rows.anchors[number] as usize, self.scale(number));
                    let row = &similarity[place * columns.len()..][..columns.len()];
                    // SAFETY: no other thread has these columns.
                    let slopes =
                        unsafe { shared.part(place * self.count + columns.start, columns.len()) };
                    for (at, column) in columns.clone().enumerate().filter(|(_, c)| *c != anchor) {
                        let belongs = self.rows.belong(anchor, column, self.count);
                        let slope = of_anchor.slope(row[at], belongs);
                        slopes[at] = slope * scale * self.inverse[column];
                        of_columns[at] += slope * row[at];
                        of_anchors[place] += slope * row[at];
                    }
                }
                (of_columns, of_anchors)
            })
            .collect();
        for (columns, (of_columns, of_anchors)) in columns.into_iter().zip(sums) {
            for (column, sum) in columns.zip(of_columns) {
                norms[column] -= sum * self.inverse[column];
            }
            for (number, sum) in anchors.clone().zip(of_anchors) {
                let anchor = self.rows.anchors[number] as usize;
                norms[anchor] -= sum * self.inverse[anchor];
            }
        }
        slopes
    }

    /// Adds the gradients that heads and tails have through some anchors' products. A thread has
    /// a group for itself, so the bits repeat.
    fn add_products(&self, anchors: Range<usize>, slopes: &[f32], grads: &mut Grads) {
        let shared = [Shared::new(&mut grads.heads), Shared::new(&mut grads.tails)];
        (0..self.rows.groups).into_par_iter().for_each(|group| {
            let mut buffers = Buffers::new(anchors.len() * COLUMNS);
            let mut of_anchors =
                [&self.heads, &self.tails].map(|side| vec![0.0; anchors.len() * side.block]);
            for columns in self.all_columns() {
                let length = anchors.len() * columns.len();
                let Buffers { heads, tails, .. } = &mut buffers;
                let (heads, tails) = (&mut heads[..length], &mut tails[..length]);
                self.heads.products(&anchors, &columns, group, heads);
                self.tails.products(&anchors, &columns, group, tails);
                let rows = slopes.chunks_exact(self.count);
                let slopes = rows.flat_map(|row| &row[columns.clone()]);
                for ((head, tail), slope) in heads.iter_mut().zip(&mut *tails).zip(slopes) {
                    (*head, *tail) = (*tail * slope, *head * slope);
                }
                let sides = [(&self.heads, &*heads), (&self.tails, &*tails)];
                for (place, (side, slopes)) in sides.into_iter().enumerate() {
                    let slopes = Matrix::new(slopes, anchors.len(), columns.len());
                    let from = columns.start * side.width + group * side.block;
                    let target = shared[place].target(from, columns.len(), side.block, side.width);
                    let own = &mut of_anchors[place];
                    let rows = side.rows(&columns, group);
                    product(own, side.block, slopes, rows, Into::Add, Precision::F32);
                    let of_anchors = side.anchors(&anchors, group);
                    // SAFETY: no other thread has this group.
                    unsafe {
                        product_at(target, slopes.t(), of_anchors, Into::Add, Precision::F32);
                    }
                }
            }
            for (place, side) in [&self.heads, &self.tails].into_iter().enumerate() {
                for (number, own) in anchors.clone().zip(of_anchors[place].chunks(side.block)) {
                    let row = self.rows.anchors[number] as usize;
                    let from = row * side.width + group * side.block;
                    // SAFETY: no other thread has this group.
                    let out = unsafe { shared[place].part(from, side.block) };
                    out.iter_mut().zip(own).for_each(|(out, own)| *out += own);
                }
            }
        });
    }

    /// Adds the gradients that heads and tails have through the norms.
    fn add_norms(&self, grads: &mut Grads) {
        let Grads { heads, tails, norms } = grads;
        let rows = heads.par_chunks_mut(self.heads.width);
        let rows = rows.zip(tails.par_chunks_mut(self.tails.width)).enumerate();
        rows.for_each(|(row, (heads, tails))| {
            let inverse = self.inverse[row];
            if inverse * inverse * LEAST_SQUARE >= 1.0 {
                return; // the norm is held at its least
            }
            let factor = norms[row] * inverse;
            for group in 0..self.rows.groups {
                let squares = [self.heads.square(row, group), self.tails.square(row, group)];
                add_square(heads, &self.heads, row, group, factor * squares[1]);
                add_square(tails, &self.tails, row, group, factor * squares[0]);
            }
        });
    }
}

/// Adds a group of a row times a factor to its gradient.
fn add_square(out: &mut [f32], side: &Side, row: usize, group: usize, factor: f32) {
    let place = group * side.block;
    let features = &side.data[row * side.width + place..][..side.block];
    let out = &mut out[place..][..side.block];
    out.iter_mut().zip(features).for_each(|(out, x)| *out += factor * x);
}

/// What the gradient of an anchor's similarities is made of.
struct OfAnchor<'a> {
    out: &'a [f32],
    grad: &'a [f32],
}

impl<'a> OfAnchor<'a> {
    fn new(anchor: usize, out: &'a [f32], grad: &'a [f32]) -> Self {
        let of = |values: &'a [f32]| &values[anchor * CONTRAST_COLUMNS..][..CONTRAST_COLUMNS];
        Self { out: of(out), grad: of(grad) }
    }

    fn slope(&self, similarity: f32, belongs: bool) -> f32 {
        let all = self.grad[0] * math::exp(similarity - self.out[0]);
        if !belongs {
            return all;
        }
        all + self.grad[1] * math::exp(similarity - self.out[1]) + self.grad[2]
    }
}

/// Memory for the products of some anchors and some rows.
struct Buffers {
    sum: Vec<f32>,
    heads: Vec<f32>,
    tails: Vec<f32>,
}

impl Buffers {
    fn new(length: usize) -> Self {
        let buffer = || vec![0.0; length];
        Self { sum: buffer(), heads: buffer(), tails: buffer() }
    }
}
