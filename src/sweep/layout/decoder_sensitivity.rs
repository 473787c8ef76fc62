//! Sensitivity of the decoder to each direction of the latent space, fitted to the melodies of a sweep.
//!
//! A ridge regression from latent points to the feature rows of melodies (see [`crate::attributes::similarity_features`]). Its
//! matrix is the decoder's mean derivative over the sweep, and the distance of two predicted rows is the pullback metric of
//! Arvanitidis, Hansen and Hauberg 2018, with one metric for the whole space. Directions without effect do not count.

use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;

use crate::latent::LatentPoint;
use crate::progress::{ProgressFn, subrange};
use crate::statistics::penalised_scatter;

/// Rows per matrix product, to bound the memory.
const CHUNK_ROWS: usize = 1_024;
/// Number of folds of the cross-validation over regions.
pub(super) const FOLD_COUNT: usize = 4;
/// Candidate penalties, as fractions of the mean variance of a dimension times the number of points.
const PENALTIES: [f64; 6] = [0.001, 0.01, 0.05, 0.2, 1.0, 5.0];

/// A linear map from latent points to predicted rows.
#[derive(Clone, Debug)]
pub(super) struct DecoderSensitivity {
    /// `[latent, row]`
    weights: DMatrix<f64>,
    /// Fraction of the rows' variance explained in regions that were used neither for the regression nor to choose its penalty,
    /// relative to the mean of the other regions; about 0 or below if there is nothing to fit.
    pub(super) explained_variance: f64,
}

/// Sums over some of the regions, from which a regression and its error are computed: x is a latent point, y a feature row.
struct RegionSums {
    count: f64,
    x: DVector<f64>,
    y: DVector<f64>,
    xx: DMatrix<f64>,
    xy: DMatrix<f64>,
    yy: f64,
}

impl RegionSums {
    fn new(width: usize, outputs: usize) -> Self {
        Self {
            count: 0.0,
            x: DVector::zeros(width),
            y: DVector::zeros(outputs),
            xx: DMatrix::zeros(width, width),
            xy: DMatrix::zeros(width, outputs),
            yy: 0.0,
        }
    }

    fn add(&mut self, points: &[&LatentPoint], rows: &[&Vec<f32>]) {
        let x = DMatrix::from_fn(points.len(), self.x.len(), |i, k| {
            points[i].as_slice().get(k).map_or(0.0, |v| f64::from(*v))
        });
        let y = DMatrix::from_fn(rows.len(), self.y.len(), |i, k| {
            rows[i].get(k).map_or(0.0, |v| f64::from(*v))
        });
        self.count += points.len() as f64;
        self.x += x.row_sum_tr();
        self.y += y.row_sum_tr();
        self.yy += y.norm_squared();
        self.xx += x.tr_mul(&x);
        self.xy += x.tr_mul(&y);
    }

    fn sum(&self, other: &Self) -> Self {
        Self {
            count: self.count + other.count,
            x: &self.x + &other.x,
            y: &self.y + &other.y,
            xx: &self.xx + &other.xx,
            xy: &self.xy + &other.xy,
            yy: self.yy + other.yy,
        }
    }

    fn fit(&self, penalty: f64) -> Option<(DMatrix<f64>, DVector<f64>)> {
        let (x, y) = (&self.x / self.count, &self.y / self.count);
        let scatter = penalised_scatter(&self.xx, &x, self.count, |trace, predictors| {
            penalty * (trace / predictors).max(1e-12)
        });
        let weights = Cholesky::new(scatter)?.solve(&(&self.xy - &x * y.transpose() * self.count));
        let intercept = y - weights.tr_mul(&x);
        Some((weights, intercept))
    }

    /// Sum of the squared errors of a regression on these regions.
    fn error(&self, weights: &DMatrix<f64>, intercept: &DVector<f64>) -> f64 {
        self.yy - 2.0 * weights.dot(&self.xy) - 2.0 * intercept.dot(&self.y)
            + weights.dot(&(&self.xx * weights))
            + 2.0 * weights.tr_mul(&self.x).dot(intercept)
            + self.count * intercept.norm_squared()
    }

    /// Sum of the squared distances from the mean of other regions.
    fn squares_around_mean_of(&self, other: &Self) -> f64 {
        let mean = &other.y / other.count;
        self.yy - 2.0 * mean.dot(&self.y) + self.count * mean.norm_squared()
    }

