//! Small calculations with positions on the map and the screen, and the easing of animations.

use eframe::egui::Pos2;

/// The position between `a` and `b` at parameter `t`, 0 to 1.
pub fn lerp(a: [f64; 2], b: [f64; 2], t: f64) -> [f64; 2] {
    [0, 1].map(|axis| a[axis] + t * (b[axis] - a[axis]))
}

/// Euclidean distance.
pub fn distance(a: [f64; 2], b: [f64; 2]) -> f64 {
    (a[0] - b[0]).hypot(a[1] - b[1])
}

/// The point nearest to `position` on the line segment from `a` to `b`, as a parameter from 0 to 1.
pub fn project(position: [f64; 2], a: [f64; 2], b: [f64; 2]) -> f64 {
    let direction = [b[0] - a[0], b[1] - a[1]];
    let length_squared = direction[0] * direction[0] + direction[1] * direction[1];
    if length_squared <= 0.0 {
        return 0.0;
    }
    (((position[0] - a[0]) * direction[0] + (position[1] - a[1]) * direction[1]) / length_squared)
        .clamp(0.0, 1.0)
}

/// Progress of an animation that ends gently, at a fraction of its duration: cubic, from 0 at 0 to 1 at 1.
pub fn ease_out(t: f32) -> f32 {
    1.0 - (1.0 - t.clamp(0.0, 1.0)).powi(3)
}

/// Whether a closed line encloses a position: a ray from there crosses it an odd number of times.
pub fn encloses(line: &[Pos2], position: Pos2) -> bool {
    let Some(mut start) = line.last() else {
        return false;
    };
    let mut is_inside = false;
    for end in line {
        if (start.y > position.y) != (end.y > position.y) {
            let crossing_x =
                start.x + (position.y - start.y) / (end.y - start.y) * (end.x - start.x);
            is_inside ^= position.x < crossing_x;
        }
        start = end;
    }
    is_inside
}

#[cfg(test)]
mod tests {
    use eframe::egui::pos2;

    use super::*;

    #[test]
    fn a_line_encloses_what_is_in_its_bays_and_not_what_is_between_them() {
        // A U: two arms, open at the top.
        let line = [
            (0, 0),
            (2, 0),
            (2, 8),
            (8, 8),
            (8, 0),
            (10, 0),
            (10, 10),
            (0, 10),
        ];
        let line = line.map(|(x, y)| pos2(x as f32, y as f32));
        for (x, y, inside) in [
            (1.0, 1.0, true),
            (5.0, 1.0, false),
            (5.0, 9.0, true),
            (9.0, 5.0, true),
            (-1.0, 5.0, false),
            (11.0, 5.0, false),
        ] {
            assert_eq!(encloses(&line, pos2(x, y)), inside, "{x} {y}");
        }
        assert!(!encloses(&[], pos2(0.0, 0.0)));
        assert!(!encloses(&line[..1], pos2(0.0, 0.0)));
    }
}
