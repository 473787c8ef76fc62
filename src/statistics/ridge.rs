//! Ridge regression of one number on rows of predictors, judged on groups of rows it has not seen.

use nalgebra::{Cholesky, DMatrix, DVector, DVectorView};

use super::progress::{ProgressFn, no_progress};

/// Penalties tried, relative to the mean variance of a predictor.
const PENALTIES: [f64; 9] = [1e-4, 1e-3, 1e-2, 3e-2, 0.1, 0.3, 1.0, 10.0, 100.0];
const FOLDS: usize = 5;
/// Beyond this many, evenly taken rows say as much and cost less.
const MOST_ROWS: usize = 20_000;

/// A fitted regression.
#[derive(Clone, Debug)]
pub struct Ridge {
    /// One weight per predictor.
    pub weights: Vec<f64>,
    /// Coefficient of determination on folds that the weights and the penalty were not chosen with.
    pub cross_validated_r2: f64,
    /// Rows that the fit rests on with the value that was predicted for each by a fit that had not seen it, fold by fold.
    pub held_out: Vec<(usize, f64)>,
}

/// Fits `values` on `rows`; `groups` says which of them may not be separated (a region's samples resemble each
/// other: with some on either side of a fold, the fit would look better than it is).
///
/// The penalty is chosen by cross-validation, and the reported R2 comes from a second one around it (nested). It
/// compares with the mean of the training folds and can be negative. `None` without at least two folds' worth of
/// rows, without any variance, or if the lists differ in length.
#[must_use]
pub fn ridge(rows: &[&[f32]], values: &[f64], groups: &[u32]) -> Option<Ridge> {
    let Ok(fit) = ridge_watched(rows, values, groups, &mut no_progress);
    fit
}

/// As [`ridge`], stopped where `look` says so.
///
/// # Errors
/// What `look` stops with.
pub fn ridge_watched<E>(
    rows: &[&[f32]],
    values: &[f64],
    groups: &[u32],
    look: &mut ProgressFn<'_, E>,
) -> Result<Option<Ridge>, E> {
    if rows.len() != values.len() || groups.len() != values.len() {
        return Ok(None);
    }
    let every = values.len().div_ceil(MOST_ROWS).max(1);
    let kept: Vec<usize> = (0..values.len()).step_by(every).collect();
    let mut names: Vec<u32> = kept.iter().map(|i| groups[*i]).collect();
    names.sort_unstable();
    names.dedup();
    // With a single group its samples have to be separated: there is nothing else to judge by.
    let fold_of = |position: usize, i: usize| match names.len() {
        0 | 1 => position % FOLDS,
        _ => names.binary_search(&groups[i]).unwrap_or(0) % FOLDS.min(names.len()),
    };
    let mut members = vec![Vec::new(); FOLDS];
    for (position, i) in kept.iter().enumerate() {
        members[fold_of(position, *i)].push(*i);
    }
    members.retain(|fold| !fold.is_empty());
    let folds = members
        .iter()
        .map(|fold| Moments::of(rows, values, fold, look))
        .collect::<Result<Vec<Moments>, E>>()?;
    if folds.len() < 2 {
        return Ok(None);
    }
    let all = folds
        .iter()
        .skip(1)
        .fold(folds[0].clone(), |sum, fold| sum.plus(fold, 1.0));
    if all.variance() <= 1e-12 {
        return Ok(None);
    }
    let without: Vec<Moments> = folds.iter().map(|fold| all.plus(fold, -1.0)).collect();
    let plain: Vec<(&Moments, &Moments)> = without.iter().zip(&folds).collect();
    let Some(penalty) = best_penalty(&plain, &mut |_| look(0.2))? else {
        return Ok(None);
    };
    let (mut errors, mut total) = (0.0, 0.0);
    let mut held_out = Vec::with_capacity(kept.len());
    for (k, fold) in folds.iter().enumerate() {
        let share = 0.3 + 0.7 * k as f64 / folds.len() as f64;
        let mut look = |_| look(share);
        let inner: Vec<Moments> = (0..folds.len())
            .filter(|j| *j != k)
            .map(|j| without[k].plus(&folds[j], -1.0))
            .collect();
        let tests = (0..folds.len()).filter(|j| *j != k).map(|j| &folds[j]);
        let pairs: Vec<(&Moments, &Moments)> = inner.iter().zip(tests).collect();
        // With two folds the other one has nothing beside it to choose by: the largest penalty, which claims least.
        let chosen = if folds.len() > 2 {
            best_penalty(&pairs, &mut look)?.unwrap_or(penalty)
        } else {
            PENALTIES[PENALTIES.len() - 1]
        };
        let Some((weights, intercept)) = without[k].solve(chosen) else {
            return Ok(None);
        };
        errors += fold.squared_error(&weights, intercept);
        total += fold.squared_error(&DVector::zeros(weights.len()), without[k].mean());
        held_out.extend(members[k].iter().map(|i| {
            let product: f64 = rows[*i]
                .iter()
                .zip(&weights)
                .map(|(x, w)| f64::from(*x) * w)
                .sum();
            (*i, intercept + product)
        }));
    }
    let Some((weights, _)) = all.solve(penalty) else {
        return Ok(None);
    };
    let cross_validated_r2 = if total > 0.0 {
        1.0 - errors / total
    } else {
        0.0
    };
    Ok(Some(Ridge {
        weights: weights.iter().copied().collect(),
        cross_validated_r2,
        held_out,
    }))
}

