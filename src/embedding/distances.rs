//! Symmetric matrices of distances.

use crate::latent::LatentPoint;
use crate::statistics::{ProgressFn, no_progress, par_map};

/// Why numbers are no distance matrix.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DistanceError {
    /// The count fits no square or triangle.
    #[error(
        "{found} distances are not those of a whole number of points: give n(n-1)/2 of them, or n*n"
    )]
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

/// Distances between `n` points: symmetric, zero on the diagonal.
#[derive(Clone, Debug, PartialEq)]
pub struct DistanceMatrix {
    n: usize,
    full: Vec<f64>,
}

impl DistanceMatrix {
    /// Euclidean distances between latent points.
    #[must_use]
    pub fn euclidean(points: &[LatentPoint]) -> Self {
        let Ok(distances) = Self::euclidean_watched(points, &mut no_progress);
        distances
    }

    /// As [`DistanceMatrix::euclidean`], stopped where `progress` says so.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn euclidean_watched<E>(
        points: &[LatentPoint],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = points.len();
        let cost = n * points.first().map_or(0, LatentPoint::len);
        // Each row is computed by itself, so the result does not depend on the number of threads.
        let rows: Vec<Vec<f64>> = par_map(n, cost, progress, |i| {
            let before = points.iter().take(i);
            before.map(|b| points[i].distance(b)).collect()
        })?;
        let mut full = vec![0.0; n * n];
        for (i, row) in rows.iter().enumerate() {
            for (j, distance) in row.iter().enumerate() {
                full[i * n + j] = *distance;
                full[j * n + i] = *distance;
            }
        }
        Ok(Self { n, full })
    }

    /// From the distances above the diagonal, row by row: 0-1, 0-2, …, 1-2, … (the order of SciPy's `pdist`).
    ///
    /// # Errors
    /// [`DistanceError`] if the count is no triangular number or a number is no distance.
    pub fn from_condensed(distances: &[f64]) -> Result<Self, DistanceError> {
        let n = (((8.0 * distances.len() as f64 + 1.0).sqrt() + 1.0) / 2.0).round() as usize;
        if n * (n - 1) / 2 != distances.len() {
            return Err(DistanceError::WrongCount {
                found: distances.len(),
            });
        }
        check(distances)?;
        let mut full = vec![0.0; n * n];
        let pairs = (0..n).flat_map(|i| (i + 1..n).map(move |j| (i, j)));
        for ((i, j), distance) in pairs.zip(distances) {
            full[i * n + j] = *distance;
            full[j * n + i] = *distance;
        }
        Ok(Self { n, full })
    }

    /// From a whole matrix, row by row. Where it is not symmetric, the mean of the two numbers is taken; the
    /// diagonal is ignored.
    ///
    /// # Errors
    /// [`DistanceError`] if the count is no square or a number is no distance.
    pub fn from_full(distances: &[f64]) -> Result<Self, DistanceError> {
        let n = (distances.len() as f64).sqrt().round() as usize;
        if n * n != distances.len() {
            return Err(DistanceError::WrongCount {
                found: distances.len(),
            });
        }
        check(distances)?;
        let mut full = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..n {
                if i != j {
                    full[i * n + j] = f64::midpoint(distances[i * n + j], distances[j * n + i]);
                }
            }
        }
        Ok(Self { n, full })
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
        &self.full[i * self.n..(i + 1) * self.n]
    }
}

fn check(distances: &[f64]) -> Result<(), DistanceError> {
    match distances.iter().position(|d| !d.is_finite() || *d < 0.0) {
        Some(index) => Err(DistanceError::NotADistance {
            index,
            value: distances[index],
        }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn condensed_full_and_euclidean_agree_on_a_right_triangle() {
        let corners =
            [[0.0, 0.0], [3.0, 0.0], [0.0, 4.0]].map(|c: [f32; 2]| LatentPoint::new(c.to_vec()));
        let euclidean = DistanceMatrix::euclidean(&corners);
        assert_eq!(
            euclidean,
            DistanceMatrix::from_condensed(&[3.0, 4.0, 5.0]).unwrap()
        );
        let full = [0.0, 3.0, 4.0, 3.0, 0.0, 5.0, 4.0, 5.0, 0.0];
        assert_eq!(euclidean, DistanceMatrix::from_full(&full).unwrap());
        assert_eq!(euclidean.get(2, 1), 5.0);
    }

    #[test]
    fn what_is_no_distance_matrix_is_refused() {
        assert_eq!(
            DistanceMatrix::from_condensed(&[1.0, 2.0]),
            Err(DistanceError::WrongCount { found: 2 })
        );
        assert_eq!(
            DistanceMatrix::from_full(&[1.0; 5]),
            Err(DistanceError::WrongCount { found: 5 })
        );
        assert!(DistanceMatrix::from_condensed(&[f64::NAN]).is_err());
        assert!(DistanceMatrix::from_condensed(&[-1.0]).is_err());
        assert_eq!(DistanceMatrix::from_condensed(&[]).unwrap().len(), 1);
    }
}
