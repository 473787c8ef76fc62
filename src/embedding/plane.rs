//! Points of the plane.

/// Square of the distance between two points.
pub(super) fn squared_distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2)
}

/// Distance between two points.
pub(super) fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// Moves the points so that their mean is the origin.
pub(super) fn centre(points: &mut [[f64; 2]]) {
    let n = points.len().max(1) as f64;
    for axis in 0..2 {
        let mean = points.iter().map(|p| p[axis]).sum::<f64>() / n;
        for point in points.iter_mut() {
            point[axis] -= mean;
        }
    }
}

/// Moves point number `index` by `length`. The directions turn by the golden angle, so points that coincide are separated.
pub(super) fn jitter(point: [f64; 2], index: usize, length: f64) -> [f64; 2] {
    let angle = index as f64 * 2.399_963_229_728_653;
    [
        point[0] + length * angle.cos(),
        point[1] + length * angle.sin(),
    ]
}
