//! Ridge regression of several numbers on the same rows of predictors.
//!
//! It stays apart from [`ridge`](super::ridge()), which chooses its penalty by cross-validation: the sums of a single number
//! are rounded in another order there, and the stored figures of studies depend on it to the last digit.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::ridge::fold_members;
use super::scatter::penalised_scatter;
use crate::progress::ProgressFn;

/// Fitted regressions of several numbers.
#[derive(Clone, Debug, PartialEq)]
pub struct JointRidge {
    /// One row of weights per number, one weight per predictor.
    pub weights: Vec<Vec<f64>>,
    /// Coefficient of determination of each number on folds that were held out; at most 1, 0 or less where the predictors
    /// explain nothing.
    pub cross_validated_r2: Vec<f64>,
}

/// Fits every list of `targets` on `rows`. Rows of one of the `groups` are never split between folds.
///
/// The penalty is the number of predictors for each row, relative to a predictor's mean variance: the best one when as
/// much of the variance is explained as is not, by about as many weights as there are predictors (Hoerl, Kennard and Baldwin
/// 1975). One factorisation serves all numbers, so it costs as much as for one. `None` without at least two folds, or if
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
    let same_length = targets.iter().all(|values| values.len() == rows.len());
    if !same_length || groups.len() != rows.len() {
        return Ok(None);
    }
    let members = fold_members(groups);
    if members.len() < 2 {
        return Ok(None);
    }
    let mut folds = Vec::with_capacity(members.len());
    for (number, fold) in members.iter().enumerate() {
        progress(number as f64 / (members.len() + 1) as f64)?;
        folds.push(Moments::of(rows, targets, fold));
    }
    let mut all = folds[0].clone();
    for fold in &folds[1..] {
        all = all.plus(fold, 1.0);
    }
    let (mut errors, mut totals) = (vec![0.0; targets.len()], vec![0.0; targets.len()]);
    for fold in &folds {
        let others = all.plus(fold, -1.0);
        let Some(weights) = others.solve() else {
            return Ok(None);
        };
        for number in 0..targets.len() {
            errors[number] +=
                fold.squared_error(number, &weights.column(number).into_owned(), &others);
            totals[number] += fold.squared_error(number, &DVector::zeros(weights.nrows()), &others);
        }
    }
    let Some(weights) = all.solve() else {
        return Ok(None);
    };
    let r2 = errors.iter().zip(&totals).map(|(error, total)| {
        if *total > 0.0 {
            1.0 - error / total
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

/// Sums and products over a set of rows.
#[derive(Clone)]
struct Moments {
    count: f64,
    x: DVector<f64>,
    y: DVector<f64>,
    xx: DMatrix<f64>,
    xy: DMatrix<f64>,
    yy: DVector<f64>,
}

impl Moments {
    fn of(rows: &[&[f32]], targets: &[Vec<f64>], members: &[usize]) -> Self {
        let dimensions = rows.first().map_or(0, |row| row.len());
        let x = DMatrix::from_fn(dimensions, members.len(), |d, k| {
            rows[members[k]].get(d).map_or(0.0, |x| f64::from(*x))
        });
        let y = DMatrix::from_fn(members.len(), targets.len(), |k, number| {
            targets[number][members[k]]
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

    fn plus(&self, other: &Self, sign: f64) -> Self {
        Self {
            count: self.count + sign * other.count,
            x: &self.x + sign * &other.x,
            y: &self.y + sign * &other.y,
            xx: &self.xx + sign * &other.xx,
            xy: &self.xy + sign * &other.xy,
            yy: &self.yy + sign * &other.yy,
        }
    }

    /// The weights, one column per number; `None` without rows.
    fn solve(&self) -> Option<DMatrix<f64>> {
        if self.count < 1.0 {
            return None;
        }
        let mean = &self.x / self.count;
        let scatter = penalised_scatter(&self.xx, &mean, self.count, |trace, predictors| {
            (predictors / self.count * trace / predictors).max(1e-12)
        });
        let target = &self.xy - &mean * self.y.transpose();
        Some(Cholesky::new(scatter)?.solve(&target))
    }

    /// Squared error of these rows, predicted with `weights` and the means of the rows that these were fitted to.
    fn squared_error(&self, number: usize, weights: &DVector<f64>, fitted: &Self) -> f64 {
        let intercept = fitted.y[number] / fitted.count - weights.dot(&fitted.x) / fitted.count;
        let quadratic = (&self.xx * weights).dot(weights);
        self.yy[number]
            - 2.0 * intercept * self.y[number]
            - 2.0 * weights.dot(&self.xy.column(number))
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
    fn two_numbers_are_found_at_once_and_explained_as_each_alone() {
        let rows = normal_rows(2_000, 20, 7);
        let noise = normal_rows(2_000, 2, 8);
        let number = |weights: [f32; 2], column: usize| -> Vec<f64> {
            let pairs = rows.iter().zip(&noise);
            pairs
                .map(|(z, n)| f64::from(3.0 + weights[0] * z[3] + weights[1] * z[8] + n[column]))
                .collect()
        };
        let targets = [number([2.0, -1.0], 0), number([0.0, 1.0], 1)];
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let groups: Vec<u32> = (0..2_000).map(|k| k / 20).collect();
        let Ok(found) = joint_ridge(&rows, &targets, &groups, &mut no_progress);
        let found = found.unwrap();
        for (row, column, weight) in [(0, 3, 2.0), (0, 8, -1.0), (1, 3, 0.0), (1, 8, 1.0)] {
            assert!((found.weights[row][column] - weight).abs() < 0.1);
        }
        for (values, r2) in targets.iter().zip(&found.cross_validated_r2) {
            let Ok(alone) = ridge(&rows, values, &groups, &mut no_progress);
            let alone = alone.unwrap().cross_validated_r2;
            assert!((r2 - alone).abs() < 0.01, "{r2} {alone}");
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
        let Ok(found) = joint_ridge(&rows, &[values], &groups, &mut no_progress);
        assert!(found.unwrap().cross_validated_r2[0] < 0.1);
    }

    #[test]
    fn lists_of_different_lengths_and_single_folds_give_no_fit() {
        let rows = normal_rows(9, 2, 7);
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let none = |rows: &[&[f32]], values: Vec<f64>, groups: &[u32]| {
            let fit = joint_ridge(rows, &[values], groups, &mut no_progress);
            matches!(fit, Ok(None))
        };
        assert!(none(&rows, vec![1.0; 8], &[0; 9]));
        assert!(none(&rows[..1], vec![1.0], &[0]));
        assert!(none(&[], vec![], &[]));
    }
}