/// The penalty with the least error over pairs of training and test sets.
fn best_penalty<E>(
    pairs: &[(&Moments, &Moments)],
    look: &mut ProgressFn<'_, E>,
) -> Result<Option<f64>, E> {
    let mut errors = Vec::with_capacity(PENALTIES.len());
    for (number, penalty) in PENALTIES.into_iter().enumerate() {
        let mut error = Some(0.0);
        for (train, test) in pairs {
            look(number as f64 / PENALTIES.len() as f64)?;
            let fit = train.solve(penalty);
            let own = fit.map(|(weights, intercept)| test.squared_error(&weights, intercept));
            error = error.zip(own).map(|(sum, own)| sum + own);
        }
        errors.extend(error.map(|error| (penalty, error)));
    }
    let least = errors.into_iter().min_by(|a, b| a.1.total_cmp(&b.1));
    Ok(least.map(|(penalty, _)| penalty))
}

/// Sums and products of a set of samples: all that a regression on them and its error need.
#[derive(Clone)]
struct Moments {
    count: f64,
    x: DVector<f64>,
    y: f64,
    xx: DMatrix<f64>,
    xy: DVector<f64>,
    yy: f64,
}

impl Moments {
    fn of<E>(
        rows: &[&[f32]],
        values: &[f64],
        members: &[usize],
        look: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        look(0.0)?;
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

    fn plus(&self, other: &Self, sign: f64) -> Self {
        Self {
            count: self.count + sign * other.count,
            x: &self.x + sign * &other.x,
            y: self.y + sign * other.y,
            xx: &self.xx + sign * &other.xx,
            xy: &self.xy + sign * &other.xy,
            yy: self.yy + sign * other.yy,
        }
    }

    fn mean(&self) -> f64 {
        self.y / self.count
    }

    fn variance(&self) -> f64 {
        (self.yy / self.count - self.mean().powi(2)).max(0.0)
    }

    /// Weights and intercept; `None` without samples.
    fn solve(&self, penalty: f64) -> Option<(DVector<f64>, f64)> {
        if self.count < 1.0 {
            return None;
        }
        let mean = &self.x / self.count;
        let mut scatter = &self.xx - &mean * mean.transpose() * self.count;
        let size = scatter.trace() / scatter.nrows().max(1) as f64;
        for d in 0..scatter.nrows() {
            scatter[(d, d)] += penalty * size.max(1e-12);
        }
        let target = &self.xy - &mean * self.y;
        let weights = Cholesky::new(scatter)?.solve(&target);
        let intercept = self.mean() - weights.dot(&mean);
        Some((weights, intercept))
    }

    fn squared_error(&self, weights: &DVector<f64>, intercept: f64) -> f64 {
        let seen: DVectorView<'_, f64> = weights.as_view();
        let quadratic = (&self.xx * seen).dot(weights);
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
    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;
    use rand_distr::StandardNormal;

    fn draws(count: u64, dimensions: usize, seed: u64) -> Vec<Vec<f32>> {
        let draw = |k| {
            let mut random = ChaCha8Rng::seed_from_u64(seed);
            random.set_stream(k);
            (0..dimensions)
                .map(|_| random.sample(StandardNormal))
                .collect()
        };
        (0..count).map(draw).collect()
    }

    fn fit(rows: &[Vec<f32>], values: &[f64], groups: &[u32]) -> Ridge {
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        ridge(&rows, values, groups).unwrap()
    }

    #[test]
    fn a_straight_relation_is_found_with_its_share_of_noise() {
        let rows = draws(2_000, 20, 7);
        // Signal variance 4 + 1, noise variance 1: the best R2 there can be is 5/6.
        let noise = draws(2_000, 1, 8);
        let values: Vec<f64> = rows
            .iter()
            .zip(&noise)
            .map(|(z, n)| f64::from(3.0 + 2.0 * z[3] - z[8] + n[0]))
            .collect();
        let groups: Vec<u32> = (0..2_000).map(|k| k / 20).collect();
        let found = fit(&rows, &values, &groups);
        assert!((found.weights[3] - 2.0).abs() < 0.1 && (found.weights[8] + 1.0).abs() < 0.1);
        let r2 = found.cross_validated_r2;
        assert!((r2 - 5.0 / 6.0).abs() < 0.03, "{r2}");
        // What was predicted for rows not seen tells the same.
        let errors: f64 = found
            .held_out
            .iter()
            .map(|(i, p)| (values[*i] - p).powi(2))
            .sum();
        assert_eq!(found.held_out.len(), 2_000);
        assert!((errors / 2_000.0 - 1.0).abs() < 0.1, "{errors}");
    }

    #[test]
    fn pure_noise_is_not_explained() {
        let rows = draws(400, 50, 7);
        let values: Vec<f64> = draws(400, 1, 8).iter().map(|z| f64::from(z[0])).collect();
        let groups: Vec<u32> = (0..400).map(|k| k / 4).collect();
        let r2 = fit(&rows, &values, &groups).cross_validated_r2;
        assert!(r2 < 0.03, "{r2}");
    }

    #[test]
    fn a_number_that_only_names_the_region_is_not_explained() {
        // Every region has a value of its own that has nothing to do with where it lies.
        let (centres, own) = (draws(30, 24, 7), draws(30, 1, 8));
        let mut rows = Vec::new();
        let (mut values, mut groups) = (Vec::new(), Vec::new());
        for (region, centre) in centres.iter().enumerate() {
            for offset in draws(20, 24, 100 + region as u64) {
                rows.push(
                    centre
                        .iter()
                        .zip(offset)
                        .map(|(c, e)| c + 0.2 * e)
                        .collect(),
                );
                values.push(f64::from(own[region][0]));
                groups.push(region as u32);
            }
        }
        let honest = fit(&rows, &values, &groups).cross_validated_r2;
        assert!(honest < 0.1, "{honest}");
        // Folds that cut through regions would have called it well explained.
        let cut: Vec<u32> = (0..600).collect();
        assert!(fit(&rows, &values, &cut).cross_validated_r2 > 0.5);
    }

    #[test]
    fn no_variance_or_no_rows_give_no_fit() {
        let rows = draws(50, 4, 7);
        let all: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        assert!(ridge(&all, &[1.5; 50], &[0; 50]).is_none());
        assert!(ridge(&[], &[], &[]).is_none());
        assert!(ridge(&all[..1], &[1.0], &[0]).is_none());
        assert!(ridge(&all, &[1.0], &[0]).is_none());
    }
}
