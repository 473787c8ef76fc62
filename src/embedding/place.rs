//! Placing a new point on a map by its distances to the map's points.

/// The position on `embedding` whose distances to its points are nearest the given ones, by least squares.
///
/// Minimises the raw stress of the new point (the single-point case of SMACOF, accelerated by Newton's method) from two
/// starts: on the nearest point, and at the mean of the points weighted by their nearness. The lower minimum wins.
/// Deterministic. On an empty map the position is the origin.
///
/// # Shapes
/// - `embedding`: `n` positions
/// - `distances_to_points`: `n` distances, in the units of the map
#[must_use]
pub fn place(embedding: &[[f64; 2]], distances_to_points: &[f64]) -> [f64; 2] {
    let anchors: Vec<(f64, f64, f64)> = embedding
        .iter()
        .zip(distances_to_points)
        .map(|(p, d)| (p[0], p[1], *d))
        .collect();
    let Some(nearest) = anchors.iter().min_by(|a, b| a.2.total_cmp(&b.2)) else {
        return [0.0; 2];
    };
    if nearest.2 <= 0.0 {
        return [nearest.0, nearest.1];
    }
    let (near, near_stress) = minimise(&anchors, [nearest.0, nearest.1]);
    let (middle, middle_stress) = minimise(&anchors, nearness_mean(&anchors));
    if middle_stress < near_stress {
        middle
    } else {
        near
    }
}

/// Mean of the points, each weighted by its nearness to the fourth power.
fn nearness_mean(anchors: &[(f64, f64, f64)]) -> [f64; 2] {
    let (mut x, mut y, mut total) = (0.0, 0.0, 0.0);
    for (anchor_x, anchor_y, distance) in anchors {
        let weight = (distance * distance * distance * distance).recip();
        x += weight * anchor_x;
        y += weight * anchor_y;
        total += weight;
    }
    if total.is_finite() && total > 0.0 {
        [x / total, y / total]
    } else {
        [anchors[0].0, anchors[0].1]
    }
}

/// Descends from `start` to a minimum; its position and raw stress.
///
/// Takes Newton's step where the stress is convex, which converges in a few steps; elsewhere, or where that step would increase the
/// stress, the majorising step, which never increases it.
fn minimise(anchors: &[(f64, f64, f64)], start: [f64; 2]) -> ([f64; 2], f64) {
    const MAX_STEPS: usize = 40;
    /// Smallest step, as a fraction of the mean distance.
    const TOLERANCE: f64 = 1e-6;
    let scale = anchors.iter().map(|a| a.2).sum::<f64>() / anchors.len() as f64;
    let mut position = start;
    let mut current = LocalStress::evaluate(anchors, start);
    for _ in 0..MAX_STEPS {
        let mut step = current.newton().unwrap_or(current.majorising);
        let mut next =
            LocalStress::evaluate(anchors, [position[0] + step[0], position[1] + step[1]]);
        if next.stress > current.stress {
            step = current.majorising;
            next = LocalStress::evaluate(anchors, [position[0] + step[0], position[1] + step[1]]);
        }
        position = [position[0] + step[0], position[1] + step[1]];
        current = next;
        if step[0].abs() + step[1].abs() < TOLERANCE * scale {
            break;
        }
    }
    (position, current.stress)
}

/// The raw stress at a position, with its derivatives.
struct LocalStress {
    stress: f64,
    /// The step of SMACOF: the negative gradient over 2n.
    majorising: [f64; 2],
    /// Second derivatives over 2n: xx, xy, yy.
    curvature: [f64; 3],
}

impl LocalStress {
    fn evaluate(anchors: &[(f64, f64, f64)], position: [f64; 2]) -> Self {
        let (mut stress, mut x, mut y) = (0.0, 0.0, 0.0);
        let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
        for (anchor_x, anchor_y, distance) in anchors {
            let (dx, dy) = (position[0] - anchor_x, position[1] - anchor_y);
            let squared = dx * dx + dy * dy;
            if squared > 0.0 {
                let map_distance = squared.sqrt();
                stress += (distance - map_distance) * (distance - map_distance);
                let ratio = distance / map_distance;
                x += (ratio - 1.0) * dx;
                y += (ratio - 1.0) * dy;
                let along = ratio / squared;
                xx += 1.0 - ratio + along * dx * dx;
                xy += along * dx * dy;
                yy += 1.0 - ratio + along * dy * dy;
            } else {
                // On top of an anchor no direction is given: a fixed one keeps the result deterministic.
                stress += distance * distance;
                x += distance;
            }
        }
        let count = anchors.len() as f64;
        Self {
            stress,
            majorising: [x / count, y / count],
            curvature: [xx / count, xy / count, yy / count],
        }
    }

    /// Newton's step, if the curvature is positive in every direction.
    fn newton(&self) -> Option<[f64; 2]> {
        let [xx, xy, yy] = self.curvature;
        let determinant = xx * yy - xy * xy;
        let [x, y] = self.majorising;
        (xx > 1e-9 && determinant > 1e-9).then(|| {
            [
                (yy * x - xy * y) / determinant,
                (xx * y - xy * x) / determinant,
            ]
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::plane::distance;

    fn distances_from(point: [f64; 2], anchors: &[[f64; 2]]) -> Vec<f64> {
        anchors.iter().map(|a| distance(*a, point)).collect()
    }

    fn ring(n: usize) -> Vec<[f64; 2]> {
        (0..n)
            .map(|k| {
                [
                    (k as f64).cos() * (1.0 + k as f64 / 10.0),
                    (k as f64).sin() * 3.0,
                ]
            })
            .collect()
    }

    #[test]
    fn a_point_of_the_plane_is_placed_by_its_distances() {
        let anchors = ring(12);
        for point in [[0.0, 0.0], [1.3, -0.4], [-6.0, 5.0], [0.5, 2.9]] {
            let placed = place(&anchors, &distances_from(point, &anchors));
            assert!(distance(placed, point) < 1e-3, "{point:?} at {placed:?}");
        }
    }

    #[test]
    fn a_point_of_the_map_gets_its_own_position() {
        let anchors = ring(9);
        assert_eq!(
            place(&anchors, &distances_from(anchors[4], &anchors)),
            anchors[4]
        );
    }

    #[test]
    fn the_empty_map_and_the_map_of_one_point_give_a_position() {
        assert_eq!(place(&[], &[]), [0.0, 0.0]);
        let placed = place(&[[1.0, 1.0]], &[2.0]);
        assert!(
            (distance(placed, [1.0, 1.0]) - 2.0).abs() < 1e-3,
            "{placed:?}"
        );
    }

    #[test]
    fn no_position_nearby_has_less_stress() {
        let anchors = ring(15);
        // Distances that no point of the plane has.
        let expected: Vec<f64> = (0..15).map(|k| 4.0 + (k as f64 * 0.7).sin()).collect();
        let stress = |p: [f64; 2]| {
            distances_from(p, &anchors)
                .iter()
                .zip(&expected)
                .map(|(d, w)| (d - w).powi(2))
                .sum::<f64>()
        };
        let best = place(&anchors, &expected);
        for (dx, dy) in [(0.01, 0.0), (-0.01, 0.0), (0.0, 0.01), (0.0, -0.01)] {
            assert!(stress(best) <= stress([best[0] + dx, best[1] + dy]));
        }
    }
}
