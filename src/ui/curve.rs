//! A smooth curve through points of the map.

use crate::ui::geometry::{distance, lerp, project};

/// Number of straight pieces that a segment is divided into for drawing and measuring.
const PIECES_PER_SEGMENT: usize = 24;

/// A curve through points, in order: centripetal Catmull-Rom, which has neither loops nor cusps between two of its
/// points (Yuksel, Schaefer and Keyser 2011). The parameter of a position on it is the index of the point before it plus the
/// fraction to the next: 2.5 is half-way between the third point and the fourth.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    points: Vec<[f64; 2]>,
    closed: bool,
}

/// The point of a curve that is nearest to a given position.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct NearestPoint {
    /// Parameter of the curve there.
    pub parameter: f64,
    /// Its position.
    pub position: [f64; 2],
    /// Distance from the other position.
    pub distance: f64,
}

impl Curve {
    /// The curve through these points; a closed one returns to the first.
    pub fn new(points: Vec<[f64; 2]>, closed: bool) -> Self {
        let closed = closed && points.len() > 2;
        Self { points, closed }
    }

    /// The points.
    pub fn points(&self) -> &[[f64; 2]] {
        &self.points
    }

    /// Number of segments between points.
    pub fn segments(&self) -> usize {
        let open_segments = self.points.len().saturating_sub(1);
        open_segments + usize::from(self.closed)
    }

    /// The position at a parameter from 0 to the number of segments; the origin if there are no points.
    pub fn position(&self, parameter: f64) -> [f64; 2] {
        let segments = self.segments();
        if segments == 0 {
            return self.points.first().copied().unwrap_or_default();
        }
        let parameter = parameter.clamp(0.0, segments as f64);
        let segment = (parameter as usize).min(segments - 1);
        let [a, b, c, d] = self.control_points(segment);
        interpolate(a, b, c, d, parameter - segment as f64)
    }

    /// The point before a segment, its ends, and the point after it. Beyond an open end, the mirror image of the other end.
    fn control_points(&self, segment: usize) -> [[f64; 2]; 4] {
        let count = self.points.len();
        let point_at = |index: usize| {
            self.points
                .get(index % count.max(1))
                .copied()
                .unwrap_or_default()
        };
        let (b, c) = (point_at(segment), point_at(segment + 1));
        let mirror =
            |centre: [f64; 2], other: [f64; 2]| [0, 1].map(|axis| 2.0 * centre[axis] - other[axis]);
        let a = match segment.checked_sub(1) {
            Some(before) => point_at(before),
            None if self.closed => point_at(count - 1),
            None => mirror(b, c),
        };
        let d = if self.closed || segment + 2 < count {
            point_at(segment + 2)
        } else {
            mirror(c, b)
        };
        [a, b, c, d]
    }

    /// A polyline along it, fine enough to draw.
    pub fn polyline(&self) -> Vec<[f64; 2]> {
        let piece_count = self.segments() * PIECES_PER_SEGMENT;
        (0..=piece_count)
            .map(|piece| self.position(piece as f64 / PIECES_PER_SEGMENT as f64))
            .collect()
    }

    /// Length of a segment.
    pub fn length(&self, segment: usize) -> f64 {
        let piece_end =
            |piece: usize| self.position(segment as f64 + piece as f64 / PIECES_PER_SEGMENT as f64);
        (0..PIECES_PER_SEGMENT)
            .map(|piece| distance(piece_end(piece), piece_end(piece + 1)))
            .sum()
    }

    /// The point of the curve that is nearest to `target`; `None` for a curve without points. With a `previous` parameter, the
    /// distance along the curve from there adds a penalty, so that a drag stays on its branch where the curve crosses itself.
    pub fn nearest(&self, target: [f64; 2], previous: Option<f64>) -> Option<NearestPoint> {
        let first = *self.points.first()?;
        let polyline = self.polyline();
        let mut best = NearestPoint {
            parameter: 0.0,
            position: first,
            distance: distance(first, target),
        };
        let mut arc_lengths = vec![0.0];
        for pair in polyline.windows(2) {
            arc_lengths
                .push(arc_lengths.last().copied().unwrap_or(0.0) + distance(pair[0], pair[1]));
        }
        let total = arc_lengths.last().copied().unwrap_or(0.0);
        let previous_arc_length = previous.map(|parameter| {
            let piece = (parameter * PIECES_PER_SEGMENT as f64).round().max(0.0) as usize;
            arc_lengths.get(piece).copied().unwrap_or(total)
        });
        let penalty = |piece: usize| match previous_arc_length {
            Some(previous_arc_length) => {
                let arc_distance = (arc_lengths[piece] - previous_arc_length).abs();
                BRANCH_PENALTY
                    * if self.closed {
                        arc_distance.min(total - arc_distance)
                    } else {
                        arc_distance
                    }
            }
            None => 0.0,
        };
        let mut cost = best.distance + penalty(0);
        for (piece, pair) in polyline.windows(2).enumerate() {
            let t = project(target, pair[0], pair[1]);
            let position = lerp(pair[0], pair[1], t);
            let distance_to_target = distance(position, target);
            let candidate_cost =
                distance_to_target + penalty(piece) + t * (penalty(piece + 1) - penalty(piece));
            if candidate_cost < cost {
                cost = candidate_cost;
                best = NearestPoint {
                    parameter: (piece as f64 + t) / PIECES_PER_SEGMENT as f64,
                    position,
                    distance: distance_to_target,
                };
            }
        }
        Some(best)
    }
}

/// Weight of the distance along the curve relative to the straight distance.
const BRANCH_PENALTY: f64 = 0.1;

