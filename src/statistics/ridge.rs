//! Ridge regression of targets on rows of predictors, with nested cross-validation over groups of rows.

use nalgebra::{Cholesky, DMatrix, DVector, Dyn};

use super::scatter::penalised_scatter;
use crate::progress::{ProgressFn, par_map};

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
    let fits = ridge_of_each(rows, &[values], groups, progress)?;
    Ok(fits.into_iter().next().flatten())
}

/// [`ridge`] of each list of `targets` on the same rows, with equal results. The sums and factorisations of the predictors, which
/// take nearly all the time, are computed once.
///
/// # Errors
/// The error of `progress`.
pub fn ridge_of_each<E>(
    rows: &[&[f32]],
    targets: &[&[f64]],
    groups: &[u32],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Option<Ridge>>, E> {
    let has_other_length = |values: &&[f64]| values.len() != rows.len();
    if targets.iter().any(has_other_length) || groups.len() != rows.len() {
        return Ok(vec![None; targets.len()]);
    }
    let members = fold_members(groups);
    let predictors = rows.first().map_or(0, |row| row.len());
    let cost = rows.len() / FOLD_COUNT * predictors * predictors;
    let folds = par_map(members.len(), cost, &mut |_| progress(0.0), |k| {
        RegressionSums::compute(rows, targets, &members[k])
    })?;
    if folds.len() < 2 {
        return Ok(vec![None; targets.len()]);
    }
    let total = folds
        .iter()
        .skip(1)
        .fold(folds[0].clone(), |sum, fold| sum.add_scaled(fold, 1.0));
    let training: Vec<RegressionSums> = folds
        .iter()
        .map(|fold| total.add_scaled(fold, -1.0))
        .collect();
    let pairs: Vec<(&RegressionSums, &RegressionSums)> = training.iter().zip(&folds).collect();
    let penalties = best_penalties(&pairs, &mut |_| progress(0.2))?;
    let mut fits: Vec<Option<TargetFit>> = penalties
        .iter()
        .enumerate()
        .map(|(target, penalty)| {
            let penalty = penalty.filter(|_| total.variance(target) > 1e-12)?;
            Some(TargetFit::new(target, penalty))
        })
        .collect();
    for (k, fold) in folds.iter().enumerate() {
        let fraction_done = 0.3 + 0.7 * k as f64 / folds.len() as f64;
        // With two folds no fold is left to choose the penalty by: the largest one, which is the most cautious.
        let fold_penalties = if folds.len() > 2 {
            let other_folds = || (0..folds.len()).filter(|j| *j != k);
            let inner_training: Vec<RegressionSums> = other_folds()
                .map(|j| training[k].add_scaled(&folds[j], -1.0))
                .collect();
            let tests = other_folds().map(|j| &folds[j]);
            let pairs: Vec<(&RegressionSums, &RegressionSums)> =
                inner_training.iter().zip(tests).collect();
            best_penalties(&pairs, &mut |_| progress(fraction_done))?
        } else {
            vec![Some(PENALTIES[PENALTIES.len() - 1]); targets.len()]
        };
        for (fit, fold_penalty) in fits.iter_mut().zip(fold_penalties) {
            *fit = fit.take().and_then(|fit| {
                let penalty = fold_penalty.unwrap_or(fit.penalty);
                fit.add_fold((&training[k], fold), penalty, (rows, &members[k]))
            });
        }
    }
    Ok(fits
        .into_iter()
        .map(|fit| fit.and_then(|fit| fit.finish(&total)))
        .collect())
}

/// The fit of one target while its folds are held out one after another.
struct TargetFit {
    /// Index of the target.
    target: usize,
    /// Penalty of the fit on all rows.
    penalty: f64,
    /// Sum of squared errors on the held-out folds.
    residual_squares: f64,
    /// Sum of squared differences from the mean of the training folds.
    total_squares: f64,
    held_out: Vec<(usize, f64)>,
}

impl TargetFit {
    fn new(target: usize, penalty: f64) -> Self {
        Self {
            target,
            penalty,
            residual_squares: 0.0,
            total_squares: 0.0,
            held_out: Vec::new(),
        }
    }

    /// Adds the predictions of a fold, whose rows are `members`; `None` without a fit on its training rows.
    fn add_fold(
        mut self,
        (training, fold): (&RegressionSums, &RegressionSums),
        penalty: f64,
        (rows, members): (&[&[f32]], &[usize]),
    ) -> Option<Self> {
        let target = self.target;
        let (weights, intercept) = training.factorise(penalty)?.solve(training, target);
        self.residual_squares += fold.sum_of_squared_errors(target, &weights, intercept);
        let (zeros, mean) = (DVector::zeros(weights.len()), training.mean(target));
        self.total_squares += fold.sum_of_squared_errors(target, &zeros, mean);
        self.held_out.extend(members.iter().map(|i| {
            let terms = rows[*i].iter().zip(&weights);
            let product: f64 = terms.map(|(x, w)| f64::from(*x) * w).sum();
            (*i, intercept + product)
        }));
        Some(self)
    }

    /// The regression, with weights from all rows.
    fn finish(self, total: &RegressionSums) -> Option<Ridge> {
        let (weights, _) = total.factorise(self.penalty)?.solve(total, self.target);
        let r2 = if self.total_squares > 0.0 {
            1.0 - self.residual_squares / self.total_squares
        } else {
            0.0
        };
        Some(Ridge {
            weights: weights.iter().copied().collect(),
            cross_validated_r2: r2,
            held_out: self.held_out,
        })
    }
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

/// For each target the penalty with the least error over pairs of training and test sets.
fn best_penalties<E>(
    pairs: &[(&RegressionSums, &RegressionSums)],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Option<f64>>, E> {
    let Some((first, _)) = pairs.first() else {
        return Ok(Vec::new());
    };
    let cost = first.x.len().pow(3) / 3;
    let errors = par_map(PENALTIES.len() * pairs.len(), cost, progress, |index| {
        let (train, test) = pairs[index % pairs.len()];
        let factors = train.factorise(PENALTIES[index / pairs.len()])?;
        let test_error = |target| {
            let (weights, intercept) = factors.solve(train, target);
            test.sum_of_squared_errors(target, &weights, intercept)
        };
        Some((0..train.y.len()).map(test_error).collect::<Vec<f64>>())
    })?;
    let best_penalty = |target: usize| {
        let sums = PENALTIES.iter().zip(errors.chunks(pairs.len()));
        let sums = sums.filter_map(|(penalty, errors)| {
            let errors = errors.iter().map(|errors| Some(errors.as_ref()?[target]));
            Some((*penalty, errors.sum::<Option<f64>>()?))
        });
        sums.min_by(|a, b| a.1.total_cmp(&b.1))
            .map(|(penalty, _)| penalty)
    };
    Ok((0..first.y.len()).map(best_penalty).collect())
}

/// Sums of predictors x and targets y, and of their products, over a set of rows: enough for regressions and their errors.
#[derive(Clone)]
struct RegressionSums {
    /// Number of rows.
    count: f64,
    x: DVector<f64>,
    xx: DMatrix<f64>,
    /// One sum per target, as in `xy` and `yy`.
    y: Vec<f64>,
    xy: Vec<DVector<f64>>,
    yy: Vec<f64>,
}

/// The factorised scatter of the predictors with a penalty, and their mean.
struct Factors {
    cholesky: Cholesky<f64, Dyn>,
    mean: DVector<f64>,
}

impl Factors {
    /// Weights and intercept of a target of `sums`, from which the factors were computed.
    fn solve(&self, sums: &RegressionSums, target: usize) -> (DVector<f64>, f64) {
        let covariances = &sums.xy[target] - &self.mean * sums.y[target];
        let weights = self.cholesky.solve(&covariances);
        let intercept = sums.mean(target) - weights.dot(&self.mean);
        (weights, intercept)
    }
}

impl RegressionSums {
    fn compute(rows: &[&[f32]], targets: &[&[f64]], members: &[usize]) -> Self {
        let dimensions = rows.first().map_or(0, |row| row.len());
        let data = DMatrix::from_fn(dimensions, members.len(), |d, k| {
            rows[members[k]].get(d).map_or(0.0, |x| f64::from(*x))
        });
        // Each target is multiplied alone: a product of matrices would round the sums in another order.
        let columns: Vec<DVector<f64>> = targets
            .iter()
            .map(|values| DVector::from_iterator(members.len(), members.iter().map(|i| values[*i])))
            .collect();
        Self {
            count: members.len() as f64,
            x: data.column_sum(),
            y: columns.iter().map(DVector::sum).collect(),
            xy: columns.iter().map(|y| &data * y).collect(),
            yy: columns.iter().map(DVector::norm_squared).collect(),
            xx: &data * data.transpose(),
        }
    }

    /// These sums plus `factor` times others.
    fn add_scaled(&self, other: &Self, factor: f64) -> Self {
        let add = |(a, b): (&f64, &f64)| a + factor * b;
        Self {
            count: self.count + factor * other.count,
            x: &self.x + factor * &other.x,
            xx: &self.xx + factor * &other.xx,
            y: self.y.iter().zip(&other.y).map(add).collect(),
            xy: self
                .xy
                .iter()
                .zip(&other.xy)
                .map(|(a, b)| a + factor * b)
                .collect(),
            yy: self.yy.iter().zip(&other.yy).map(add).collect(),
        }
    }

    /// Mean of a target.
    fn mean(&self, target: usize) -> f64 {
        self.y[target] / self.count
    }

    /// Variance of a target.
    fn variance(&self, target: usize) -> f64 {
        (self.yy[target] / self.count - self.mean(target).powi(2)).max(0.0)
    }

    /// The factorised scatter with a penalty; `None` without rows.
    fn factorise(&self, penalty: f64) -> Option<Factors> {
        if self.count < 1.0 {
            return None;
        }
        let mean = &self.x / self.count;
        let scatter = penalised_scatter(&self.xx, &mean, self.count, |trace, predictors| {
            penalty * (trace / predictors).max(1e-12)
        });
        let cholesky = Cholesky::new(scatter)?;
        Some(Factors { cholesky, mean })
    }

    /// Sum of squared errors on these rows of a prediction of a target with `weights` and `intercept`.
    fn sum_of_squared_errors(&self, target: usize, weights: &DVector<f64>, intercept: f64) -> f64 {
        let quadratic = (&self.xx * weights).dot(weights);
        self.yy[target] - 2.0 * intercept * self.y[target] - 2.0 * weights.dot(&self.xy[target])
            + self.count * intercept * intercept
            + 2.0 * intercept * weights.dot(&self.x)
            + quadratic
    }
}

#[cfg(test)]
mod tests;
