//! Classical scaling (Torgerson 1952), the first start of SMACOF.

use nalgebra::DMatrix;

use super::distances::DistanceMatrix;
use super::eigen::{Eigenpair, leading_two};
use crate::progress::ProgressFn;

/// Up to this many points all eigenvectors are computed; beyond, only the leading ones, by subspace iteration.
const MAX_FULL_DECOMPOSITION: usize = 256;

/// The first two principal coordinates of the distances.
///
/// A coordinate whose eigenvalue is not positive has no extent and is zero.
pub(super) fn classical<E>(
    distances: &DistanceMatrix,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    let n = distances.len();
    progress(0.0)?;
    let gram = double_centred(distances);
    let leading = if n <= MAX_FULL_DECOMPOSITION {
        leading_two(gram)
    } else {
        leading_by_subspace(&gram, progress)?
    };
    let mut points = vec![[0.0; 2]; n];
    for (axis, (value, vector)) in leading.iter().enumerate() {
        let scale = value.max(0.0).sqrt();
        for (point, component) in points.iter_mut().zip(vector) {
            point[axis] = scale * component;
        }
    }
    Ok(points)
}

/// `-1/2 J D² J`: the inner products of the points around their mean.
fn double_centred(distances: &DistanceMatrix) -> DMatrix<f64> {
    let n = distances.len();
    let squares = DMatrix::from_fn(n, n, |i, j| distances.get(i, j).powi(2));
    let means: Vec<f64> = (0..n).map(|i| squares.column(i).sum() / n as f64).collect();
    let mean = means.iter().sum::<f64>() / n as f64;
    DMatrix::from_fn(n, n, |i, j| {
        -0.5 * (squares[(i, j)] - means[i] - means[j] + mean)
    })
}

/// The leading eigenpairs by subspace iteration with a block wider than needed, from a fixed start.
///
/// Approximate: the stress is minimised from here anyway.
fn leading_by_subspace<E>(
    gram: &DMatrix<f64>,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Eigenpair>, E> {
    const BLOCK_WIDTH: usize = 8;
    const ITERATIONS: usize = 60;
    let n = gram.nrows();
    // Negative eigenvalues of large size would win; a shift by a fraction of the bound on the size of all eigenvalues (the largest
    // absolute column sum) favours the positive ones.
    let shift = (0..n)
        .map(|i| gram.column(i).iter().map(|x| x.abs()).sum::<f64>())
        .fold(0.0, f64::max)
        * 0.05;
    let mut block = DMatrix::from_fn(n, BLOCK_WIDTH, |i, k| {
        ((i * BLOCK_WIDTH + k) as f64 * 1.618_033_988_749).fract() - 0.5
    });
    for iteration in 0..ITERATIONS {
        progress(iteration as f64 / ITERATIONS as f64)?;
        block = (gram * &block + shift * &block).qr().q();
    }
    let projected = block.transpose() * gram * &block;
    let projected_pairs = leading_two((&projected + projected.transpose()) * 0.5);
    let lift = |(value, vector): Eigenpair| {
        let lifted = &block * DMatrix::from_column_slice(vector.len(), 1, &vector);
        (value, lifted.iter().copied().collect())
    };
    Ok(projected_pairs.into_iter().map(lift).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::plane::distance;
    use crate::progress::no_progress;

    #[test]
    fn points_of_a_plane_are_recovered_exactly_by_either_method() {
        // 12 x 12 is decomposed as a whole, 18 x 18 by subspace iteration.
        for side in [12, 18] {
            let grid: Vec<[f64; 2]> = (0..side * side)
                .map(|k| [(k % side) as f64 * 2.0, (k / side) as f64])
                .collect();
            let distances = DistanceMatrix::of_plane(&grid);
            let Ok(points) = classical(&distances, &mut no_progress);
            for i in (0..points.len()).step_by(7) {
                for j in 0..points.len() {
                    let embedded = distance(points[i], points[j]);
                    assert!(
                        (embedded - distances.get(i, j)).abs() < 1e-6,
                        "{side}: {embedded}"
                    );
                }
            }
        }
    }
}
