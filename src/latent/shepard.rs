//! A latent point for a position on a map, interpolated from the points around it (modified Shepard weights).

use super::point::LatentPoint;

/// Weights of neighbours at these distances from a position; they sum to 1.
///
/// `((radius - d) / (radius d))^2`, the modified Shepard weights of Franke and Little (Franke 1982): 0 from `radius` on, so
/// that the interpolation is continuous where the set of neighbours changes, and 1 at distance 0. If every neighbour is
/// outside the radius, the nearest ones share the weight. Distances and radius may be in any one unit. Empty if `distances` is.
#[must_use]
pub fn shepard_weights(distances: &[f64], radius: f64) -> Vec<f64> {
    let min_distance = distances.iter().copied().fold(f64::INFINITY, f64::min);
    let equal_weights = |is_selected: &dyn Fn(f64) -> bool| {
        let count = distances.iter().filter(|d| is_selected(**d)).count().max(1) as f64;
        let weight = |d: &f64| if is_selected(*d) { 1.0 / count } else { 0.0 };
        distances.iter().map(weight).collect()
    };
    // So near that the weights of the other neighbours round to 0.
    if min_distance <= radius * 1e-9 {
        return equal_weights(&|d| d <= radius * 1e-9);
    }
    let weights: Vec<f64> = distances
        .iter()
        .map(|d| ((radius - d).max(0.0) * min_distance / (radius * d)).powi(2))
        .collect();
    let sum: f64 = weights.iter().sum();
    if sum > 0.0 && sum.is_finite() {
        weights.iter().map(|weight| weight / sum).collect()
    } else {
        equal_weights(&|d| d == min_distance)
    }
}

/// The weighted mean of `points`, scaled to the weighted mean of their norms.
///
/// Points in many dimensions are nearly orthogonal, so their mean is much nearer the origin than any of them, where the
/// prior has hardly any mass; the scaled point lies where the mass is (White 2016). `None` without points, if they cancel out, or
/// if their sizes differ.
#[must_use]
pub fn shepard_point(points: &[LatentPoint], weights: &[f64]) -> Option<LatentPoint> {
    let size = points.first()?.len();
    if points.iter().any(|point| point.len() != size) {
        return None;
    }
    let mut sums = vec![0.0_f64; size];
    let mut norm = 0.0;
    for (point, weight) in points.iter().zip(weights).filter(|pair| *pair.1 > 0.0) {
        norm += weight * point.norm();
        for (sum, x) in sums.iter_mut().zip(point.as_slice()) {
            *sum += weight * f64::from(*x);
        }
    }
    let length = sums.iter().map(|x| x * x).sum::<f64>().sqrt();
    if length <= 1e-9 * norm || !length.is_finite() {
        return None;
    }
    let scale = norm / length;
    Some(LatentPoint::new(
        sums.into_iter().map(|x| (scale * x) as f32).collect(),
    ))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::latent::prior_point;

    const WIDTH: usize = 256;

    /// Forty draws of the prior at positions of the unit square.
    fn map() -> Vec<([f64; 2], LatentPoint)> {
        let position = |i: usize| {
            [
                (i as f64 * 0.618_034).fract(),
                (i as f64 * 0.414_214).fract(),
            ]
        };
        (0..40)
            .map(|i| (position(i), prior_point(WIDTH, 7, i as u64)))
            .collect()
    }

    fn interpolate_at(map: &[([f64; 2], LatentPoint)], position: [f64; 2]) -> LatentPoint {
        let mut by_distance: Vec<(f64, &LatentPoint)> = map
            .iter()
            .map(|(other, point)| {
                (
                    (other[0] - position[0]).hypot(other[1] - position[1]),
                    point,
                )
            })
            .collect();
        by_distance.sort_by(|a, b| a.0.total_cmp(&b.0));
        let distances: Vec<f64> = by_distance.iter().take(6).map(|(d, _)| *d).collect();
        let points: Vec<LatentPoint> = by_distance
            .iter()
            .take(6)
            .map(|(_, p)| (*p).clone())
            .collect();
        shepard_point(&points, &shepard_weights(&distances, by_distance[6].0)).unwrap()
    }

    #[test]
    fn interpolation_at_the_position_of_a_point_gives_that_point() {
        let map = map();
        for (position, point) in &map {
            assert!(interpolate_at(&map, *position).distance(point) < 1e-4);
        }
    }

    #[test]
    fn interpolation_is_continuous_where_the_neighbours_change() {
        let map = map();
        let mut previous = interpolate_at(&map, [0.0, 0.3]);
        for step in 1..=20_000 {
            let current = interpolate_at(&map, [f64::from(step) / 20_000.0, 0.3]);
            // Points of this space are about 22 apart.
            assert!(
                current.distance(&previous) < 0.5,
                "step {step}: {}",
                current.distance(&previous)
            );
            previous = current;
        }
    }

    #[test]
    fn every_position_gives_a_point_with_a_norm_of_the_prior() {
        let map = map();
        let norms = |combine: &dyn Fn(f64, f64) -> f64, initial| {
            map.iter().map(|m| m.1.norm()).fold(initial, combine)
        };
        let (low, high) = (norms(&f64::min, f64::MAX), norms(&f64::max, 0.0));
        // The norm of a draw of the prior: 16, give or take 0.7 (a chi distribution of 256 degrees of freedom).
        assert!(low > 16.0 - 5.0 * 0.71 && high < 16.0 + 5.0 * 0.71);
        for step in 0..400 {
            let position = [f64::from(step % 20) / 19.0, f64::from(step / 20) / 19.0];
            let norm = interpolate_at(&map, position).norm();
            assert!(norm >= low - 1e-3 && norm <= high + 1e-3, "{norm}");
        }
    }

    #[test]
    fn weights_of_special_distances_sum_to_one() {
        for (distances, radius) in [
            (vec![0.0, 0.0, 1.0], 2.0),
            (vec![3.0, 3.0, 3.0], 3.0),
            (vec![0.0, 0.0], 0.0),
            (vec![1e-300, 1.0], 2.0),
            (vec![5.0], 1.0),
        ] {
            let weights = shepard_weights(&distances, radius);
            assert!(
                (weights.iter().sum::<f64>() - 1.0).abs() < 1e-12,
                "{distances:?}: {weights:?}"
            );
        }
        let opposite = [
            LatentPoint::new(vec![1.0, 0.0]),
            LatentPoint::new(vec![-1.0, 0.0]),
        ];
        assert_eq!(shepard_point(&opposite, &[0.5, 0.5]), None);
        assert!(shepard_weights(&[], 1.0).is_empty());
    }
}
