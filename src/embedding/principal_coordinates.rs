//! Coordinates of features along their first two principal axes.
//!
//! For Euclidean distances the coordinates along them are the classical scaling of those distances (Gower 1966), at
//! a cost that grows with the number of points and not with its square.

use nalgebra::DMatrix;

use super::eigen::leading_two;
use super::features::Features;
use crate::progress::{ProgressFn, par_map, subrange};

/// Points whose products are summed by one task; fixed, so that the sums do not depend on the number of threads.
const CHUNK_POINTS: usize = 512;
/// Rows summed between two progress reports.
const ROWS_PER_REPORT: usize = 16_384;

/// Coordinates along the two directions of largest variance, around the mean.
///
/// Each axis is turned so that its largest component is positive.
///
/// # Errors
/// The error of `progress`.
pub fn principal_coordinates<E>(
    features: &Features,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    let (n, width) = (features.len(), features.width());
    if n == 0 {
        return Ok(Vec::new());
    }
    let mut mean = vec![0.0; width];
    for i in 0..n {
        if i.is_multiple_of(ROWS_PER_REPORT) {
            progress(0.1 * i as f64 / n as f64)?;
        }
        for (sum, value) in mean.iter_mut().zip(features.row(i)) {
            *sum += f64::from(*value) / n as f64;
        }
    }
    let chunks: Vec<usize> = (0..n).step_by(CHUNK_POINTS).collect();
    let cost = CHUNK_POINTS * width * width;
    let partial_products = par_map(
        chunks.len(),
        cost,
        &mut subrange(progress, (0.1, 0.8)),
        |chunk| {
            let from = chunks[chunk];
            let mut products = vec![0.0; width * width];
            let mut centred = vec![0.0; width];
            for i in from..(from + CHUNK_POINTS).min(n) {
                for ((slot, value), mean) in centred.iter_mut().zip(features.row(i)).zip(&mean) {
                    *slot = f64::from(*value) - mean;
                }
                for (row, a) in products.chunks_exact_mut(width).zip(&centred) {
                    for (slot, b) in row.iter_mut().zip(&centred) {
                        *slot += a * b;
                    }
                }
            }
            products
        },
    )?;
    let mut covariance = vec![0.0; width * width];
    for part in partial_products {
        for (sum, value) in covariance.iter_mut().zip(part) {
            *sum += value;
        }
    }
    let axes: Vec<Vec<f64>> = leading_two(DMatrix::from_vec(width, width, covariance))
        .into_iter()
        .map(|(_, vector)| {
            let largest_component = vector
                .iter()
                .copied()
                .fold(0.0, |a: f64, b| if b.abs() > a.abs() { b } else { a });
            vector
                .iter()
                .map(|x| x * largest_component.signum())
                .collect()
        })
        .collect();
    par_map(n, 4 * width, &mut subrange(progress, (0.8, 1.0)), |i| {
        let mut coordinates = [0.0; 2];
        for (slot, axis) in coordinates.iter_mut().zip(&axes) {
            for ((value, mean), part) in features.row(i).iter().zip(&mean).zip(axis) {
                *slot += (f64::from(*value) - mean) * part;
            }
        }
        coordinates
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::plane::distance;
    use crate::progress::no_progress;

    #[test]
    fn points_of_a_plane_keep_their_distances() {
        let rows: Vec<Vec<f32>> = (0..50)
            .map(|k| {
                let (x, y) = ((k as f32 * 0.618).fract() * 9.0, (k as f32 * 0.414).fract());
                vec![0.6 * x + 1.0, 0.8 * x, y, 5.0]
            })
            .collect();
        let features = Features::new(&rows);
        let Ok(points) = principal_coordinates(&features, &mut no_progress);
        for i in 0..50 {
            for j in 0..50 {
                let embedded = distance(points[i], points[j]);
                assert!((embedded - features.distance(i, j)).abs() < 1e-5);
            }
        }
        let one = principal_coordinates(&Features::new(&[[3.0_f32]]), &mut no_progress);
        assert_eq!(one, Ok(vec![[0.0, 0.0]]));
    }
}
