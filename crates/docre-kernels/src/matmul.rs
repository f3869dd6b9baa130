//! Matrix products on slices, and what parallel kernels need to write into them.

use std::ops::Range;

use gemm::Parallelism;

use crate::{
    bf16::{self, Rounded},
    precision::Precision,
};

/// A matrix in a slice: `rows × columns`, element (i, j) at `i * row_stride + j * column_stride`.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    pub data: &'a [f32],
    pub rows: usize,
    pub columns: usize,
    pub row_stride: usize,
    pub column_stride: usize,
}

impl<'a> Matrix<'a> {
    /// A matrix whose rows lie one behind another.
    pub fn new(data: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(data, rows, columns, columns)
    }

    /// A matrix whose rows begin `row_stride` apart.
    pub fn strided(data: &'a [f32], rows: usize, columns: usize, row_stride: usize) -> Self {
        assert!(rows == 0 || columns == 0 || (rows - 1) * row_stride + columns <= data.len());
        Self { data, rows, columns, row_stride, column_stride: 1 }
    }

    /// Some of the rows, of a matrix whose rows lie one behind another.
    pub fn part(self, rows: Range<usize>) -> Self {
        let columns = self.columns;
        Self::new(&self.data[rows.start * columns..rows.end * columns], rows.len(), columns)
    }

    /// The transpose, without copying.
    pub fn t(self) -> Self {
        Self {
            data: self.data,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }
}

/// Which threads make a product.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Threads {
    /// The calling one.
    One,
    /// All of them.
    All,
}

/// Does both at the same time where there are two threads, each on one of them; else one after
/// the other on all threads. No product of a lone row may be made by one thread.
pub(crate) fn side_by_side<A: Send, B: Send>(
    worth_it: bool,
    first: impl FnOnce(Threads) -> A + Send,
    second: impl FnOnce(Threads) -> B + Send,
) -> (A, B) {
    if worth_it && rayon::current_num_threads() == 2 {
        return rayon::join(|| first(Threads::One), || second(Threads::One));
    }
    (first(Threads::All), second(Threads::All))
}

/// Whether a product of so many rows may be cut into parts of at least 32 columns, each above
/// one, without a change of its sums. `gemm` cuts `inner` summands otherwise in products that
/// have at most 64 rows and columns, and adds them in another order in the smallest.
pub(crate) fn sums_alike(rows: usize, inner: usize) -> bool {
    rows > 8 && (rows > 64 || inner <= 512)
}

/// Whether a product of so many columns may be cut into parts of at least two rows without a
/// change of its sums, if the right matrix's rows lie one behind another.
pub(crate) fn rows_sum_alike(columns: usize, inner: usize) -> bool {
    columns > 64 || inner <= 512
}

/// Whether a product is added to what stands in the output.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Into {
    /// The output is overwritten.
    Replace,
    /// The product is added.
    Add,
}

/// `out = a b` or `out += a b` on the calling thread. `out` has rows `stride` apart.
pub(crate) fn product(
    out: &mut [f32],
    stride: usize,
    a: Matrix,
    b: Matrix,
    into: Into,
    precision: Precision,
) {
    let target = Target::new(out, stride, &a, &b);
    // SAFETY: the target is a slice that has been written.
    unsafe { multiply(target, a, b, into, precision, Threads::One) };
}

/// The same into part of a shared buffer.
///
/// # Safety
///
/// Meanwhile no other thread reads or writes what the product is written to.
pub(crate) unsafe fn product_at(
    out: Target,
    a: Matrix,
    b: Matrix,
    into: Into,
    precision: Precision,
) {
    // SAFETY: passed on.
    unsafe { product_at_by(Threads::One, out, a, b, into, precision) };
}

/// The same on the threads named.
///
/// # Safety
///
/// As for [`product_at`].
pub(crate) unsafe fn product_at_by(
    threads: Threads,
    out: Target,
    a: Matrix,
    b: Matrix,
    into: Into,
    precision: Precision,
) {
    // SAFETY: targets are made of buffers that have been written; the caller promises the rest.
    unsafe { multiply(out, a, b, into, precision, threads) };
}

/// The same as [`product`] on all threads.
pub(crate) fn parallel_product(
    out: &mut [f32],
    stride: usize,
    a: Matrix,
    b: Matrix,
    into: Into,
    precision: Precision,
) {
    let target = Target::new(out, stride, &a, &b);
    // SAFETY: as above.
    unsafe { multiply(target, a, b, into, precision, Threads::All) };
}

/// `a b` in a buffer of its own, on all threads.
pub(crate) fn new_product(a: Matrix, b: Matrix, precision: Precision) -> Vec<f32> {
    product_by(Threads::All, a, b, precision)
}

