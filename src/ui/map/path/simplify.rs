//! From a line drawn by hand to the handful of points that it means.

use crate::ui::curve::distance;

/// Points of the line such that none of the rest is farther than `tolerance` from the straight lines between them; the
/// ends stay (Ramer 1972, Douglas and Peucker 1973). If that leaves more than `most`, the tolerance grows until it does not.
pub fn handful(line: &[[f64; 2]], tolerance: f64, most: usize) -> Vec<[f64; 2]> {
    let mut tolerance = tolerance.max(f64::MIN_POSITIVE);
    loop {
        let points = simplify(line, tolerance);
        if points.len() <= most.max(2) {
            return points;
        }
        tolerance *= 1.3;
    }
}

fn simplify(line: &[[f64; 2]], tolerance: f64) -> Vec<[f64; 2]> {
    if line.len() < 3 {
        return line.to_vec();
    }
    let mut stays = vec![false; line.len()];
    stays[0] = true;
    stays[line.len() - 1] = true;
    // A stack, not recursion: a line may have many thousand places.
    let mut open = vec![(0, line.len() - 1)];
    while let Some((first, last)) = open.pop() {
        let farthest = (first + 1..last)
            .map(|index| (index, off(line[index], line[first], line[last])))
            .max_by(|a, b| a.1.total_cmp(&b.1));
        if let Some((index, away)) = farthest
            && away > tolerance
        {
            stays[index] = true;
            open.extend([(first, index), (index, last)]);
        }
    }
    let kept = line.iter().zip(stays).filter(|(_, stays)| *stays);
    kept.map(|(place, _)| *place).collect()
}

/// How far a place is from the straight line between two others.
fn off(place: [f64; 2], from: [f64; 2], to: [f64; 2]) -> f64 {
    let step = [to[0] - from[0], to[1] - from[1]];
    let square = step[0] * step[0] + step[1] * step[1];
    if square <= 0.0 {
        return distance(place, from);
    }
    let along = ((place[0] - from[0]) * step[0] + (place[1] - from[1]) * step[1]) / square;
    let foot = [0, 1].map(|axis| from[axis] + along.clamp(0.0, 1.0) * step[axis]);
    distance(place, foot)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_straight_line_is_its_ends_and_a_corner_stays() {
        let straight: Vec<[f64; 2]> = (0..50)
            .map(|k| [f64::from(k), 0.5 * f64::from(k)])
            .collect();
        assert_eq!(handful(&straight, 0.1, 20), [[0.0, 0.0], [49.0, 24.5]]);
        let mut corner: Vec<[f64; 2]> = (0..=10).map(|k| [f64::from(k), 0.0]).collect();
        corner.extend((1..=10).map(|k| [10.0, f64::from(k)]));
        assert_eq!(
            handful(&corner, 0.1, 20),
            [[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]]
        );
    }

    #[test]
    fn a_ring_is_no_point() {
        let ring: Vec<[f64; 2]> = (0..=100)
            .map(|k| {
                let angle = f64::from(k) * std::f64::consts::TAU / 100.0;
                [10.0 * angle.cos(), 10.0 * angle.sin()]
            })
            .collect();
        let points = handful(&ring, 0.8, 24);
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
            // Every place lies near the piece of the points it belongs to.
            let mut rest = line.iter();
            for pair in points.windows(2) {
                for place in rest.by_ref() {
                    prop_assert!(off(*place, pair[0], pair[1]) <= tolerance);
                    if place == &pair[1] {
                        break;
                    }
                }
            }
            prop_assert!(handful(&line, tolerance, 8).len() <= 8);
        }
    }
}
