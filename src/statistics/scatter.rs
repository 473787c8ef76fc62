//! The scatter matrix of the ridge regressions.

use nalgebra::{DMatrix, DVector};

/// The scatter matrix of predictors around their mean, with a penalty on its diagonal.
///
/// `penalty` receives the trace of the matrix and the number of predictors, at least 1, and returns the number to add.
///
/// # Shapes
/// - `products`: `[predictors, predictors]`, sums of the products of each two predictors over `count` rows
/// - `mean`: `[predictors]`
/// - output: `[predictors, predictors]`
pub fn penalised_scatter(
    products: &DMatrix<f64>,
    mean: &DVector<f64>,
    count: f64,
    penalty: impl FnOnce(f64, f64) -> f64,
) -> DMatrix<f64> {
    let mut scatter = products - mean * mean.transpose() * count;
    let penalty = penalty(scatter.trace(), scatter.nrows().max(1) as f64);
    for d in 0..scatter.nrows() {
        scatter[(d, d)] += penalty;
    }
    scatter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_scatter_of_three_rows_agrees_with_hand_computation() {
        // The rows (1, 2), (3, 2) and (5, 8): means 3 and 4, deviations (-2, -2), (0, -2) and (2, 4).
        let products = DMatrix::from_row_slice(2, 2, &[35.0, 48.0, 48.0, 72.0]);
        let mean = DVector::from_vec(vec![3.0, 4.0]);
        let scatter = penalised_scatter(&products, &mean, 3.0, |trace, predictors| {
            trace / predictors
        });
        let expected = DMatrix::from_row_slice(2, 2, &[8.0 + 16.0, 12.0, 12.0, 24.0 + 16.0]);
        assert_eq!(scatter, expected);
    }
}
