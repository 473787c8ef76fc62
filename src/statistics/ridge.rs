//! Ridge regression of one target on rows of predictors, with nested cross-validation over groups of rows.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::scatter::penalised_scatter;
use crate::progress::ProgressFn;

/// Candidate penalties, relative to the mean variance of a predictor.
const PENALTIES: [f64; 9] = [1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 10.0, 100.0];
/// Number of cross-validation folds.
const FOLD_COUNT: usize = 5;
/// Maximum number of rows that are used, evenly spaced: more would hardly change the fit.
const MAX_ROWS: usize = 20_000;

/// A fitted regression.
#[derive(Clone, Debug)]
pub struct Ridge {
    /// One weight per predictor.
    pub weights: Vec<f64>,
    /// Coefficient of determination on held-out folds, which are used neither for the weights nor for the penalty.
    pub cross_validated_r2: f64,
    /// Indices of the rows used, each with its prediction by the fit that held it out, fold by fold.
    pub held_out: Vec<(usize, f64)>,
}

/// Fits `values` on `rows`. Rows of one of the `groups` are never split between training and test folds: rows of a group
/// resemble each other, so the fit would look better than it is.
///
/// The penalty is chosen by cross-validation, and the reported R2 comes from an outer cross-validation around it (nested).
/// R2 is relative to predicting the training folds' mean and can be negative. `None` if there are fewer than two folds, if the
/// values have no variance, or if the lists differ in length.
///
/// # Errors
/// The error of `progress`.
pub fn ridge<E>(
    rows: &[&[f32]],
    values: &[f64],
    groups: &[u32],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Option<Ridge>, E> {
    if rows.len() != values.len() || groups.len() != values.len() {
        return Ok(None);
    }
    let members = fold_members(groups);
    let folds = members
        .iter()
        .map(|fold| RegressionSums::compute(rows, values, fold, progress))
        .collect::<Result<Vec<RegressionSums>, E>>()?;
    if folds.len() < 2 {
        return Ok(None);
    }
    let total = folds
        .iter()
        .skip(1)
        .fold(folds[0].clone(), |sum, fold| sum.add_scaled(fold, 1.0));
    if total.variance() <= 1e-12 {
        return Ok(None);
    }
    let training: Vec<RegressionSums> = folds
        .iter()
        .map(|fold| total.add_scaled(fold, -1.0))
        .collect();
    let pairs: Vec<(&RegressionSums, &RegressionSums)> = training.iter().zip(&folds).collect();
    let Some(penalty) = best_penalty(&pairs, &mut |_| progress(0.2))? else {
        return Ok(None);
    };
    let (mut residual_squares, mut total_squares) = (0.0, 0.0);
    let mut held_out = Vec::with_capacity(members.iter().map(Vec::len).sum());
    for (k, fold) in folds.iter().enumerate() {
        let fraction_done = 0.3 + 0.7 * k as f64 / folds.len() as f64;
        // With two folds no fold is left to choose the penalty by: the largest one, which is the most cautious.
        let fold_penalty = if folds.len() > 2 {
            let other_folds = || (0..folds.len()).filter(|j| *j != k);
            let inner_training: Vec<RegressionSums> = other_folds()
                .map(|j| training[k].add_scaled(&folds[j], -1.0))
                .collect();
            let tests = other_folds().map(|j| &folds[j]);
            let pairs: Vec<(&RegressionSums, &RegressionSums)> =
                inner_training.iter().zip(tests).collect();
            best_penalty(&pairs, &mut |_| progress(fraction_done))?.unwrap_or(penalty)
        } else {
            PENALTIES[PENALTIES.len() - 1]
        };
        let Some((weights, intercept)) = training[k].solve(fold_penalty) else {
            return Ok(None);
        };
        residual_squares += fold.squared_error(&weights, intercept);
        total_squares += fold.squared_error(&DVector::zeros(weights.len()), training[k].mean());
        held_out.extend(members[k].iter().map(|i| {
            let terms = rows[*i].iter().zip(&weights);
            let product: f64 = terms.map(|(x, w)| f64::from(*x) * w).sum();
            (*i, intercept + product)
        }));
    }
    let r2 = if total_squares > 0.0 {
        1.0 - residual_squares / total_squares
    } else {
        0.0
    };
    Ok(total.solve(penalty).map(|(weights, _)| Ridge {
        weights: weights.iter().copied().collect(),
        cross_validated_r2: r2,
        held_out,
    }))
}

/// The rows of each fold, at most [`MAX_ROWS`] in all; groups are not split.
pub(super) fn fold_members(groups: &[u32]) -> Vec<Vec<usize>> {
    let stride = groups.len().div_ceil(MAX_ROWS).max(1);
    let rows: Vec<usize> = (0..groups.len()).step_by(stride).collect();
    let mut distinct_groups: Vec<u32> = rows.iter().map(|i| groups[*i]).collect();
    distinct_groups.sort_unstable();
    distinct_groups.dedup();
    let mut members = vec![Vec::new(); FOLD_COUNT];
    for (position, i) in rows.into_iter().enumerate() {
        let fold = match distinct_groups.len() {
            // A single group has to be split: there is no other to test on.
            0 | 1 => position % FOLD_COUNT,
            count => distinct_groups.binary_search(&groups[i]).unwrap_or(0) % FOLD_COUNT.min(count),
        };
        members[fold].push(i);
    }
    members.retain(|fold| !fold.is_empty());
    members
}

/// The penalty with the least error over pairs of training and test sets.
fn best_penalty<E>(
    pairs: &[(&RegressionSums, &RegressionSums)],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Option<f64>, E> {
    let mut errors = Vec::with_capacity(PENALTIES.len());
    for (index, penalty) in PENALTIES.into_iter().enumerate() {
        let mut error = Some(0.0);
        for (train, test) in pairs {
            progress(index as f64 / PENALTIES.len() as f64)?;
            let fit = train.solve(penalty);
            let test_error =
                fit.map(|(weights, intercept)| test.squared_error(&weights, intercept));
            error = error
                .zip(test_error)
                .map(|(sum, test_error)| sum + test_error);
        }
        errors.extend(error.map(|error| (penalty, error)));
    }
    let best = errors.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    Ok(best.map(|(penalty, _)| penalty))
}

/// Sums of predictors x and target y, and of their products, over a set of rows: enough for a regression and its error.
#[derive(Clone)]
struct RegressionSums {
    /// Number of rows.
    count: f64,
    x: DVector<f64>,
    y: f64,
    xx: DMatrix<f64>,
    xy: DVector<f64>,
    yy: f64,
}

impl RegressionSums {
    fn compute<E>(
        rows: &[&[f32]],
        values: &[f64],
        members: &[usize],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        progress(0.0)?;
        let dimensions = rows.first().map_or(0, |row| row.len());
        let data = DMatrix::from_fn(dimensions, members.len(), |d, k| {
            rows[members[k]].get(d).map_or(0.0, |x| f64::from(*x))
        });
        let y = DVector::from_iterator(members.len(), members.iter().map(|i| values[*i]));
        Ok(Self {
            count: members.len() as f64,
            x: data.column_sum(),
            y: y.sum(),
            xy: &data * &y,
            yy: y.norm_squared(),
            xx: &data * data.transpose(),
        })
    }

    /// These sums plus `factor` times others.
    fn add_scaled(&self, other: &Self, factor: f64) -> Self {
        Self {
            count: self.count + factor * other.count,
            x: &self.x + factor * &other.x,
            y: self.y + factor * other.y,
            xx: &self.xx + factor * &other.xx,
            xy: &self.xy + factor * &other.xy,
            yy: self.yy + factor * other.yy,
        }
    }

    fn mean(&self) -> f64 {
        self.y / self.count
    }

    fn variance(&self) -> f64 {
        (self.yy / self.count - self.mean().powi(2)).max(0.0)
    }

    /// Weights and intercept; `None` without rows.
    fn solve(&self, penalty: f64) -> Option<(DVector<f64>, f64)> {
        if self.count < 1.0 {
            return None;
        }
        let mean = &self.x / self.count;
        let scatter = penalised_scatter(&self.xx, &mean, self.count, |trace, predictors| {
            penalty * (trace / predictors).max(1e-12)
        });
        let covariances = &self.xy - &mean * self.y;
        let weights = Cholesky::new(scatter)?.solve(&covariances);
        let intercept = self.mean() - weights.dot(&mean);
        Some((weights, intercept))
    }

    /// Sum of squared errors on these rows of a prediction with `weights` and `intercept`.
    fn squared_error(&self, weights: &DVector<f64>, intercept: f64) -> f64 {
        let quadratic = (&self.xx * weights).dot(weights);
        self.yy - 2.0 * intercept * self.y - 2.0 * weights.dot(&self.xy)
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
    use crate::statistics::testing::normal_rows;

    fn fit(rows: &[Vec<f32>], values: &[f64], groups: &[u32]) -> Ridge {
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        ridge(&rows, values, groups, &mut no_progress)
            .unwrap()
            .unwrap()
    }

    #[test]
    fn a_linear_relation_is_found_with_its_r2() {
        let rows = normal_rows(2_000, 20, 7);
        // Signal variance 4 + 1, noise variance 1: the largest possible R2 is 5/6.
        let noise = normal_rows(2_000, 1, 8);
        let values: Vec<f64> = rows
            .iter()
            .zip(&noise)
            .map(|(z, n)| f64::from(3.0 + 2.0 * z[3] - z[8] + n[0]))
            .collect();
        let groups: Vec<u32> = (0..2_000).map(|k| k / 20).collect();
        let fitted = fit(&rows, &values, &groups);
        assert!((fitted.weights[3] - 2.0).abs() < 0.1 && (fitted.weights[8] + 1.0).abs() < 0.1);
        let r2 = fitted.cross_validated_r2;
        assert!((r2 - 5.0 / 6.0).abs() < 0.03, "{r2}");
        // The held-out predictions have the same error.
        let errors: f64 = fitted
            .held_out
            .iter()
            .map(|(i, p)| (values[*i] - p).powi(2))
            .sum();
        assert_eq!(fitted.held_out.len(), 2_000);
        assert!((errors / 2_000.0 - 1.0).abs() < 0.1, "{errors}");
    }

    #[test]
    fn pure_noise_is_not_explained() {
        let rows = normal_rows(400, 50, 7);
        let values: Vec<f64> = normal_rows(400, 1, 8)
            .iter()
            .map(|z| f64::from(z[0]))
            .collect();
        let groups: Vec<u32> = (0..400).map(|k| k / 4).collect();
        let r2 = fit(&rows, &values, &groups).cross_validated_r2;
        assert!(r2 < 0.03, "{r2}");
    }

    #[test]
    fn values_that_depend_on_the_group_alone_are_not_explained() {
        // Every region has its own value, independent of its position.
        let (centres, region_values) = (normal_rows(30, 24, 7), normal_rows(30, 1, 8));
        let mut rows = Vec::new();
        let (mut values, mut groups) = (Vec::new(), Vec::new());
        for (region, centre) in centres.iter().enumerate() {
            for offset in normal_rows(20, 24, 100 + region as u64) {
                rows.push(
                    centre
                        .iter()
                        .zip(offset)
                        .map(|(c, e)| c + 0.2 * e)
                        .collect(),
                );
                values.push(f64::from(region_values[region][0]));
                groups.push(region as u32);
            }
        }
        let r2 = fit(&rows, &values, &groups).cross_validated_r2;
        assert!(r2 < 0.1, "{r2}");
        // With folds that split regions the values would seem well explained.
        let single_row_groups: Vec<u32> = (0..600).collect();
        assert!(fit(&rows, &values, &single_row_groups).cross_validated_r2 > 0.5);
    }

    #[test]
    fn no_variance_or_no_rows_give_no_fit() {
        let rows = normal_rows(50, 4, 7);
        let row_slices: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let has_no_fit = |rows: &[&[f32]], values: &[f64], groups: &[u32]| {
            let fit = ridge(rows, values, groups, &mut no_progress);
            matches!(fit, Ok(None))
        };
        assert!(has_no_fit(&row_slices, &[1.5; 50], &[0; 50]));
        assert!(has_no_fit(&[], &[], &[]));
        assert!(has_no_fit(&row_slices[..1], &[1.0], &[0]));
        assert!(has_no_fit(&row_slices, &[1.0], &[0]));
    }
}
