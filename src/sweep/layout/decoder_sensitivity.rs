//! How strongly the decoder reacts to each direction of the latent space, learnt from a sweep's own melodies.
//!
//! A ridge regression from latent points to the rows that melodies are compared by (see
//! [`crate::attributes::similarity_row`]). Its matrix is the decoder's mean derivative over the sweep, and the distance
//! of two predicted rows is the latent distance pulled back through it (Arvanitidis, Hansen and Hauberg 2018, with one metric
//! for the whole space): directions that no melody reacts to count for nothing.

use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;

use crate::latent::LatentPoint;
use crate::statistics::{ProgressFn, subrange};

/// Rows taken into a product at once: bounds the memory.
const CHUNK: usize = 1_024;
/// Parts that the regions are dealt into, to learn from some and judge on another.
pub(super) const FOLDS: usize = 4;
/// Penalties tried, as shares of the mean variance of a dimension times the number of points.
const PENALTIES: [f64; 6] = [0.001, 0.01, 0.05, 0.2, 1.0, 5.0];

/// A linear map from latent points to predicted rows.
#[derive(Clone, Debug)]
pub(super) struct DecoderSensitivity {
    /// `[latent, row]`
    weights: DMatrix<f64>,
    /// Share of the rows' variance explained in regions that neither the regression nor the choice of its penalty saw; against
    /// their mean elsewhere, so about 0 or below if there is nothing to learn.
    pub(super) explained: f64,
}

/// Sums over some of the regions.
struct Moments {
    count: f64,
    x: DVector<f64>,
    y: DVector<f64>,
    xx: DMatrix<f64>,
    xy: DMatrix<f64>,
    yy: f64,
}

impl Moments {
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

    fn plus(&self, other: &Self) -> Self {
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
        let mut scatter = &self.xx - &x * x.transpose() * self.count;
        let size = scatter.trace() / scatter.nrows().max(1) as f64;
        for d in 0..scatter.nrows() {
            scatter[(d, d)] += penalty * size.max(1e-12);
        }
        let weights = Cholesky::new(scatter)?.solve(&(&self.xy - &x * y.transpose() * self.count));
        let intercept = y - weights.tr_mul(&x);
        Some((weights, intercept))
    }

    /// Sum of the squared errors of a regression here.
    fn error(&self, weights: &DMatrix<f64>, intercept: &DVector<f64>) -> f64 {
        self.yy - 2.0 * weights.dot(&self.xy) - 2.0 * intercept.dot(&self.y)
            + weights.dot(&(&self.xx * weights))
            + 2.0 * weights.tr_mul(&self.x).dot(intercept)
            + self.count * intercept.norm_squared()
    }

    /// Sum of the squared distances from a mean that was found elsewhere.
    fn spread_around(&self, other: &Self) -> f64 {
        let mean = &other.y / other.count;
        self.yy - 2.0 * mean.dot(&self.y) + self.count * mean.norm_squared()
    }

    /// All but some of several, added up; `None` if nothing is left.
    fn without(folds: &[Self], left_out: &[usize]) -> Option<Self> {
        let mut kept = (0..folds.len()).filter(|k| !left_out.contains(k));
        let first = &folds[kept.next()?];
        let sum = |sum: Option<Self>, k: usize| Some(sum.as_ref().unwrap_or(first).plus(&folds[k]));
        let more = kept.fold(None, sum);
        Some(more.unwrap_or_else(|| first.plus(&Self::new(first.x.len(), first.y.len()))))
    }
}

impl DecoderSensitivity {
    /// Fits on points, their rows, and the region of each. `None` if there are fewer than two regions to learn from and judge
    /// on, or all rows are alike.
    ///
    /// The penalty is chosen by cross-validation over [`FOLDS`] parts of the regions. What it explains is judged by a second one
    /// around it: on each part with a penalty that was chosen without that part.
    ///
    /// # Errors
    /// What `look` stops with.
    pub(super) fn fit<E>(
        points: &[LatentPoint],
        rows: &[Vec<f32>],
        regions: &[u32],
        look: &mut ProgressFn<'_, E>,
    ) -> Result<Option<Self>, E> {
        let folds = fold_moments(points, rows, regions, &mut subrange(look, (0.0, 0.6)))?;
        if folds.len() < 2 {
            return Ok(None);
        }
        let (mut error, mut spread) = (0.0, 0.0);
        for (k, fold) in folds.iter().enumerate() {
            let begin = 0.6 + 0.3 * k as f64 / folds.len() as f64;
            let end = begin + 0.3 / folds.len() as f64;
            let penalty = best_penalty(&folds, &[k], &mut subrange(look, (begin, end)))?;
            let judged = penalty.and_then(|penalty| {
                let seen = Moments::without(&folds, &[k])?;
                let (weights, intercept) = seen.fit(penalty)?;
                Some((fold.error(&weights, &intercept), fold.spread_around(&seen)))
            });
            let Some((fold_error, fold_spread)) = judged else {
                return Ok(None);
            };
            error += fold_error;
            spread += fold_spread;
        }
        let penalty = best_penalty(&folds, &[], &mut subrange(look, (0.9, 1.0)))?;
        let weights = penalty
            .and_then(|penalty| Moments::without(&folds, &[])?.fit(penalty))
            .map(|(weights, _)| weights)
            .filter(|weights| weights.norm().is_finite() && weights.norm() > 0.0);
        Ok(weights.map(|weights| Self {
            weights,
            explained: 1.0 - error / spread,
        }))
    }

    /// About how many operations [`DecoderSensitivity::row`] takes.
    pub(super) fn cost(&self) -> usize {
        self.weights.len()
    }

