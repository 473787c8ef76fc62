//! Filled contours of values at scattered points, linear in each Delaunay triangle.

use super::delaunay::delaunay_triangles;

/// A point with a value.
type ValuedPoint = (f64, f64, f64);

/// The polygons of each band between neighbouring `levels`. The lowest band includes all lower values, the highest all higher
/// ones.
pub(super) fn contour_bands(
    points: &[(f64, f64)],
    values: &[f64],
    levels: &[f64],
) -> Vec<Vec<Vec<(f64, f64)>>> {
    let triangles = delaunay_triangles(points);
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
            triangles
                .iter()
                .filter_map(|corners| {
                    let triangle: Vec<ValuedPoint> = corners
                        .iter()
                        .map(|k| (points[*k].0, points[*k].1, values[*k]))
                        .collect();
                    let above_low = clip_polygon(&triangle, |value| value - low);
                    let in_band = clip_polygon(&above_low, |value| high - value);
                    (in_band.len() > 2).then(|| in_band.iter().map(|p| (p.0, p.1)).collect())
                })
                .collect()
        })
        .collect()
}

/// The part of a convex polygon where `signed_distance` of the value is at least 0 (Sutherland and Hodgman 1974).
fn clip_polygon(shape: &[ValuedPoint], signed_distance: impl Fn(f64) -> f64) -> Vec<ValuedPoint> {
    let mut clipped = Vec::with_capacity(shape.len() + 1);
    for (k, current) in shape.iter().enumerate() {
        let next = shape[(k + 1) % shape.len()];
        let (a, b) = (signed_distance(current.2), signed_distance(next.2));
        if a >= 0.0 {
            clipped.push(*current);
        }
        if (a > 0.0 && b < 0.0) || (a < 0.0 && b > 0.0) {
            let t = a / (a - b);
            let interpolate = |from: f64, to: f64| from + (to - from) * t;
            clipped.push((
                interpolate(current.0, next.0),
                interpolate(current.1, next.1),
                interpolate(current.2, next.2),
            ));
        }
    }
    clipped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn area(shape: &[(f64, f64)]) -> f64 {
        let pairs = shape.iter().zip(shape.iter().cycle().skip(1));
        pairs.map(|(a, b)| a.0 * b.1 - a.1 * b.0).sum::<f64>().abs() / 2.0
    }

    #[test]
    fn the_bands_of_an_inclined_plane_have_the_areas_of_its_strips() {
        let points = [(0.0, 0.0), (4.0, 0.0), (4.0, 2.0), (0.0, 2.0), (1.7, 0.9)];
        let values: Vec<f64> = points.iter().map(|p| p.0).collect();
        let bands = contour_bands(&points, &values, &[0.0, 1.0, 2.5, 4.0]);
        let areas: Vec<f64> = bands
            .iter()
            .map(|band| band.iter().map(|s| area(s)).sum())
            .collect();
        for (area, expected) in areas.iter().zip([2.0, 3.0, 3.0]) {
            assert!((area - expected).abs() < 1e-9, "{areas:?}");
        }
    }
}
