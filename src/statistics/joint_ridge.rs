//! Ridge regression of several targets on the same rows of predictors.
//!
//! It is separate from [`ridge`](super::ridge()), which chooses its penalty by cross-validation: the sums of a single target
//! are rounded in another order there, and the stored results of studies depend on them to the last digit.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::ridge::fold_members;
use super::scatter::penalised_scatter;
use crate::progress::ProgressFn;

/// Fitted regressions of several targets.
#[derive(Clone, Debug, PartialEq)]
pub struct JointRidge {
    /// One row of weights per target, one weight per predictor.
    pub weights: Vec<Vec<f64>>,
    /// Coefficient of determination of each target on held-out folds: at most 1; 0 or less where the predictors explain nothing.
    pub cross_validated_r2: Vec<f64>,
}

/// Fits every list of `targets` on `rows`. Rows of one of the `groups` are never split between folds.
///
/// The penalty is the number of predictors over the number of rows, relative to a predictor's mean variance: the best one if the
/// predictors explain half of the variance with about equal weights (Hoerl, Kennard and Baldwin 1975). All targets share one
/// factorisation, so the cost hardly depends on their number. `None` without at least two folds, or if
/// the lists differ in length.
///
/// # Errors
/// The error of `progress`.
pub fn joint_ridge<E>(
    rows: &[&[f32]],
    targets: &[Vec<f64>],
    groups: &[u32],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Option<JointRidge>, E> {
    let has_same_length = targets.iter().all(|values| values.len() == rows.len());
    if !has_same_length || groups.len() != rows.len() {
        return Ok(None);
    }
    let members = fold_members(groups);
    if members.len() < 2 {
        return Ok(None);
    }
    let mut folds = Vec::with_capacity(members.len());
    for (index, fold) in members.iter().enumerate() {
        progress(index as f64 / (members.len() + 1) as f64)?;
        folds.push(Moments::compute(rows, targets, fold));
    }
    let mut total = folds[0].clone();
    for fold in &folds[1..] {
        total = total.add_scaled(fold, 1.0);
    }
    let mut residual_squares = vec![0.0; targets.len()];
    let mut total_squares = vec![0.0; targets.len()];
    for fold in &folds {
        let training = total.add_scaled(fold, -1.0);
        let Some(weights) = training.solve() else {
            return Ok(None);
        };
        for target in 0..targets.len() {
            let target_weights = weights.column(target).into_owned();
            residual_squares[target] +=
                fold.sum_of_squared_errors(target, &target_weights, &training);
            let zeros = DVector::zeros(weights.nrows());
            total_squares[target] += fold.sum_of_squared_errors(target, &zeros, &training);
        }
    }
    let Some(weights) = total.solve() else {
        return Ok(None);
    };
    let r2 = residual_squares
        .iter()
        .zip(&total_squares)
        .map(|(residual, total)| {
            if *total > 0.0 {
                1.0 - residual / total
            } else {
                0.0
            }
        });
    progress(1.0)?;
    Ok(Some(JointRidge {
        cross_validated_r2: r2.collect(),
        weights: weights
            .column_iter()
            .map(|column| column.iter().copied().collect())
            .collect(),
    }))
}

/// Sums of predictors x and targets y, and of their products, over a set of rows.
#[derive(Clone)]
struct Moments {
    /// Number of rows.
    count: f64,
    x: DVector<f64>,
    y: DVector<f64>,
    xx: DMatrix<f64>,
    xy: DMatrix<f64>,
    /// Sum of squares of each target.
    yy: DVector<f64>,
}

impl Moments {
    fn compute(rows: &[&[f32]], targets: &[Vec<f64>], members: &[usize]) -> Self {
        let dimensions = rows.first().map_or(0, |row| row.len());
        let x = DMatrix::from_fn(dimensions, members.len(), |d, k| {
            rows[members[k]].get(d).map_or(0.0, |x| f64::from(*x))
        });
        let y = DMatrix::from_fn(members.len(), targets.len(), |k, target| {
            targets[target][members[k]]
        });
        Self {
            count: members.len() as f64,
            x: x.column_sum(),
            y: y.row_sum().transpose(),
            yy: DVector::from_iterator(
                y.ncols(),
                y.column_iter().map(|column| column.norm_squared()),
            ),
            xy: &x * &y,
            xx: &x * x.transpose(),
        }
    }

    /// These sums plus `factor` times others.
    fn add_scaled(&self, other: &Self, factor: f64) -> Self {
        Self {
            count: self.count + factor * other.count,
            x: &self.x + factor * &other.x,
            y: &self.y + factor * &other.y,
            xx: &self.xx + factor * &other.xx,
            xy: &self.xy + factor * &other.xy,
            yy: &self.yy + factor * &other.yy,
        }
    }

    /// The weights, one column per target; `None` without rows.
    fn solve(&self) -> Option<DMatrix<f64>> {
        if self.count < 1.0 {
            return None;
        }
        let mean = &self.x / self.count;
        let scatter = penalised_scatter(&self.xx, &mean, self.count, |trace, predictors| {
            (predictors / self.count * trace / predictors).max(1e-12)
        });
        let covariances = &self.xy - &mean * self.y.transpose();
        Some(Cholesky::new(scatter)?.solve(&covariances))
    }

    /// Sum of squared errors on these rows of a target, predicted with `weights` that were fitted on the rows of `training`.
    fn sum_of_squared_errors(&self, target: usize, weights: &DVector<f64>, training: &Self) -> f64 {
        let intercept =
            training.y[target] / training.count - weights.dot(&training.x) / training.count;
        let quadratic = (&self.xx * weights).dot(weights);
        self.yy[target]
            - 2.0 * intercept * self.y[target]
            - 2.0 * weights.dot(&self.xy.column(target))
            + self.count * intercept * intercept
            + 2.0 * intercept * weights.dot(&self.x)
            + quadratic
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::no_progress;
    use crate::statistics::ridge;
    use crate::statistics::testing::normal_rows;

    #[test]
    fn two_targets_are_fitted_at_once_and_explained_as_by_single_fits() {
        let rows = normal_rows(2_000, 20, 7);
        let noise = normal_rows(2_000, 2, 8);
        let target = |weights: [f32; 2], column: usize| -> Vec<f64> {
            let pairs = rows.iter().zip(&noise);
            pairs
                .map(|(z, n)| f64::from(3.0 + weights[0] * z[3] + weights[1] * z[8] + n[column]))
                .collect()
        };
        let targets = [target([2.0, -1.0], 0), target([0.0, 1.0], 1)];
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let groups: Vec<u32> = (0..2_000).map(|k| k / 20).collect();
        let Ok(fit) = joint_ridge(&rows, &targets, &groups, &mut no_progress);
        let fit = fit.unwrap();
        for (row, column, weight) in [(0, 3, 2.0), (0, 8, -1.0), (1, 3, 0.0), (1, 8, 1.0)] {
            assert!((fit.weights[row][column] - weight).abs() < 0.1);
        }
        for (values, r2) in targets.iter().zip(&fit.cross_validated_r2) {
            let Ok(single_fit) = ridge(&rows, values, &groups, &mut no_progress);
            let single_r2 = single_fit.unwrap().cross_validated_r2;
            assert!((r2 - single_r2).abs() < 0.01, "{r2} {single_r2}");
        }
    }

    #[test]
    fn more_predictors_than_rows_explain_no_noise() {
        let rows = normal_rows(60, 200, 7);
        let values: Vec<f64> = normal_rows(60, 1, 8)
            .iter()
            .map(|z| f64::from(z[0]))
            .collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let groups: Vec<u32> = (0..60).map(|k| k / 6).collect();
        let Ok(fit) = joint_ridge(&rows, &[values], &groups, &mut no_progress);
        assert!(fit.unwrap().cross_validated_r2[0] < 0.1);
    }

    #[test]
    fn lists_of_different_lengths_and_single_folds_give_no_fit() {
        let rows = normal_rows(9, 2, 7);
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let has_no_fit = |rows: &[&[f32]], values: Vec<f64>, groups: &[u32]| {
            let fit = joint_ridge(rows, &[values], groups, &mut no_progress);
            matches!(fit, Ok(None))
        };
        assert!(has_no_fit(&rows, vec![1.0; 8], &[0; 9]));
        assert!(has_no_fit(&rows[..1], vec![1.0], &[0]));
        assert!(has_no_fit(&[], vec![], &[]));
    }
}
