//! Delaunay triangulation of a few thousand points of a plane.

/// The triangles of the Delaunay triangulation, as indices of their corners, by the Bowyer-Watson algorithm (both 1981).
///
/// Empty for fewer than three points or points on one line.
pub(super) fn delaunay_triangles(points: &[(f64, f64)]) -> Vec<[usize; 3]> {
    let n = points.len();
    if n < 3 {
        return Vec::new();
    }
    let (mut low, mut high) = (points[0], points[0]);
    for (x, y) in points {
        low = (low.0.min(*x), low.1.min(*y));
        high = (high.0.max(*x), high.1.max(*y));
    }
    let size = (high.0 - low.0).max(high.1 - low.1).max(1e-300);
    // Scaled to unit size, so that tolerances are the same for all maps.
    let mut scaled_points: Vec<(f64, f64)> = points
        .iter()
        .map(|(x, y)| ((x - low.0) / size, (y - low.1) / size))
        .collect();
    // The corners of a triangle that contains all points.
    scaled_points.extend([(-1e4, -9e3), (1e4, -9e3), (0.5, 1.8e4)]);
    let mut triangles = vec![[n, n + 1, n + 2]];
    for point_index in 0..n {
        let mut edges: Vec<(usize, usize)> = Vec::new();
        triangles.retain(|corners| {
            let is_inside = in_circle(
                corners.map(|corner| scaled_points[corner]),
                scaled_points[point_index],
            );
            if is_inside {
                for k in 0..3 {
                    let (a, b) = (corners[k], corners[(k + 1) % 3]);
                    // An edge that two removed triangles share, in opposite directions, lies inside the hole.
                    match edges.iter().position(|edge| *edge == (b, a)) {
                        Some(shared) => drop(edges.swap_remove(shared)),
                        None => edges.push((a, b)),
                    }
                }
            }
            !is_inside
        });
        for (a, b) in edges {
            if twice_area([
                scaled_points[a],
                scaled_points[b],
                scaled_points[point_index],
            ]) > 1e-14
            {
                triangles.push([a, b, point_index]);
            }
        }
    }
    triangles.retain(|corners| corners.iter().all(|corner| *corner < n));
    triangles
}

/// Twice the area of a triangle, above 0 if its corners are in counter-clockwise order.
fn twice_area([a, b, c]: [(f64, f64); 3]) -> f64 {
    (b.0 - a.0) * (c.1 - a.1) - (b.1 - a.1) * (c.0 - a.0)
}

/// Whether a point lies inside the circle through the corners of a counter-clockwise triangle.
fn in_circle(corners: [(f64, f64); 3], point: (f64, f64)) -> bool {
    let [a, b, c] = corners.map(|corner| {
        let (x, y) = (corner.0 - point.0, corner.1 - point.1);
        (x, y, x * x + y * y)
    });
    let determinant = a.0 * (b.1 * c.2 - c.1 * b.2) - a.1 * (b.0 * c.2 - c.0 * b.2)
        + a.2 * (b.0 * c.1 - c.0 * b.1);
    determinant > 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_triangles_cover_the_hull_and_no_circle_holds_another_point() {
        let points: Vec<(f64, f64)> = (0..60)
            .map(|k| {
                let k = f64::from(k);
                (
                    (k * 0.618).fract() * 9.0,
                    (k * 0.414 + 0.01 * k * k).fract() * 4.0,
                )
            })
            .collect();
        let triangles = delaunay_triangles(&points);
        for corners in &triangles {
            let corner_points = corners.map(|corner| points[corner]);
            for (point_index, point) in points.iter().enumerate() {
                assert!(corners.contains(&point_index) || !in_circle(corner_points, *point));
            }
        }
        let area: f64 = triangles
            .iter()
            .map(|c| twice_area(c.map(|k| points[k])) / 2.0)
            .sum();
        // SciPy 1.17.1: len(Delaunay(points).simplices), ConvexHull(points).volume
        assert_eq!(triangles.len(), 110);
        assert!((area - 30.4884).abs() < 1e-9, "{area}");
    }

    #[test]
    fn points_on_a_line_have_no_triangles() {
        assert!(delaunay_triangles(&[(0.0, 0.0), (1.0, 1.0)]).is_empty());
        let line: Vec<(f64, f64)> = (0..5).map(|k| (f64::from(k), 0.0)).collect();
        assert!(delaunay_triangles(&line).is_empty());
    }
}
