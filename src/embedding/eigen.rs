//! The leading eigenpairs of a symmetric matrix.

use nalgebra::{DMatrix, SymmetricEigen};

/// An eigenvalue and its eigenvector.
pub(super) type Eigenpair = (f64, Vec<f64>);

/// The two eigenpairs of largest value, the largest first; fewer for a smaller matrix.
pub(super) fn leading_two(matrix: DMatrix<f64>) -> Vec<Eigenpair> {
    let eigen = SymmetricEigen::new(matrix);
    let values = &eigen.eigenvalues;
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*b].total_cmp(&values[*a]).then(a.cmp(b)));
    let vector = |k: usize| eigen.eigenvectors.column(k).iter().copied().collect();
    order
        .iter()
        .take(2)
        .map(|k| (values[*k], vector(*k)))
        .collect()
}