/// Two products that take about as long, each in a buffer of its own, on all threads: on two
/// threads each makes one, and neither waits for the other before the end.
pub(crate) fn two_products(
    [a, b]: [Matrix; 2],
    [c, d]: [Matrix; 2],
    precision: Precision,
) -> (Vec<f32>, Vec<f32>) {
    let no_lone_row = a.rows > 1 && c.rows > 1;
    side_by_side(
        no_lone_row,
        |threads| product_by(threads, a, b, precision),
        |threads| product_by(threads, c, d, precision),
    )
}

/// The sum of products of the same sizes, `a[0] b[0] + a[1] b[1] + ...`, in a buffer of its own.
pub(crate) fn sum_of_products<const N: usize>(
    threads: Threads,
    a: [Matrix; N],
    b: [Matrix; N],
    precision: Precision,
) -> Vec<f32> {
    let mut sum = product_by(threads, a[0], b[0], precision);
    for (a, b) in a.into_iter().zip(b).skip(1) {
        let target = Target::new(&mut sum, b.columns, &a, &b);
        // SAFETY: the target is a slice that has been written.
        unsafe { multiply(target, a, b, Into::Add, precision, threads) };
    }
    sum
}

/// `a b` in a buffer of its own.
pub(crate) fn product_by(threads: Threads, a: Matrix, b: Matrix, precision: Precision) -> Vec<f32> {
    let length = a.rows * b.columns;
    let mut out: Vec<f32> = Vec::with_capacity(length);
    let target = Target { start: out.as_mut_ptr(), stride: b.columns };
    // SAFETY: the product is written to all of the capacity asked for, and not read.
    unsafe {
        multiply(target, a, b, Into::Replace, precision, threads);
        out.set_len(length);
    }
    out
}

/// Where a product goes.
#[derive(Clone, Copy)]
pub(crate) struct Target {
    pub start: *mut f32,
    pub stride: usize,
}

impl Target {
    /// Rows of a slice, `stride` apart, that the product of `a` and `b` fits into.
    pub fn new(out: &mut [f32], stride: usize, a: &Matrix, b: &Matrix) -> Self {
        let (m, n) = (a.rows, b.columns);
        assert!(m == 0 || n == 0 || (m - 1) * stride + n <= out.len(), "the output is too small");
        Self { start: out.as_mut_ptr(), stride }
    }
}

/// # Safety
///
/// The target has room for the product, and holds values if they are added to.
unsafe fn multiply(
    out: Target,
    a: Matrix,
    b: Matrix,
    into: Into,
    precision: Precision,
    threads: Threads,
) {
    let parallel = threads == Threads::All;
    assert_eq!(a.columns, b.rows, "the inner sizes of a product agree");
    // SAFETY: the caller's promise.
    unsafe {
        match precision {
            Precision::F32 => multiply_f32(out, a, b, into, parallel),
            // What isn't kept in eight bits is rounded to bfloat16.
            Precision::Bf16 | Precision::Int8 => match bf16::unit() {
                Some(unit) => bf16::product(unit, out, a, b, into, parallel),
                None => multiply_f32(out, a, b, into, parallel),
            },
            Precision::Bf16Emulated => {
                let (a, b) = (Rounded::new(a), Rounded::new(b));
                multiply_f32(out, a.matrix(), b.matrix(), into, parallel);
            }
        }
    }
}

/// # Safety
///
/// As for [`multiply`].
unsafe fn multiply_f32(out: Target, a: Matrix, b: Matrix, into: Into, parallel: bool) {
    // Rows of a batch are multiplied on all threads.
    if parallel && a.rows == 1 && b.columns > 1 {
        // SAFETY: passed on.
        return unsafe { multiply_row(out, a, b, into) };
    }
    let read = into == Into::Add;
    let parallelism = if parallel { Parallelism::Rayon(0) } else { Parallelism::None };
    // SAFETY: `Matrix` keeps reads inside its slices, the caller promises the rest. Sizes of
    // zero are the crate's to handle.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.start,
            1,
            out.stride as isize,
            read,
            a.data.as_ptr(),
            a.column_stride as isize,
            a.row_stride as isize,
            b.data.as_ptr(),
            b.column_stride as isize,
            b.row_stride as isize,
            if read { 1.0 } else { 0.0 },
            1.0,
            false,
            false,
            false,
            parallelism,
        );
    }
}

