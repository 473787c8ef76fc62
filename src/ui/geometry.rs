//! Small calculations with positions on the map, and the easing of animations.

/// The position between `a` and `b` at parameter `t`, 0 to 1.
pub fn lerp(a: [f64; 2], b: [f64; 2], t: f64) -> [f64; 2] {
    [0, 1].map(|axis| a[axis] + t * (b[axis] - a[axis]))
}

/// Euclidean distance.
pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The position nearest to `to` on the line segment from `a` to `b`, as a parameter from 0 to 1.
pub fn project(to: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let step = [b[0] - a[0], b[1] - a[1]];
    let square = step[0] * step[0] + step[1] * step[1];
    if square <= 0.0 {
        return 0.0;
    }
    (((to[0] - a[0]) * step[0] + (to[1] - a[1]) * step[1]) / square).clamp(0.0, 1.0)
}

/// Progress of an animation that ends gently, at a fraction of its duration: cubic, from 0 at 0 to 1 at 1.
pub fn ease_out(t: f32) -> f32 {
    1.0 - (1.0 - t.clamp(0.0, 1.0)).powi(3)
}
