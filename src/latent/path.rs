//! Ways from one latent point to another.

use serde::{Deserialize, Serialize};

use super::LatentPoint;

/// Which way from one latent point to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Interpolation {
    /// Along the great arc: [`spherical`].
    #[default]
    Spherical,
    /// Straight: [`linear`].
    Linear,
}

impl Interpolation {
    /// The point a share `t` of this way from `a` to `b`.
    #[must_use]
    pub fn at(self, a: &LatentPoint, b: &LatentPoint, t: f64) -> LatentPoint {
        match self {
            Self::Spherical => spherical(a, b, t),
            Self::Linear => linear(a, b, t),
        }
    }
}

/// The point a share `t` of the straight way from `a` to `b`.
///
/// In many dimensions the middle of the way is much nearer the origin than its ends: see [`spherical`].
#[must_use]
pub fn linear(a: &LatentPoint, b: &LatentPoint, t: f64) -> LatentPoint {
    blend(a, b, 1.0 - t, t)
}

/// The point a share `t` of the way from `a` to `b` along the great arc (Shoemake 1985, "slerp").
///
/// Keeps the points as far from the origin as the ends are, where the prior has its mass. Where the ends point
/// the same way, exactly opposite ways, or one is the origin, there is no single arc and the way is straight.
#[must_use]
pub fn spherical(a: &LatentPoint, b: &LatentPoint, t: f64) -> LatentPoint {
    let lengths = a.norm() * b.norm();
    if lengths == 0.0 {
        return linear(a, b, t);
    }
    let dot: f64 = a
        .as_slice()
        .iter()
        .zip(b.as_slice())
        .map(|(x, y)| f64::from(*x) * f64::from(*y))
        .sum();
    let angle = (dot / lengths).clamp(-1.0, 1.0).acos();
    let sine = angle.sin();
    if sine < 1e-6 {
        return linear(a, b, t);
    }
    blend(
        a,
        b,
        ((1.0 - t) * angle).sin() / sine,
        (t * angle).sin() / sine,
    )
}

fn blend(a: &LatentPoint, b: &LatentPoint, of_a: f64, of_b: f64) -> LatentPoint {
    let pairs = a.as_slice().iter().zip(b.as_slice());
    LatentPoint::new(
        pairs
            .map(|(x, y)| (of_a * f64::from(*x) + of_b * f64::from(*y)) as f32)
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// Ends and five steps of both ways, made by the public MusicVAE implementations: magenta-js goes straight,
    /// magenta in Python along the arc.
    #[derive(serde::Deserialize)]
    struct Reference {
        from: Vec<f32>,
        to: Vec<f32>,
        linear: Vec<Vec<f32>>,
        spherical: Vec<Vec<f32>>,
    }

    #[test]
    fn five_steps_are_those_of_the_public_implementations() {
        let text = include_str!("../../tests/fixtures/latent/interpolation.json");
        let reference: Reference = serde_json::from_str(text).unwrap();
        let (a, b) = (
            LatentPoint::new(reference.from),
            LatentPoint::new(reference.to),
        );
        for (way, steps) in [
            (Interpolation::Linear, reference.linear),
            (Interpolation::Spherical, reference.spherical),
        ] {
            assert_eq!(steps.len(), 5);
            for (step, wanted) in steps.into_iter().enumerate() {
                let found = way.at(&a, &b, step as f64 / 4.0);
                let distance = found.distance(&LatentPoint::new(wanted));
                assert!(distance < 2e-5, "{way:?}, step {step}: {distance}");
            }
        }
    }

    #[test]
    fn both_ways_begin_and_end_at_their_ends() {
        let (a, b) = (
            LatentPoint::new(vec![1.0, 2.0, -1.0]),
            LatentPoint::new(vec![0.5, -2.0, 4.0]),
        );
        for way in [linear, spherical] {
            assert!(way(&a, &b, 0.0).distance(&a) < 1e-6);
            assert!(way(&a, &b, 1.0).distance(&b) < 1e-6);
        }
    }

    #[test]
    fn half_of_a_quarter_circle_is_at_forty_five_degrees_on_the_circle() {
        let (a, b) = (
            LatentPoint::new(vec![2.0, 0.0]),
            LatentPoint::new(vec![0.0, 2.0]),
        );
        let middle = spherical(&a, &b, 0.5);
        let side = 2.0_f32.sqrt();
        assert!(middle.distance(&LatentPoint::new(vec![side, side])) < 1e-6);
        assert!(linear(&a, &b, 0.5).distance(&LatentPoint::new(vec![1.0, 1.0])) < 1e-6);
    }

    #[test]
    fn opposite_points_and_the_origin_have_a_straight_way() {
        let (a, b) = (
            LatentPoint::new(vec![1.0, 0.0]),
            LatentPoint::new(vec![-1.0, 0.0]),
        );
        assert!(spherical(&a, &b, 0.5).norm() < 1e-6);
        let origin = LatentPoint::new(vec![0.0, 0.0]);
        assert!((spherical(&origin, &a, 0.5).norm() - 0.5).abs() < 1e-6);
    }
}