    /// The sum of all folds but those in `left_out`; `None` if none is left.
    fn sum_without(folds: &[Self], left_out: &[usize]) -> Option<Self> {
        let mut kept = (0..folds.len()).filter(|k| !left_out.contains(k));
        let first = &folds[kept.next()?];
        let sum = |sum: Option<Self>, k: usize| Some(sum.as_ref().unwrap_or(first).sum(&folds[k]));
        let rest_sum = kept.fold(None, sum);
        Some(rest_sum.unwrap_or_else(|| first.sum(&Self::new(first.x.len(), first.y.len()))))
    }
}

impl DecoderSensitivity {
    /// Fits on points, their rows, and the region of each. `None` if there are fewer than two regions, or all rows are equal.
    ///
    /// The penalty is chosen by cross-validation over [`FOLD_COUNT`] folds of the regions; `explained_variance` is measured by nested
    /// cross-validation, on each fold with a penalty chosen without it.
    ///
    /// # Errors
    /// The error of `progress`.
    pub(super) fn fit<E>(
        points: &[LatentPoint],
        rows: &[Vec<f32>],
        regions: &[u32],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Option<Self>, E> {
        let folds = fold_sums(points, rows, regions, &mut subrange(progress, (0.0, 0.6)))?;
        if folds.len() < 2 {
            return Ok(None);
        }
        let (mut error, mut spread) = (0.0, 0.0);
        for (k, fold) in folds.iter().enumerate() {
            let begin = 0.6 + 0.3 * k as f64 / folds.len() as f64;
            let end = begin + 0.3 / folds.len() as f64;
            let penalty = best_penalty(&folds, &[k], &mut subrange(progress, (begin, end)))?;
            let measured = penalty.and_then(|penalty| {
                let others = RegionSums::sum_without(&folds, &[k])?;
                let (weights, intercept) = others.fit(penalty)?;
                Some((
                    fold.error(&weights, &intercept),
                    fold.squares_around_mean_of(&others),
                ))
            });
            let Some((fold_error, fold_spread)) = measured else {
                return Ok(None);
            };
            error += fold_error;
            spread += fold_spread;
        }
        let penalty = best_penalty(&folds, &[], &mut subrange(progress, (0.9, 1.0)))?;
        let weights = penalty
            .and_then(|penalty| RegionSums::sum_without(&folds, &[])?.fit(penalty))
            .map(|(weights, _)| weights)
            .filter(|weights| weights.norm().is_finite() && weights.norm() > 0.0);
        Ok(weights.map(|weights| Self {
            weights,
            explained_variance: 1.0 - error / spread,
        }))
    }

    /// Approximate operations of [`DecoderSensitivity::row`].
    pub(super) fn cost(&self) -> usize {
        self.weights.len()
    }

    /// The predicted feature row of a point, up to a constant.
    pub(super) fn row(&self, point: &LatentPoint) -> Vec<f32> {
        let mut row = vec![0.0_f32; self.weights.ncols()];
        for (slot, column) in row.iter_mut().zip(self.weights.column_iter()) {
            let sum: f64 = column
                .iter()
                .zip(point.as_slice())
                .map(|(w, z)| w * f64::from(*z))
                .sum();
            *slot = sum as f32;
        }
        row
    }
}

/// The sums of each fold of the regions; folds of fewer than two points are left out.
fn fold_sums<E>(
    points: &[LatentPoint],
    rows: &[Vec<f32>],
    regions: &[u32],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<RegionSums>, E> {
    let (Some(point), Some(row)) = (points.first(), rows.first()) else {
        return Ok(Vec::new());
    };
    let mut folds: Vec<(Vec<usize>, RegionSums)> = (0..FOLD_COUNT)
        .map(|fold| {
            let point_indices = (0..points.len().min(rows.len()))
                .filter(|i| regions.get(*i).map(|r| *r as usize % FOLD_COUNT) == Some(fold))
                .collect();
            (point_indices, RegionSums::new(point.len(), row.len()))
        })
        .collect();
    let longest = folds
        .iter()
        .map(|(point_indices, _)| point_indices.len())
        .max();
    let rounds = longest.unwrap_or(0).div_ceil(CHUNK_ROWS);
    for round in 0..rounds {
        progress(round as f64 / rounds as f64)?;
        folds.par_iter_mut().for_each(|(point_indices, sums)| {
            if let Some(part) = point_indices.chunks(CHUNK_ROWS).nth(round) {
                let x: Vec<&LatentPoint> = part.iter().map(|i| &points[*i]).collect();
                let y: Vec<&Vec<f32>> = part.iter().map(|i| &rows[*i]).collect();
                sums.add(&x, &y);
            }
        });
    }
    progress(1.0)?;
    let sums = folds.into_iter().map(|(_, sums)| sums);
    Ok(sums.filter(|sums| sums.count >= 2.0).collect())
}

/// The penalty with the smallest cross-validated error over the folds that are not left out; the largest penalty if there is
/// only one.
fn best_penalty<E>(
    folds: &[RegionSums],
    left_out: &[usize],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Option<f64>, E> {
    let used_folds: Vec<usize> = (0..folds.len()).filter(|k| !left_out.contains(k)).collect();
    if used_folds.len() < 2 {
        return Ok(PENALTIES.last().copied());
    }
    let mut errors = [0.0; PENALTIES.len()];
    for (number, k) in used_folds.iter().enumerate() {
        progress(number as f64 / used_folds.len() as f64)?;
        let Some(others) = RegionSums::sum_without(folds, &[left_out, &[*k]].concat()) else {
            return Ok(None);
        };
        let fold = &folds[*k];
        let fold_errors: Option<Vec<f64>> = PENALTIES
            .into_par_iter()
            .map(|penalty| {
                let (weights, intercept) = others.fit(penalty)?;
                Some(fold.error(&weights, &intercept))
            })
            .collect();
        let Some(fold_errors) = fold_errors else {
            return Ok(None);
        };
        for (error, fold_error) in errors.iter_mut().zip(fold_errors) {
            *error += fold_error;
        }
    }
    let best = errors
        .iter()
        .zip(PENALTIES)
        .min_by(|a, b| a.0.total_cmp(b.0));
    Ok(best.map(|(_, penalty)| penalty))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;
    use crate::progress::no_progress;

    #[test]
    fn directions_without_effect_do_not_count() {
        let points: Vec<LatentPoint> = (0..600).map(|k| prior_point(16, 3, k)).collect();
        let rows: Vec<Vec<f32>> = points
            .iter()
            .map(|p| vec![2.0 * p.as_slice()[1], p.as_slice()[4] - p.as_slice()[1]])
            .collect();
        let regions: Vec<u32> = (0..600).map(|k| k / 20).collect();
        let Ok(fit) = DecoderSensitivity::fit(&points, &rows, &regions, &mut no_progress);
        let sensitivity = fit.unwrap();
        assert!(
            sensitivity.explained_variance > 0.99,
            "{}",
            sensitivity.explained_variance
        );
        let effect = |dimension: usize| {
            let mut latent = vec![0.0; 16];
            latent[dimension] = 1.0;
            let row = sensitivity.row(&LatentPoint::new(latent));
            row.iter().map(|x| x * x).sum::<f32>().sqrt()
        };
        assert!((effect(1) - 5.0_f32.sqrt()).abs() < 0.02 && (effect(4) - 1.0).abs() < 0.02);
        assert!(
            (0..16)
                .filter(|d| *d != 1 && *d != 4)
                .all(|d| effect(d) < 0.02)
        );
        let fitted = |count: usize| {
            let (points, rows, regions) = (&points[..count], &rows[..count], &regions[..count]);
            let Ok(fit) = DecoderSensitivity::fit(points, rows, regions, &mut no_progress);
            fit
        };
        assert!(fitted(1).is_none());
        // Two regions can be fitted to each other; one has nothing to be measured on.
        assert!(fitted(40).is_some());
        assert!(fitted(20).is_none());
    }

    #[expect(clippy::print_stdout, reason = "measured figures are worth reading")]
    #[test]
    fn no_variance_of_pure_noise_is_explained() {
        // Many data sets whose rows are independent of their points.
        let explained_variance: Vec<f64> = (0..400)
            .map(|set| {
                let points: Vec<LatentPoint> =
                    (0..48).map(|k| prior_point(2, 10 + set, k)).collect();
                let rows: Vec<Vec<f32>> = (0..48)
                    .map(|k| prior_point(1, 10_000 + set, k).as_slice().to_vec())
                    .collect();
                let regions: Vec<u32> = (0..48).map(|k| k / 4).collect();
                let Ok(fit) = DecoderSensitivity::fit(&points, &rows, &regions, &mut no_progress);
                fit.unwrap().explained_variance
            })
            .collect();
        let mean = crate::statistics::mean(&explained_variance).unwrap();
        let spread = crate::statistics::standard_deviation(&explained_variance).unwrap();
        println!("mean {mean:.4}, standard error {:.4}", spread / 20.0);
        assert!((-0.03..=0.0).contains(&mean), "{mean}");
    }
}
