//! How strongly the decoder reacts to each direction of the latent space, learnt from a sweep's own melodies.
//!
//! A ridge regression from latent points to the rows that melodies are compared by (see
//! [`crate::attributes::similarity_row`]). Its matrix is the decoder's mean derivative over the sweep, and the distance
//! of two predicted rows is the latent distance pulled back through it (Arvanitidis, Hansen and Hauberg 2018, with one metric
//! for the whole space): directions that no melody reacts to count for nothing.

use nalgebra::{Cholesky, DMatrix, DVector};
use rayon::prelude::*;

use crate::latent::LatentPoint;

/// Rows taken into a product at once: bounds the memory.
const CHUNK: usize = 1_024;
/// Parts that the regions are dealt into, to learn from some and judge on another.
pub(super) const FOLDS: usize = 4;
/// Penalties tried, as shares of the mean variance of a dimension times the number of points.
const PENALTIES: [f64; 6] = [0.001, 0.01, 0.05, 0.2, 1.0, 5.0];

/// A linear map from latent points to predicted rows.
#[derive(Clone, Debug)]
pub(super) struct Reaction {
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

impl Reaction {
    /// Fits on points, their rows, and the region of each. `None` if there are fewer than two regions to learn from and judge
    /// on, or all rows are alike.
    ///
    /// The penalty is chosen by cross-validation over [`FOLDS`] parts of the regions. What it explains is judged by a second one
    /// around it: on each part with a penalty that was chosen without that part.
    pub(super) fn fit(points: &[LatentPoint], rows: &[Vec<f32>], regions: &[u32]) -> Option<Self> {
        let width = points.first()?.len();
        let outputs = rows.first()?.len();
        let folds: Vec<Moments> = (0..FOLDS)
            .into_par_iter()
            .map(|fold| {
                let chosen: Vec<usize> = (0..points.len().min(rows.len()))
                    .filter(|i| regions.get(*i).map(|r| *r as usize % FOLDS) == Some(fold))
                    .collect();
                let mut moments = Moments::new(width, outputs);
                for part in chosen.chunks(CHUNK) {
                    let x: Vec<&LatentPoint> = part.iter().map(|i| &points[*i]).collect();
                    let y: Vec<&Vec<f32>> = part.iter().map(|i| &rows[*i]).collect();
                    moments.add(&x, &y);
                }
                moments
            })
            .filter(|moments| moments.count >= 2.0)
            .collect();
        if folds.len() < 2 {
            return None;
        }
        let judged: Vec<(f64, f64)> = (0..folds.len())
            .into_par_iter()
            .map(|k| {
                let penalty = best_penalty(&folds, &[k])?;
                let seen = Moments::without(&folds, &[k])?;
                let (weights, intercept) = seen.fit(penalty)?;
                let error = folds[k].error(&weights, &intercept);
                Some((error, folds[k].spread_around(&seen)))
            })
            .collect::<Option<_>>()?;
        let penalty = best_penalty(&folds, &[])?;
        let (weights, _) = Moments::without(&folds, &[])?.fit(penalty)?;
        let size = weights.norm();
        let total = |pick: fn(&(f64, f64)) -> f64| judged.iter().map(pick).sum::<f64>();
        let (error, spread) = (total(|pair| pair.0), total(|pair| pair.1));
        (size.is_finite() && size > 0.0).then(|| Self {
            weights,
            explained: 1.0 - error / spread,
        })
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

/// The penalty with the least error over the folds that are not left out, each judged by the others. With a single one there
/// is nothing to choose by: the largest penalty, which claims least.
fn best_penalty(folds: &[Moments], left_out: &[usize]) -> Option<f64> {
    let used: Vec<usize> = (0..folds.len()).filter(|k| !left_out.contains(k)).collect();
    if used.len() < 2 {
        return PENALTIES.last().copied();
    }
    let mut errors = [0.0; PENALTIES.len()];
    for k in used {
        let seen = Moments::without(folds, &[left_out, &[k]].concat())?;
        for (error, penalty) in errors.iter_mut().zip(PENALTIES) {
            let (weights, intercept) = seen.fit(penalty)?;
            *error += folds[k].error(&weights, &intercept);
        }
    }
    let best = errors
        .iter()
        .zip(PENALTIES)
        .min_by(|a, b| a.0.total_cmp(b.0));
    best.map(|(_, penalty)| penalty)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;

    #[test]
    fn directions_that_nothing_reacts_to_count_for_nothing() {
        let points: Vec<LatentPoint> = (0..600).map(|k| prior_point(16, 3, k)).collect();
        let rows: Vec<Vec<f32>> = points
            .iter()
            .map(|p| vec![2.0 * p.as_slice()[1], p.as_slice()[4] - p.as_slice()[1]])
            .collect();
        let regions: Vec<u32> = (0..600).map(|k| k / 20).collect();
        let reaction = Reaction::fit(&points, &rows, &regions).unwrap();
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
        assert!(Reaction::fit(&points[..1], &rows[..1], &regions[..1]).is_none());
        // Two regions can learn from each other; one cannot be judged.
        assert!(Reaction::fit(&points[..40], &rows[..40], &regions[..40]).is_some());
        assert!(Reaction::fit(&points[..20], &rows[..20], &regions[..20]).is_none());
    }

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
                Reaction::fit(&points, &rows, &regions).unwrap().explained
            })
            .collect();
        let mean = crate::statistics::mean(&explained).unwrap();
        let spread = crate::statistics::standard_deviation(&explained).unwrap();
        println!("mean {mean:.4}, standard error {:.4}", spread / 20.0);
        assert!((-0.03..=0.0).contains(&mean), "{mean}");
    }
}
