//! How strongly the decoder reacts to each direction of the latent space, learnt from a sweep's own melodies.
//!
//! A ridge regression from latent points to the rows that melodies are compared by (see
//! [`crate::attributes::similarity_row`]). Its matrix is the decoder's mean derivative over the sweep, and the distance
//! of two predicted rows is the latent distance pulled back through it (Arvanitidis, Hansen and Hauberg 2018, with one metric
//! for the whole space): directions that no melody reacts to count for nothing.

use nalgebra::{Cholesky, DMatrix, DVector};

use crate::latent::LatentPoint;
use crate::statistics::Look;

/// Rows taken into a product at once: bounds the memory.
const CHUNK: usize = 1_024;
/// Penalties tried, as shares of the mean variance of a dimension times the number of points.
const PENALTIES: [f64; 6] = [0.001, 0.01, 0.05, 0.2, 1.0, 5.0];

/// A linear map from latent points to predicted rows.
#[derive(Clone, Debug)]
pub(super) struct Reaction {
    /// `[latent, row]`
    weights: DMatrix<f64>,
    /// Share of the rows' variance explained in regions that the regression did not see.
    pub(super) explained: f64,
}

/// Sums over one half of the regions.
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

    fn spread(&self) -> f64 {
        self.yy - self.y.norm_squared() / self.count
    }
}

impl Reaction {
    /// Fits on points, their rows, and the half of the regions that each belongs to. `None` if there are too few, or all
    /// are alike.
    ///
    /// # Errors
    /// What `look` stops with.
    pub(super) fn fit<E>(
        points: &[LatentPoint],
        rows: &[Vec<f32>],
        halves: &[bool],
        look: &mut Look<'_, E>,
    ) -> Result<Option<Self>, E> {
        let (Some(point), Some(row)) = (points.first(), rows.first()) else {
            return Ok(None);
        };
        let (width, outputs) = (point.len(), row.len());
        let mut seen = 0;
        let mut moments = [Moments::new(width, outputs), Moments::new(width, outputs)];
        for (half, moments) in [false, true].into_iter().zip(&mut moments) {
            let chosen: Vec<usize> = (0..points.len())
                .filter(|i| halves.get(*i) == Some(&half))
                .collect();
            for part in chosen.chunks(CHUNK) {
                look(0.7 * seen as f64 / points.len() as f64)?;
                seen += part.len();
                let x: Vec<&LatentPoint> = part.iter().map(|i| &points[*i]).collect();
                let y: Vec<&Vec<f32>> = part.iter().map(|i| &rows[*i]).collect();
                moments.add(&x, &y);
            }
        }
        let [one, other] = &moments;
        if one.count < 2.0 || other.count < 2.0 {
            return Ok(None);
        }
        let spread = one.spread() + other.spread();
        let mut best: Option<(f64, f64)> = None;
        for (number, penalty) in PENALTIES.into_iter().enumerate() {
            let mut error = 0.0;
            for (seen, unseen) in [(one, other), (other, one)] {
                look(0.7 + 0.3 * number as f64 / PENALTIES.len() as f64)?;
                let Some((weights, intercept)) = seen.fit(penalty) else {
                    return Ok(None);
                };
                error += unseen.error(&weights, &intercept);
            }
            if best.is_none_or(|(least, _)| error < least) {
                best = Some((error, penalty));
            }
        }
        look(1.0)?;
        let Some((error, penalty)) = best else {
            return Ok(None);
        };
        let Some((weights, _)) = one.plus(other).fit(penalty) else {
            return Ok(None);
        };
        let size = weights.norm();
        Ok((size.is_finite() && size > 0.0).then(|| Self {
            weights,
            explained: 1.0 - error / spread,
        }))
    }

    /// About how many operations [`Reaction::row`] takes.
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::prior_point;
    use crate::statistics::unwatched;

    #[test]
    fn directions_that_nothing_reacts_to_count_for_nothing() {
        let points: Vec<LatentPoint> = (0..600).map(|k| prior_point(16, 3, k)).collect();
        let rows: Vec<Vec<f32>> = points
            .iter()
            .map(|p| vec![2.0 * p.as_slice()[1], p.as_slice()[4] - p.as_slice()[1]])
            .collect();
        let halves: Vec<bool> = (0..600).map(|k| k % 2 == 0).collect();
        let Ok(reaction) = Reaction::fit(&points, &rows, &halves, &mut unwatched);
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
        let Ok(none) = Reaction::fit(&points[..1], &rows[..1], &halves[..1], &mut unwatched);
        assert!(none.is_none());
    }
}
