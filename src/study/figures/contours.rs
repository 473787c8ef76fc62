//! Filled contours of values at scattered points, linear in each Delaunay triangle.

use super::delaunay::triangles;

/// A point with a value.
type ValuedPoint = (f64, f64, f64);

/// The polygons of each band between neighbouring `levels`. The lowest band includes all values below, the highest all
/// above.
pub(super) fn bands(
    points: &[(f64, f64)],
    values: &[f64],
    levels: &[f64],
) -> Vec<Vec<Vec<(f64, f64)>>> {
    let found = triangles(points);
    let count = levels.len().saturating_sub(1);
    (0..count)
        .map(|band| {
            let low = if band == 0 {
                f64::NEG_INFINITY
            } else {
                levels[band]
            };
            let high = if band + 1 == count {
                f64::INFINITY
            } else {
                levels[band + 1]
            };
            found
                .iter()
                .filter_map(|corners| {
                    let triangle: Vec<ValuedPoint> = corners
                        .iter()
                        .map(|k| (points[*k].0, points[*k].1, values[*k]))
                        .collect();
                    let above = clip_polygon(&triangle, |value| value - low);
                    let between = clip_polygon(&above, |value| high - value);
                    (between.len() > 2).then(|| between.iter().map(|p| (p.0, p.1)).collect())
                })
                .collect()
        })
        .collect()
}

/// The part of a convex polygon where `side` of the value is not below 0 (Sutherland and Hodgman 1974).
fn clip_polygon(shape: &[ValuedPoint], side: impl Fn(f64) -> f64) -> Vec<ValuedPoint> {
    let mut kept = Vec::with_capacity(shape.len() + 1);
    for (k, here) in shape.iter().enumerate() {
        let next = shape[(k + 1) % shape.len()];
        let (a, b) = (side(here.2), side(next.2));
        if a >= 0.0 {
            kept.push(*here);
        }
        if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
            let t = a / (a - b);
            let mix = |from: f64, to: f64| from + (to - from) * t;
            kept.push((
                mix(here.0, next.0),
                mix(here.1, next.1),
                mix(here.2, next.2),
            ));
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(shape: &[(f64, f64)]) -> f64 {
        let pairs = shape.iter().zip(shape.iter().cycle().skip(1));
        pairs.map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum::<f64>().abs() / 2.0
    }

    #[test]
    fn the_bands_of_a_plane_that_rises_have_the_areas_of_its_strips() {
        let points = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0), (1.7, 0.9)];
        let values: Vec<f64> = points.iter().map(|p| p.0).collect();
        let bands = bands(&points, &values, &[0.0, 1.0, 2.5, 4.0]);
        let areas: Vec<f64> = bands
            .iter()
            .map(|band| band.iter().map(|s| area(s)).sum())
            .collect();
        for (found, expected) in areas.iter().zip([2.0, 3.0, 3.0]) {
            assert!((found - expected).abs() < 1e-9, "{areas:?}");
        }
    }
}
