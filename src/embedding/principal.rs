//! The first two principal axes of features.
//!
//! For Euclidean distances the coordinates along them are the classical scaling of those distances (Gower 1966), at
//! a cost that grows with the number of points and not with its square.

use nalgebra::{DMatrix, SymmetricEigen};

use super::Features;
use crate::statistics::{ProgressFn, no_progress, par_map, subrange};

/// Points whose products are summed in one go; fixed, so that sums come out the same on any number of threads.
const CHUNK: usize = 512;
/// Rows summed between two looks.
const LOOK_EVERY: usize = 16_384;

/// Coordinates along the two directions of largest variance, around the mean.
///
/// Each axis is turned so that its largest component is positive.
#[must_use]
pub fn principal_axes(features: &Features) -> Vec<[f64; 2]> {
    let Ok(points) = principal_axes_watched(features, &mut no_progress);
    points
}

/// As [`principal_axes`], stopped where `progress` says so.
///
/// # Errors
/// The error of `progress`.
pub fn principal_axes_watched<E>(
    features: &Features,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    let (n, width) = (features.len(), features.width());
    if n == 0 {
        return Ok(Vec::new());
    }
    let mut mean = vec![0.0; width];
    for i in 0..n {
        if i.is_multiple_of(LOOK_EVERY) {
            progress(0.1 * i as f64 / n as f64)?;
        }
        for (sum, value) in mean.iter_mut().zip(features.row(i)) {
            *sum += f64::from(*value) / n as f64;
        }
    }
    let chunks: Vec<usize> = (0..n).step_by(CHUNK).collect();
    let cost = CHUNK * width * width;
    let parts = par_map(
        chunks.len(),
        cost,
        &mut subrange(progress, (0.1, 0.8)),
        |chunk| {
            let from = chunks[chunk];
            let mut products = vec![0.0; width * width];
            let mut off = vec![0.0; width];
            for i in from..(from + CHUNK).min(n) {
                for ((slot, value), mean) in off.iter_mut().zip(features.row(i)).zip(&mean) {
                    *slot = f64::from(*value) - mean;
                }
                for (row, a) in products.chunks_exact_mut(width).zip(&off) {
                    for (slot, b) in row.iter_mut().zip(&off) {
                        *slot += a * b;
                    }
                }
            }
            products
        },
    )?;
    let mut covariance = vec![0.0; width * width];
    for part in parts {
        for (sum, value) in covariance.iter_mut().zip(part) {
            *sum += value;
        }
    }
    let eigen = SymmetricEigen::new(DMatrix::from_vec(width, width, covariance));
    let mut order: Vec<usize> = (0..width).collect();
    order.sort_by(|a, b| {
        eigen.eigenvalues[*b]
            .total_cmp(&eigen.eigenvalues[*a])
            .then(a.cmp(b))
    });
    let axes: Vec<Vec<f64>> = order
        .iter()
        .take(2)
        .map(|k| {
            let column = eigen.eigenvectors.column(*k);
            let largest = column
                .iter()
                .copied()
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            column.iter().map(|x| x * largest.signum()).collect()
        })
        .collect();
    par_map(n, 4 * width, &mut subrange(progress, (0.8, 1.0)), |i| {
        let mut at = [0.0; 2];
        for (slot, axis) in at.iter_mut().zip(&axes) {
            for ((value, mean), part) in features.row(i).iter().zip(&mean).zip(axis) {
                *slot += (f64::from(*value) - mean) * part;
            }
        }
        at
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn points_of_a_plane_keep_their_distances() {
        let rows: Vec<Vec<f32>> = (0..50)
            .map(|k| {
                let (x, y) = ((k as f32 * 0.618).fract() * 9.0, (k as f32 * 0.414).fract());
                vec![0.6 * x + 1.0, 0.8 * x, y, 5.0]
            })
            .collect();
        let features = Features::new(&rows);
        let points = principal_axes(&features);
        for i in 0..50 {
            for j in 0..50 {
                let found = (points[i][0] - points[j][0]).hypot(points[i][1] - points[j][1]);
                assert!((found - features.distance(i, j)).abs() < 1e-5);
            }
        }
        assert_eq!(principal_axes(&Features::new(&[[3.0_f32]])), [[0.0, 0.0]]);
    }
}
