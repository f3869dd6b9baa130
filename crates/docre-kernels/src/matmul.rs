//! Matrix products on slices, and what parallel kernels need to write into them.

use gemm::Parallelism;

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

/// Whether a product is added to what stands in the output.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Into {
    /// The output is overwritten.
    Replace,
    /// The product is added.
    Add,
}

/// `out = a b` or `out += a b` on the calling thread. `out` has rows `stride` apart.
pub(crate) fn product(out: &mut [f32], stride: usize, a: Matrix, b: Matrix, into: Into) {
    multiply(out, stride, a, b, into, Parallelism::None);
}

/// The same on all threads.
pub(crate) fn parallel_product(out: &mut [f32], stride: usize, a: Matrix, b: Matrix, into: Into) {
    multiply(out, stride, a, b, into, Parallelism::Rayon(0));
}

fn multiply(
    out: &mut [f32],
    stride: usize,
    a: Matrix,
    b: Matrix,
    into: Into,
    parallelism: Parallelism,
) {
    assert_eq!(a.columns, b.rows, "the inner sizes of a product agree");
    let (m, n, k) = (a.rows, b.columns, a.columns);
    if m == 0 || n == 0 {
        return;
    }
    assert!((m - 1) * stride + n <= out.len(), "the output holds the product");
    if k == 0 {
        if into == Into::Replace {
            out.chunks_mut(stride).take(m).for_each(|row| row[..n].fill(0.0));
        }
        return;
    }
    let read = into == Into::Add;
    // SAFETY: `Matrix` and the assertion above keep every access inside the slices,
    // and `out` is borrowed mutably, so nothing overlaps.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            stride as isize,
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

    #[test]
    fn products_of_views_and_transposes() {
        let a = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]; // 2 × 3
        let b = [1.0, 0.0, 0.0, 1.0, 1.0, 1.0]; // 3 × 2
        let mut out = [10.0; 4];
        product(&mut out, 2, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), Into::Replace);
        assert_eq!(out, [4.0, 5.0, 10.0, 11.0]);
        product(&mut out, 2, Matrix::new(&a, 2, 3), Matrix::new(&b, 3, 2), Into::Add);
        assert_eq!(out, [8.0, 10.0, 20.0, 22.0]);
        let mut gram = [0.0; 9];
        let a = Matrix::new(&a, 2, 3);
        parallel_product(&mut gram, 3, a.t(), a, Into::Replace);
        assert_eq!(gram, [17.0, 22.0, 27.0, 22.0, 29.0, 36.0, 27.0, 36.0, 45.0]);
    }
}
