//! Interpolation between two latent points.

use serde::{Deserialize, Serialize};

use super::point::LatentPoint;

/// Relative error of a norm that is no more than rounding: coordinates are float32.
const NORM_TOLERANCE: f64 = 1e-6;

/// Kind of interpolation between two latent points.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Along the great circle: [`spherical`].
    #[default]
    Spherical,
    /// Along the straight line: [`linear`].
    Linear,
}

impl Interpolation {
    /// The point at parameter `t` from `a` (0) to `b` (1).
    #[must_use]
    pub fn interpolate(self, a: &LatentPoint, b: &LatentPoint, t: f64) -> LatentPoint {
        match self {
            Self::Spherical => spherical(a, b, t),
            Self::Linear => linear(a, b, t),
        }
    }
}

/// Linear interpolation at parameter `t` from `a` (0) to `b` (1).
///
/// In many dimensions the middle is much nearer the origin than the ends: see [`spherical`].
#[must_use]
pub fn linear(a: &LatentPoint, b: &LatentPoint, t: f64) -> LatentPoint {
    blend(a, b, 1.0 - t, t)
}

/// Spherical linear interpolation (Shoemake 1985, "slerp") at parameter `t` from `a` (0) to `b` (1).
///
/// Between ends of equal norm all points have that norm, where the prior has its mass. Shoemake's formula is for unit vectors;
/// used on points as they are, as the public implementations of MusicVAE do, its middle is far longer than both ends if these
/// have unequal norms and nearly opposite directions. There the norm is limited to that of the longer end; everywhere else the
/// result is theirs. For ends of the same or exactly opposite direction, or at the origin, the arc is undefined and the
/// interpolation linear.
#[must_use]
pub fn spherical(a: &LatentPoint, b: &LatentPoint, t: f64) -> LatentPoint {
    let norm_product = a.norm() * b.norm();
    if norm_product == 0.0 {
        return linear(a, b, t);
    }
    let pairs = a.as_slice().iter().zip(b.as_slice());
    let dot: f64 = pairs.map(|(x, y)| f64::from(*x) * f64::from(*y)).sum();
    let angle = (dot / norm_product).clamp(-1.0, 1.0).acos();
    let sine = angle.sin();
    if sine < 1e-6 {
        return linear(a, b, t);
    }
    let weight = |t: f64| (t * angle).sin() / sine;
    let (weight_a, weight_b) = (weight(1.0 - t), weight(t));
    let point = blend(a, b, weight_a, weight_b);
    let max_norm = a.norm().max(b.norm());
    if point.norm() <= max_norm * (1.0 + NORM_TOLERANCE) {
        return point;
    }
    let scale = max_norm / point.norm();
    blend(a, b, scale * weight_a, scale * weight_b)
}

/// The weighted sum of two points.
fn blend(a: &LatentPoint, b: &LatentPoint, weight_a: f64, weight_b: f64) -> LatentPoint {
    let pairs = a.as_slice().iter().zip(b.as_slice());
    LatentPoint::new(
        pairs
            .map(|(x, y)| (weight_a * f64::from(*x) + weight_b * f64::from(*y)) as f32)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// Ends and five steps of both kinds by the public MusicVAE implementations: magenta-js is linear, magenta in Python
    /// spherical.
    #[derive(serde::Deserialize)]
    struct Reference {
        from: Vec<f32>,
        to: Vec<f32>,
        linear: Vec<Vec<f32>>,
        spherical: Vec<Vec<f32>>,
    }

    fn point(coordinates: &[f32]) -> LatentPoint {
        LatentPoint::new(coordinates.to_vec())
    }

    #[test]
    fn five_steps_are_those_of_the_public_implementations() {
        let text = include_str!("../../tests/fixtures/latent/interpolation.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        let (a, b) = (point(&reference.from), point(&reference.to));
        for (kind, steps) in [
            (Interpolation::Linear, reference.linear),
            (Interpolation::Spherical, reference.spherical),
        ] {
            assert_eq!(steps.len(), 5);
            for (step, expected) in steps.into_iter().enumerate() {
                let point = kind.interpolate(&a, &b, step as f64 / 4.0);
                let distance = point.distance(&LatentPoint::new(expected));
                assert!(distance < 2e-5, "{kind:?}, step {step}: {distance}");
            }
        }
    }

    #[test]
    fn both_kinds_start_and_end_at_the_given_points() {
        let (a, b) = (point(&[1.0, 2.0, -1.0]), point(&[0.5, -2.0, 4.0]));
        for interpolate in [linear, spherical] {
            assert!(interpolate(&a, &b, 0.0).distance(&a) < 1e-6);
            assert!(interpolate(&a, &b, 1.0).distance(&b) < 1e-6);
        }
    }

    #[test]
    fn half_of_a_quarter_circle_is_at_forty_five_degrees_on_the_circle() {
        let (a, b) = (point(&[2.0, 0.0]), point(&[0.0, 2.0]));
        let middle = spherical(&a, &b, 0.5);
        let coordinate = 2.0_f32.sqrt();
        assert!(middle.distance(&point(&[coordinate, coordinate])) < 1e-6);
        assert!(linear(&a, &b, 0.5).distance(&point(&[1.0, 1.0])) < 1e-6);
    }

    /// A point at an angle in degrees.
    fn at_angle(norm: f64, degrees: f64) -> LatentPoint {
        let (sine, cosine) = degrees.to_radians().sin_cos();
        point(&[(norm * cosine) as f32, (norm * sine) as f32])
    }

    #[test]
    fn the_arc_between_nearly_opposite_ends_of_unequal_norm_is_not_longer_than_the_longer_end() {
        // At 170 degrees the formula for unit vectors gives the middle a norm of 5.9.
        for degrees in [170.0, 175.0, 179.9] {
            let (a, b) = (at_angle(1.0, 0.0), at_angle(2.0, degrees));
            for step in 0..=20 {
                let norm = spherical(&a, &b, f64::from(step) / 20.0).norm();
                assert!(norm <= 2.000_01, "{degrees}, {step}: {norm}");
            }
        }
        // Half-way between two norms at a right angle, as the public implementations: (1 + 4) / 2 is the square.
        let norm = spherical(&at_angle(1.0, 0.0), &at_angle(2.0, 90.0), 0.5).norm();
        assert!((norm - 2.5_f64.sqrt()).abs() < 1e-6, "{norm}");
    }

    #[test]
    fn between_ends_of_equal_norm_every_point_has_that_norm() {
        for degrees in [5.0, 90.0, 150.0, 179.0] {
            let (a, b) = (at_angle(3.0, 20.0), at_angle(3.0, 20.0 + degrees));
            for step in 0..=20 {
                let t = f64::from(step) / 20.0;
                let expected = at_angle(3.0, 20.0 + t * degrees);
                let distance = spherical(&a, &b, t).distance(&expected);
                assert!(distance < 2e-4, "{degrees}, {t}: {distance}");
            }
        }
    }

    #[test]
    fn interpolation_between_opposite_points_and_from_the_origin_is_linear() {
        let (a, b) = (point(&[1.0, 0.0]), point(&[-1.0, 0.0]));
        assert!(spherical(&a, &b, 0.5).norm() < 1e-6);
        let origin = point(&[0.0, 0.0]);
        assert!((spherical(&origin, &a, 0.5).norm() - 0.5).abs() < 1e-6);
    }
}
