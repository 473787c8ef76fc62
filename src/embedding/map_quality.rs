//! Quality of a map of a distance matrix: stress-1 and the fraction of neighbours kept.

use serde::{Deserialize, Serialize};

use super::distances::DistanceMatrix;
use super::plane::distance;
use super::ranking::nearest;
use crate::progress::{ProgressFn, par_map};

/// Number of nearest neighbours by which the quality of a map is measured.
pub const NEIGHBOURS: usize = 5;

/// Kruskal's stress-1 (Kruskal 1964): sqrt(sum (d - m)² / sum m²) over all pairs of points, of
/// their distances d in the matrix and m on the map.
///
/// 0 is exact; hundreds of random points of hundreds of dimensions cannot be shown below about 0.4. A map whose
/// points all coincide has stress 0 if that is right and infinite stress if not.
#[must_use]
pub fn stress_1(distances: &DistanceMatrix, points: &[[f64; 2]]) -> f64 {
    let (mut errors, mut total) = (0.0, 0.0);
    for (i, a) in points.iter().enumerate().take(distances.len()) {
        for (expected, b) in distances.row(i).iter().zip(points).skip(i + 1) {
            let on_map = distance(*a, *b);
            errors += (expected - on_map).powi(2);
            total += on_map * on_map;
        }
    }
    if errors == 0.0 {
        0.0
    } else {
        (errors / total).sqrt()
    }
}

/// Measured quality of a map of a distance matrix.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionMapQuality {
    /// Kruskal's stress-1.
    pub stress: f64,
    /// Fraction of each point's five nearest neighbours that are among its five nearest on the map, averaged.
    pub neighbours_kept: f64,
    /// The fraction expected of points placed at random: 5 / (n - 1).
    pub neighbours_chance: f64,
}

impl RegionMapQuality {
    /// Measures a map against the distances that it shows.
    ///
    /// Of five other points or fewer, every neighbour is kept.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn measure<E>(
        distances: &DistanceMatrix,
        points: &[[f64; 2]],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        progress(0.0)?;
        let stress = stress_1(distances, points);
        let n = distances.len().min(points.len());
        let count = NEIGHBOURS.min(n.saturating_sub(1));
        if count == 0 {
            return Ok(Self {
                stress,
                neighbours_kept: 1.0,
                neighbours_chance: 1.0,
            });
        }
        let kept_counts = par_map(n, 64 * n, progress, |i| {
            let map_distances: Vec<f64> = (0..n).map(|j| distance(points[i], points[j])).collect();
            let true_nearest = nearest(&distances.row(i)[..n], i, count);
            let map_nearest = nearest(&map_distances, i, count);
            true_nearest
                .iter()
                .filter(|j| map_nearest.contains(j))
                .count()
        })?;
        let kept_count: usize = kept_counts.iter().sum();
        Ok(Self {
            stress,
            neighbours_kept: kept_count as f64 / (n * count) as f64,
            neighbours_chance: count as f64 / (n - 1) as f64,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::embedding::mds;
    use crate::latent::{LatinHypercube, Scaling};
    use crate::progress::no_progress;

    fn measured(distances: &DistanceMatrix, points: &[[f64; 2]]) -> RegionMapQuality {
        let Ok(quality) = RegionMapQuality::measure(distances, points, &mut no_progress);
        quality
    }

    #[test]
    fn stress_by_hand_on_three_points() {
        let distances = DistanceMatrix::from_condensed(&[1.0, 1.0, 1.0]).unwrap();
        // On a line at 0, 1, 2 the pair 0-2 is one too far: sqrt(1 / (1 + 4 + 1)).
        let stress = stress_1(&distances, &[[0.0, 0.0], [1.0, 0.0], [2.0, 0.0]]);
        assert!((stress - (1.0_f64 / 6.0).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn a_faithful_map_keeps_every_neighbour_and_a_shuffled_one_about_chance() {
        let n = 200;
        let points: Vec<[f64; 2]> = (0..n)
            .map(|k| {
                [
                    (k as f64 * 0.618).fract() * 10.0,
                    (k as f64 * 0.414).fract() * 7.0,
                ]
            })
            .collect();
        let distances = DistanceMatrix::of_plane(&points);
        let faithful = measured(&distances, &points);
        assert_eq!((faithful.stress, faithful.neighbours_kept), (0.0, 1.0));
        assert!((faithful.neighbours_chance - 5.0 / 199.0).abs() < 1e-12);
        let shuffled: Vec<[f64; 2]> = (0..n).map(|k| points[(k * 73 + 11) % n]).collect();
        assert!(measured(&distances, &shuffled).neighbours_kept < 0.08);
    }

    #[test]
    fn a_map_of_a_hypercube_keeps_few_neighbours() {
        let cube = LatinHypercube::draw(100, 256, 99);
        let points: Vec<_> = (0..100)
            .map(|i| cube.point(i, &Scaling::Box { width: 6.0 }))
            .collect();
        let Ok(distances) = DistanceMatrix::euclidean(&points, &mut no_progress);
        let Ok(map) = mds(&distances, &mut no_progress);
        let quality = measured(&distances, &map.points);
        eprintln!("{quality:?}");
        assert!((0.35..0.45).contains(&quality.stress), "{quality:?}");
        assert!(
            (0.05..0.14).contains(&quality.neighbours_kept),
            "{quality:?}"
        );
    }
}