    /// What the decoder is expected to make of a point, up to a constant.
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

/// The sums of each of [`FOLDS`] parts of the regions; a part of fewer than two points is left out.
fn fold_moments<E>(
    points: &[LatentPoint],
    rows: &[Vec<f32>],
    regions: &[u32],
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<Moments>, E> {
    let (Some(point), Some(row)) = (points.first(), rows.first()) else {
        return Ok(Vec::new());
    };
    let mut folds: Vec<(Vec<usize>, Moments)> = (0..FOLDS)
        .map(|fold| {
            let chosen = (0..points.len().min(rows.len()))
                .filter(|i| regions.get(*i).map(|r| *r as usize % FOLDS) == Some(fold))
                .collect();
            (chosen, Moments::new(point.len(), row.len()))
        })
        .collect();
    let longest = folds.iter().map(|(chosen, _)| chosen.len()).max();
    let rounds = longest.unwrap_or(0).div_ceil(CHUNK);
    for round in 0..rounds {
        look(round as f64 / rounds as f64)?;
        folds.par_iter_mut().for_each(|(chosen, moments)| {
            if let Some(part) = chosen.chunks(CHUNK).nth(round) {
                let x: Vec<&LatentPoint> = part.iter().map(|i| &points[*i]).collect();
                let y: Vec<&Vec<f32>> = part.iter().map(|i| &rows[*i]).collect();
                moments.add(&x, &y);
            }
        });
    }
    look(1.0)?;
    let moments = folds.into_iter().map(|(_, moments)| moments);
    Ok(moments.filter(|moments| moments.count >= 2.0).collect())
}

/// The penalty with the least error over the folds that are not left out, each judged by the others. With a single one there
/// is nothing to choose by: the largest penalty, which claims least.
fn best_penalty<E>(
    folds: &[Moments],
    left_out: &[usize],
    look: &mut ProgressFn<'_, E>,
) -> Result<Option<f64>, E> {
    let used: Vec<usize> = (0..folds.len()).filter(|k| !left_out.contains(k)).collect();
    if used.len() < 2 {
        return Ok(PENALTIES.last().copied());
    }
    let mut errors = [0.0; PENALTIES.len()];
    for (number, k) in used.iter().enumerate() {
        look(number as f64 / used.len() as f64)?;
        let Some(seen) = Moments::without(folds, &[left_out, &[*k]].concat()) else {
            return Ok(None);
        };
        let fold = &folds[*k];
        let found: Option<Vec<f64>> = PENALTIES
            .into_par_iter()
            .map(|penalty| {
                let (weights, intercept) = seen.fit(penalty)?;
                Some(fold.error(&weights, &intercept))
            })
            .collect();
        let Some(found) = found else { return Ok(None) };
        for (error, found) in errors.iter_mut().zip(found) {
            *error += found;
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
    use crate::statistics::no_progress;

    #[test]
    fn directions_that_nothing_reacts_to_count_for_nothing() {
        let points: Vec<LatentPoint> = (0..600).map(|k| prior_point(16, 3, k)).collect();
        let rows: Vec<Vec<f32>> = points
            .iter()
            .map(|p| vec![2.0 * p.as_slice()[1], p.as_slice()[4] - p.as_slice()[1]])
            .collect();
        let regions: Vec<u32> = (0..600).map(|k| k / 20).collect();
        let Ok(reaction) = DecoderSensitivity::fit(&points, &rows, &regions, &mut no_progress);
        let reaction = reaction.unwrap();
        assert!(reaction.explained > 0.99, "{}", reaction.explained);
        let reacts = |dimension: usize| {
            let mut moved = vec![0.0; 16];
            moved[dimension] = 1.0;
            let row = reaction.row(&LatentPoint::new(moved));
            row.iter().map(|x| x * x).sum::<f32>().sqrt()
        };
        assert!((reacts(1) - 5.0_f32.sqrt()).abs() < 0.02 && (reacts(4) - 1.0).abs() < 0.02);
        assert!(
            (0..16)
                .filter(|d| *d != 1 && *d != 4)
                .all(|d| reacts(d) < 0.02)
        );
        let fitted = |count: usize| {
            let (points, rows, regions) = (&points[..count], &rows[..count], &regions[..count]);
            let Ok(fit) = DecoderSensitivity::fit(points, rows, regions, &mut no_progress);
            fit
        };
        assert!(fitted(1).is_none());
        // Two regions can learn from each other; one cannot be judged.
        assert!(fitted(40).is_some());
        assert!(fitted(20).is_none());
    }

    #[expect(clippy::print_stdout, reason = "measured figures are worth reading")]
    #[test]
    fn of_pure_noise_nothing_is_explained() {
        // Rows that have nothing to do with their points, over and over.
        let explained: Vec<f64> = (0..400)
            .map(|set| {
                let points: Vec<LatentPoint> =
                    (0..48).map(|k| prior_point(2, 10 + set, k)).collect();
                let rows: Vec<Vec<f32>> = (0..48)
                    .map(|k| prior_point(1, 10_000 + set, k).as_slice().to_vec())
                    .collect();
                let regions: Vec<u32> = (0..48).map(|k| k / 4).collect();
                let Ok(fit) = DecoderSensitivity::fit(&points, &rows, &regions, &mut no_progress);
                fit.unwrap().explained
            })
            .collect();
        let mean = crate::statistics::mean(&explained).unwrap();
        let spread = crate::statistics::standard_deviation(&explained).unwrap();
        println!("mean {mean:.4}, standard error {:.4}", spread / 20.0);
        assert!((-0.03..=0.0).contains(&mean), "{mean}");
    }
}