/// The position at parameter `t` between `b` and `c`, with `a` before and `d` after: Barry and Goldman's pyramid (1988) with
/// knots at the square roots of the distances.
fn interpolate(a: [f64; 2], b: [f64; 2], c: [f64; 2], d: [f64; 2], t: f64) -> [f64; 2] {
    let middle_interval = distance(b, c).sqrt();
    if middle_interval <= f64::MIN_POSITIVE {
        return b;
    }
    // Coinciding points have no direction.
    let knot_interval = |length: f64| {
        if length > 1e-9 * middle_interval {
            length
        } else {
            middle_interval
        }
    };
    let (interval_before, interval_after) = (
        knot_interval(distance(a, b).sqrt()),
        knot_interval(distance(c, d).sqrt()),
    );
    let knots = [
        0.0,
        interval_before,
        interval_before + middle_interval,
        interval_before + middle_interval + interval_after,
    ];
    let parameter = knots[1] + t * middle_interval;
    let interpolate_between =
        |p: [f64; 2], q: [f64; 2], from: f64, to: f64| lerp(p, q, (parameter - from) / (to - from));
    let first = interpolate_between(a, b, knots[0], knots[1]);
    let second = interpolate_between(b, c, knots[1], knots[2]);
    let third = interpolate_between(c, d, knots[2], knots[3]);
    let left = interpolate_between(first, second, knots[0], knots[2]);
    let right = interpolate_between(second, third, knots[1], knots[3]);
    interpolate_between(left, right, knots[1], knots[2])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;

    fn point_lists() -> impl Strategy<Value = Vec<[f64; 2]>> {
        let coordinate = prop_oneof![4 => -50.0..50.0_f64, 1 => Just(0.0)];
        prop::collection::vec([coordinate.clone(), coordinate], 1..12)
    }

    proptest! {
        #[test]
        fn it_leads_through_all_its_points_without_a_gap(points in point_lists(), closed in any::<bool>()) {
            let curve = Curve::new(points.clone(), closed);
            for (index, point) in points.iter().enumerate() {
                prop_assert!(distance(curve.position(index as f64), *point) < 1e-9);
            }
            if curve.segments() == points.len() {
                prop_assert!(distance(curve.position(points.len() as f64), points[0]) < 1e-9);
            }
            let polyline = curve.polyline();
            let total_length: f64 = (0..curve.segments()).map(|segment| curve.length(segment)).sum();
            let polyline_length: f64 = polyline.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
            prop_assert!(polyline.iter().flatten().all(|x| x.is_finite()));
            prop_assert!((total_length - polyline_length).abs() <= 1e-9 * (1.0 + total_length));
            // A segment is longer than its chord, and centripetal knots keep it near.
            for (segment, pair) in points.windows(2).enumerate() {
                let chord = distance(pair[0], pair[1]);
                prop_assert!(curve.length(segment) >= chord - 1e-9);
                let positions = (0..=20).map(|k| curve.position(segment as f64 + f64::from(k) / 20.0));
                for position in positions {
                    prop_assert!(distance(position, pair[0]) <= 1.5 * chord + 1e-9);
                }
            }
        }

        #[test]
        fn the_nearest_position_is_on_the_curve_and_no_other_is_nearer(
            points in point_lists(), closed in any::<bool>(), target in [-80.0..80.0_f64, -80.0..80.0_f64],
        ) {
            let curve = Curve::new(points, closed);
            let nearest = curve.nearest(target, None).unwrap();
            prop_assert!(distance(nearest.position, target) - nearest.distance < 1e-9);
            // The curve bends a little between two points of the polyline.
            let longest = curve.polyline().windows(2).map(|p| distance(p[0], p[1])).fold(0.0, f64::max);
            prop_assert!(distance(curve.position(nearest.parameter), nearest.position) <= longest + 1e-9);
            for position in curve.polyline() {
                prop_assert!(distance(position, target) >= nearest.distance - 1e-9);
            }
        }
    }

    #[test]
    fn between_points_of_a_circle_it_stays_near_the_circle() {
        let points = (0..12).map(|k| {
            let angle = f64::from(k) * std::f64::consts::TAU / 12.0;
            [angle.cos(), angle.sin()]
        });
        let curve = Curve::new(points.collect(), true);
        for position in curve.polyline() {
            assert!(
                (position[0].hypot(position[1]) - 1.0).abs() < 0.002,
                "{position:?}"
            );
        }
        let length: f64 = (0..12).map(|segment| curve.length(segment)).sum();
        assert!((length - std::f64::consts::TAU).abs() < 0.01, "{length}");
    }

    #[test]
    fn two_points_are_joined_straight_and_one_is_a_position() {
        let curve = Curve::new(vec![[0.0, 0.0], [4.0, 2.0]], true);
        assert_eq!(curve.segments(), 1);
        assert!(distance(curve.position(0.25), [1.0, 0.5]) < 1e-12);
        let single_point = Curve::new(vec![[3.0, 1.0]], false);
        assert_eq!(
            (single_point.segments(), single_point.position(0.7)),
            (0, [3.0, 1.0])
        );
        assert_eq!(Curve::new(Vec::new(), false).nearest([0.0; 2], None), None);
    }

    #[test]
    fn a_drag_at_a_crossing_stays_on_its_branch() {
        // A figure of eight's crossing, reached along its second half.
        let curve = Curve::new(
            vec![[-10.0, -10.0], [10.0, 10.0], [10.0, -10.0], [-10.0, 10.0]],
            false,
        );
        let crossing = [0.1, 0.1];
        let free = curve.nearest(crossing, None).unwrap();
        let on_branch = curve.nearest(crossing, Some(2.4)).unwrap();
        assert!(free.parameter < 1.0, "{free:?}");
        assert!(on_branch.parameter > 2.0, "{on_branch:?}");
    }
}