/// The product of a single row, as one of two equal rows: `gemm` sums a lone row in another
/// order, and then what a row becomes would depend on what else is in the batch.
///
/// # Safety
///
/// As for [`multiply`].
unsafe fn multiply_row(out: Target, a: Matrix, b: Matrix, into: Into) {
    let columns = b.columns;
    let mut rows = vec![0.0; 2 * columns];
    let twice = Matrix { rows: 2, row_stride: 0, ..a };
    product(&mut rows, columns, twice, b, Into::Replace, Precision::F32);
    for (column, value) in rows[..columns].iter().enumerate() {
        // SAFETY: the target has room for the row, and holds values if they are added to.
        unsafe {
            let out = out.start.add(column);
            *out = if into == Into::Add { *out + value } else { *value };
        }
    }
}

/// A mutable slice that several threads write to, each to its own part.
#[derive(Clone, Copy)]
pub(crate) struct Shared<'a> {
    start: *mut f32,
    length: usize,
    lifetime: std::marker::PhantomData<&'a mut [f32]>,
}

// SAFETY: access goes through `part`, whose callers promise that parts that are
// alive together don't overlap.
unsafe impl Send for Shared<'_> {}
unsafe impl Sync for Shared<'_> {}

impl<'a> Shared<'a> {
    pub fn new(slice: &'a mut [f32]) -> Self {
        Self { start: slice.as_mut_ptr(), length: slice.len(), lifetime: std::marker::PhantomData }
    }

    /// What a vector has room for, of which nothing needs to be written yet. The parts may be
    /// had by [`Self::target`] and [`Self::zeroed`] alone.
    pub fn of_spare(values: &'a mut Vec<f32>) -> Self {
        let spare = values.spare_capacity_mut();
        let start = spare.as_mut_ptr().cast();
        Self { start, length: spare.len(), lifetime: std::marker::PhantomData }
    }

    /// [`Self::part`], with zeros in it.
    ///
    /// # Safety
    ///
    /// As for [`Self::part`].
    pub unsafe fn zeroed(&self, from: usize, length: usize) -> &'a mut [f32] {
        assert!(from + length <= self.length);
        // SAFETY: inside the slice, and exclusive by the caller's promise.
        unsafe {
            self.start.add(from).write_bytes(0, length);
            self.part(from, length)
        }
    }

    /// Where `rows` rows of `columns` values begin at `from`, `stride` apart.
    pub fn target(&self, from: usize, rows: usize, columns: usize, stride: usize) -> Target {
        assert!(rows > 0 && from + (rows - 1) * stride + columns <= self.length);
        // SAFETY: inside the slice.
        Target { start: unsafe { self.start.add(from) }, stride }
    }

    /// The part from `from`, `length` long.
    ///
    /// # Safety
    ///
    /// While the part is alive, no other thread reads or writes the elements of
    /// it that this thread touches.
    #[allow(clippy::mut_from_ref)] // that the parts don't overlap is the caller's promise
    pub unsafe fn part(&self, from: usize, length: usize) -> &'a mut [f32] {
        assert!(from + length <= self.length);
        // SAFETY: inside the slice, and exclusive by the caller's promise.
        unsafe { std::slice::from_raw_parts_mut(self.start.add(from), length) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const F32: Precision = Precision::F32;

    #[test]
    fn a_row_becomes_the_same_alone_and_among_others() {
        let values = |count: usize| (0..count).map(|i| (i as f32 * 0.7).sin()).collect::<Vec<_>>();
        let (a, b) = (values(5 * 300), values(300 * 40));
        let b = Matrix::new(&b, 300, 40);
        let all = new_product(Matrix::new(&a, 5, 300), b, F32);
        for (row, want) in all.chunks(40).enumerate() {
            assert_eq!(new_product(Matrix::new(&a[row * 300..], 1, 300), b, F32), want);
        }
    }

    #[test]
    fn products_of_views_and_transposes() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 × 3
        let b = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]; // 3 × 2
        let mut out = [10.0; 4];
        product(&mut out, 2, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), Into::Replace, F32);
        assert_eq!(out, [4.0, 5.0, 10.0, 11.0]);
        product(&mut out, 2, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), Into::Add, F32);
        assert_eq!(out, [8.0, 10.0, 20.0, 22.0]);
        let mut row = [10.0; 2];
        let last = Matrix::new(&a[3..], 1, 3);
        parallel_product(&mut row, 2, last, Matrix::new(&b, 3, 2), Into::Add, F32);
        assert_eq!(row, [20.0, 21.0]);
        let mut gram = [0.0; 9];
        let a = Matrix::new(&a, 2, 3);
        parallel_product(&mut gram, 3, a.t(), a, Into::Replace, F32);
        assert_eq!(gram, [17.0, 22.0, 27.0, 22.0, 29.0, 36.0, 27.0, 36.0, 45.0]);
    }
}
