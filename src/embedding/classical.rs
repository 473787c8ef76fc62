//! Classical scaling (Torgerson 1952): where the iterations begin.

use nalgebra::{DMatrix, SymmetricEigen};

use super::DistanceMatrix;
use crate::statistics::ProgressFn;

/// Up to this many points all eigenvectors are computed; beyond, only the leading ones, by subspace iteration.
const ALL_EIGENVECTORS_UP_TO: usize = 256;

/// The first two principal coordinates of the distances.
///
/// A coordinate whose eigenvalue is not positive has no extent and is zero.
///
/// # Errors
/// The error of `progress`.
pub(super) fn classical<E>(
    distances: &DistanceMatrix,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    let n = distances.len();
    progress(0.0)?;
    let gram = double_centred(distances);
    let leading = if n <= ALL_EIGENVECTORS_UP_TO {
        all(gram)
    } else {
        subspace(&gram, progress)?
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

type Pair = (f64, Vec<f64>);

fn all(gram: DMatrix<f64>) -> Vec<Pair> {
    let eigen = SymmetricEigen::new(gram);
    let mut order: Vec<usize> = (0..eigen.eigenvalues.len()).collect();
    order.sort_by(|a, b| {
        eigen.eigenvalues[*b]
            .total_cmp(&eigen.eigenvalues[*a])
            .then(a.cmp(b))
    });
    let pair = |k: &usize| {
        (
            eigen.eigenvalues[*k],
            eigen.eigenvectors.column(*k).iter().copied().collect(),
        )
    };
    order.iter().take(2).map(pair).collect()
}

/// Subspace iteration with a block wider than needed, from a start fixed once and for all.
///
/// Not run to the last digit: the stress is minimised from here anyway.
fn subspace<E>(gram: &DMatrix<f64>, progress: &mut ProgressFn<'_, E>) -> Result<Vec<Pair>, E> {
    const WIDTH: usize = 8;
    const ROUNDS: usize = 60;
    let n = gram.nrows();
    // Shifted by the most negative eigenvalue there can be, the largest eigenvalue is also the largest in size.
    let shift = (0..n)
        .map(|i| gram.column(i).iter().map(|x| x.abs()).sum::<f64>())
        .fold(0.0, f64::max)
        * 0.05;
    let mut block = DMatrix::from_fn(n, WIDTH, |i, k| {
        ((i * WIDTH + k) as f64 * 1.618_033_988_749).fract() - 0.5
    });
    for round in 0..ROUNDS {
        progress(round as f64 / ROUNDS as f64)?;
        block = (gram * &block + shift * &block).qr().q();
    }
    let small = block.transpose() * gram * &block;
    let inner = all((&small + small.transpose()) * 0.5);
    let lift = |(value, vector): Pair| {
        let lifted = &block * DMatrix::from_column_slice(vector.len(), 1, &vector);
        (value, lifted.iter().copied().collect())
    };
    Ok(inner.into_iter().map(lift).collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::no_progress;

    fn grid(side: usize) -> (Vec<[f64; 2]>, DistanceMatrix) {
        let points: Vec<[f64; 2]> = (0..side * side)
            .map(|k| [(k % side) as f64 * 2.0, (k / side) as f64])
            .collect();
        let mut condensed = Vec::new();
        for (i, a) in points.iter().enumerate() {
            condensed.extend(
                points
                    .iter()
                    .skip(i + 1)
                    .map(|b| (a[0] - b[0]).hypot(a[1] - b[1])),
            );
        }
        (points, DistanceMatrix::from_condensed(&condensed).unwrap())
    }

    #[test]
    fn points_of_a_plane_come_back_exactly_by_either_method() {
        // 12 x 12 takes every eigenvector, 18 x 18 the subspace iteration.
        for side in [12, 18] {
            let (_, distances) = grid(side);
            let Ok(points) = classical(&distances, &mut no_progress);
            for i in (0..points.len()).step_by(7) {
                for j in 0..points.len() {
                    let found = (points[i][0] - points[j][0]).hypot(points[i][1] - points[j][1]);
                    assert!(
                        (found - distances.get(i, j)).abs() < 1e-6,
                        "{side}: {found}"
                    );
                }
            }
        }
    }
}
