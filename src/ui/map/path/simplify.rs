//! Simplification of a line drawn by hand to a few points.

use crate::ui::geometry::{distance, lerp, project};

/// Selects points of a line so that no other is farther than `tolerance` from the straight lines between them; the ends are
/// kept (Ramer 1972, Douglas and Peucker 1973). The tolerance grows until at most `max_points` are left.
pub fn simplify_to(line: &[[f64; 2]], tolerance: f64, max_points: usize) -> Vec<[f64; 2]> {
    let mut tolerance = tolerance.max(f64::MIN_POSITIVE);
    loop {
        let points = simplify(line, tolerance);
        if points.len() <= max_points.max(2) {
            return points;
        }
        tolerance *= 1.3;
    }
}

fn simplify(line: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let mut selected = vec![false; line.len()];
    selected[0] = true;
    selected[line.len() - 1] = true;
    // A stack, not recursion: a line may have many thousand points.
    let mut pending = vec![(0, line.len() - 1)];
    while let Some((first, last)) = pending.pop() {
        let farthest = (first + 1..last)
            .map(|index| {
                (
                    index,
                    segment_distance(line[index], line[first], line[last]),
                )
            })
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((index, farthest_distance)) = farthest
            && farthest_distance > tolerance
        {
            selected[index] = true;
            pending.extend([(first, index), (index, last)]);
        }
    }
    let selected = line.iter().zip(selected).filter(|(_, selected)| *selected);
    selected.map(|(point, _)| *point).collect()
}

/// Distance of a point from a line segment.
fn segment_distance(point: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    distance(point, lerp(from, to, project(point, from, to)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_straight_line_becomes_its_ends_and_a_corner_stays() {
        let straight: Vec<[f64; 2]> = (0..50)
            .map(|k| [f64::from(k), 0.5 * f64::from(k)])
            .collect();
        assert_eq!(simplify_to(&straight, 0.1, 20), [[0.0, 0.0], [49.0, 24.5]]);
        let mut corner: Vec<[f64; 2]> = (0..=10).map(|k| [f64::from(k), 0.0]).collect();
        corner.extend((1..=10).map(|k| [10.0, f64::from(k)]));
        assert_eq!(
            simplify_to(&corner, 0.1, 20),
            [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]
        );
    }

    #[test]
    fn a_ring_becomes_more_than_two_points() {
        let ring: Vec<[f64; 2]> = (0..=100)
            .map(|k| {
                let angle = f64::from(k) * std::f64::consts::TAU / 100.0;
                [10.0 * angle.cos(), 10.0 * angle.sin()]
            })
            .collect();
        let points = simplify_to(&ring, 0.8, 24);
        assert!((6..=24).contains(&points.len()), "{}", points.len());
    }

    proptest! {
        #[test]
        fn what_is_left_out_lies_within_the_tolerance(
            line in prop::collection::vec([-40.0..40.0_f64, -40.0..40.0_f64], 0..120),
            tolerance in 0.1..20.0_f64,
        ) {
            let points = simplify(&line, tolerance);
            prop_assert_eq!(points.first(), line.first());
            prop_assert_eq!(points.last(), line.last());
            // Every point lies near its own segment.
            let mut remaining_points = line.iter();
            for pair in points.windows(2) {
                for place in remaining_points.by_ref() {
                    prop_assert!(segment_distance(*place, pair[0], pair[1]) <= tolerance);
                    if place == &pair[1] {
                        break;
                    }
                }
            }
            prop_assert!(simplify_to(&line, tolerance, 8).len() <= 8);
        }
    }
}
