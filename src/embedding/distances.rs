//! Symmetric matrices of distances.

use crate::latent::LatentPoint;
use crate::progress::{ProgressFn, par_map};

/// Why numbers do not form a distance matrix.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistanceError {
    /// The count is no triangular number.
    #[error("{found} distances are not those of a whole number of points: give n(n-1)/2 of them")]
    WrongCount {
        /// Numbers given.
        found: usize,
    },
    /// A distance is negative, infinite or not a number.
    #[error("distance number {index} is {value}: distances are finite and not negative")]
    NotADistance {
        /// Position of the number, from 0.
        index: usize,
        /// The number.
        value: f64,
    },
}

/// Distances between `n` points, in the units of the input: symmetric, zero on the diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceMatrix {
    n: usize,
    /// All `n` × `n` distances, row by row.
    values: Vec<f64>,
}

impl DistanceMatrix {
    /// Euclidean distances between latent points.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn euclidean<E>(
        points: &[LatentPoint],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = points.len();
        let cost = n * points.first().map_or(0, LatentPoint::len);
        let rows: Vec<Vec<f64>> = par_map(n, cost, progress, |i| {
            let before = points.iter().take(i);
            before.map(|b| points[i].distance(b)).collect()
        })?;
        Ok(Self::symmetric(n, |i, j| rows[j][i]))
    }

    /// The distances `value(i, j)` between `n` points, for `i < j`.
    fn symmetric(n: usize, mut value: impl FnMut(usize, usize) -> f64) -> Self {
        let mut values = vec![0.0; n * n];
        for i in 0..n {
            for j in i + 1..n {
                let distance = value(i, j);
                values[i * n + j] = distance;
                values[j * n + i] = distance;
            }
        }
        Self { n, values }
    }

    /// Distances between points of the plane.
    #[cfg(test)]
    pub(super) fn of_plane(points: &[[f64; 2]]) -> Self {
        use super::plane::distance;
        Self::symmetric(points.len(), |i, j| distance(points[i], points[j]))
    }

    /// From the `n(n-1)/2` distances above the diagonal, row by row: 0-1, 0-2, …, 1-2, … (the order of SciPy's `pdist`).
    ///
    /// # Errors
    /// [`DistanceError`] if the count is no triangular number or a number is no distance.
    pub fn from_condensed(distances: &[f64]) -> Result<Self, DistanceError> {
        let found = distances.len();
        let n = (((8.0 * found as f64 + 1.0).sqrt() + 1.0) / 2.0).round() as usize;
        if found != n * (n - 1) / 2 {
            return Err(DistanceError::WrongCount { found });
        }
        if let Some(index) = distances.iter().position(|d| !d.is_finite() || *d < 0.0) {
            let value = distances[index];
            return Err(DistanceError::NotADistance { index, value });
        }
        let mut next = distances.iter().copied();
        Ok(Self::symmetric(n, |_, _| next.next().unwrap_or_default()))
    }

    /// Number of points.
    #[must_use]
    pub fn len(&self) -> usize {
        self.n
    }

    /// Whether there are no points.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.n == 0
    }

    /// Distance between points `i` and `j`.
    ///
    /// # Panics
    /// If either index is out of range.
    #[must_use]
    pub fn get(&self, i: usize, j: usize) -> f64 {
        self.row(i)[j]
    }

    /// Distances from point `i` to every point, itself included.
    ///
    /// # Panics
    /// If the index is out of range.
    #[must_use]
    pub fn row(&self, i: usize) -> &[f64] {
        &self.values[i * self.n..(i + 1) * self.n]
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::no_progress;

    #[test]
    fn condensed_and_euclidean_agree_on_a_right_triangle() {
        let corners =
            [[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]].map(|c: [f32; 2]| LatentPoint::new(c.to_vec()));
        let Ok(euclidean) = DistanceMatrix::euclidean(&corners, &mut no_progress);
        let condensed = DistanceMatrix::from_condensed(&[3.0, 4.0, 5.0]);
        assert_eq!(euclidean, condensed.unwrap());
        assert_eq!(euclidean.get(2, 1), 5.0);
    }

    #[test]
    fn numbers_that_form_no_distance_matrix_are_refused() {
        assert_eq!(
            DistanceMatrix::from_condensed(&[1.0, 2.0]),
            Err(DistanceError::WrongCount { found: 2 })
        );
        assert!(DistanceMatrix::from_condensed(&[f64::NAN]).is_err());
        assert!(DistanceMatrix::from_condensed(&[-1.0]).is_err());
        assert_eq!(DistanceMatrix::from_condensed(&[]).unwrap().len(), 1);
    }
}
