//! Matrix products on the CPU, over plain slices.
//!
//! One safe function around the `gemm` crate, which picks the widest vector instructions of the
//! processor at run time.
#![expect(
    unsafe_code,
    reason = "gemm takes raw pointers; every extent is checked here first"
)]

/// A row-major matrix that can be read as its transpose.
#[derive(Clone, Copy)]
pub(crate) struct Matrix<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    transposed: bool,
}

impl<'a> Matrix<'a> {
    /// `values` as a matrix of `rows` and `columns`.
    ///
    /// # Panics
    /// If `values` does not hold exactly that many numbers.
    pub(crate) fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        assert_eq!(
            values.len(),
            rows * columns,
            "a matrix of {rows} x {columns}"
        );
        Self {
            values,
            rows,
            columns,
            transposed: false,
        }
    }

    /// The transpose, without moving a number.
    pub(crate) fn transpose(self) -> Self {
        Self {
            transposed: !self.transposed,
            ..self
        }
    }

    /// Rows and columns as they are read.
    pub(super) fn extents(&self) -> (usize, usize) {
        if self.transposed {
            (self.columns, self.rows)
        } else {
            (self.rows, self.columns)
        }
    }

    /// The values as stored.
    pub(super) fn values(&self) -> &'a [f32] {
        self.values
    }

    /// Whether the stored matrix is read as its transpose.
    pub(super) fn is_transposed(&self) -> bool {
        self.transposed
    }

    /// Distance in memory of neighbours along a row, and along a column.
    fn strides(&self) -> (isize, isize) {
        let row = self.columns as isize;
        if self.transposed { (row, 1) } else { (1, row) }
    }
}

/// Whether a product replaces the output or is added to it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Update {
    /// `out = a b`
    Replace,
    /// `out += a b`
    Add,
}

/// The product of `a` `[m, k]` and `b` `[k, n]`, into `out` `[m, n]`, row-major.
///
/// # Panics
/// If the extents do not fit.
pub(crate) fn product(out: &mut [f32], update: Update, a: Matrix<'_>, b: Matrix<'_>) {
    let ((m, k), (k_of_b, n)) = (a.extents(), b.extents());
    assert_eq!(k, k_of_b, "inner extents of a product");
    assert_eq!(out.len(), m * n, "extents of a product");
    if m == 0 || n == 0 {
        return;
    }
    let ((a_column_stride, a_row_stride), (b_column_stride, b_row_stride)) =
        (a.strides(), b.strides());
    // SAFETY: the three slices hold m*k, k*n and m*n numbers (checked above and in `Matrix::new`),
    // the strides stay inside them, and `out` is borrowed mutably, so it overlaps neither.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            out.as_mut_ptr(),
            1,
            n as isize,
            update == Update::Add,
            a.values.as_ptr(),
            a_column_stride,
            a_row_stride,
            b.values.as_ptr(),
            b_column_stride,
            b_row_stride,
            1.0,
            1.0,
            false,
            false,
            false,
            gemm::Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_agree_with_the_schoolbook_sum_in_all_transpositions() {
        let a: Vec<f32> = (0..12).map(|i| i as f32 - 4.0).collect();
        let b: Vec<f32> = (0..20).map(|i| (i * 7 % 11) as f32).collect();
        let mut expected = vec![1.0; 15];
        for (row, column, inner) in
            (0..3).flat_map(|r| (0..5).flat_map(move |c| (0..4).map(move |k| (r, c, k))))
        {
            expected[row * 5 + column] += a[row * 4 + inner] * b[inner * 5 + column];
        }
        let a_transposed: Vec<f32> = (0..12).map(|i| a[(i % 3) * 4 + i / 3]).collect();
        let b_transposed: Vec<f32> = (0..20).map(|i| b[(i % 4) * 5 + i / 4]).collect();
        let plain = (Matrix::new(&a, 3, 4), Matrix::new(&b, 4, 5));
        let transposed = (
            Matrix::new(&a_transposed, 4, 3).transpose(),
            Matrix::new(&b_transposed, 5, 4).transpose(),
        );
        for (left, right) in [
            (plain.0, plain.1),
            (plain.0, transposed.1),
            (transposed.0, plain.1),
            (transposed.0, transposed.1),
        ] {
            let mut out = vec![1.0; 15];
            product(&mut out, Update::Add, left, right);
            assert_eq!(out, expected);
        }
    }
}
