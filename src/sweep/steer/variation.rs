//! New latent points from good ones, the variation operators of an evolution strategy: Gauss-Newton steps, recombination of
//! two parents and mutation.

use super::candidate::Candidate;
use super::directions::Directions;
use super::request::SteerRequest;
use crate::attributes::AttributeRow;
use crate::latent::{LatentPoint, prior_point};

/// Standard deviations of a mutation, in turn.
const MUTATION_DEVIATIONS: [f64; 4] = [0.08, 0.16, 0.28, 0.45];
/// Fractions of a Gauss-Newton step, in turn.
const STEP_FRACTIONS: [f64; 3] = [1.0, 0.6, 1.4];

/// The input from which the candidates of a round are generated.
pub(super) struct Variation<'a> {
    pub request: &'a SteerRequest,
    pub directions: Option<&'a Directions>,
    /// Dimensions of the latent space.
    pub dimensions: usize,
    /// The best candidates so far, best first.
    pub parents: &'a [Candidate],
    /// Factor of [`MUTATION_DEVIATIONS`].
    pub spread: f64,
    pub is_first_round: bool,
}

impl Variation<'_> {
    /// The latent point of candidate `number` of the request. It depends on earlier candidates only through the parents.
    pub fn offspring(&self, number: u64) -> LatentPoint {
        let k = number as usize;
        let cycle = k / 4;
        let fraction = STEP_FRACTIONS[cycle % STEP_FRACTIONS.len()];
        let spread =
            (self.spread * MUTATION_DEVIATIONS[cycle % MUTATION_DEVIATIONS.len()]).min(1.0);
        let source = self.request.source();
        // With a source, all candidates of the first round and half of the later ones start from it.
        if let Some(source) = source.filter(|_| self.is_first_round || k % 2 == 1) {
            let row = AttributeRow::measure(&source.melody);
            let stepped = self.stepped(&source.latent, &row, fraction);
            return self.mutated(&stepped, spread, number);
        }
        let Some(parent) = self.parents.get(k % self.parents.len().max(1)) else {
            return prior_point(self.dimensions, self.request.seed, number);
        };
        let start = match k % 4 {
            2 => {
                let other = (7 * k + cycle + 1) % self.parents.len();
                midpoint(&parent.latent, &self.parents[other].latent)
            }
            3 => parent.latent.clone(),
            _ => self.stepped(&parent.latent, &parent.attributes, fraction),
        };
        self.mutated(&start, spread, number)
    }

    /// A point with these attributes, moved by a fraction of the step to the goals.
    fn stepped(&self, point: &LatentPoint, row: &AttributeRow, fraction: f64) -> LatentPoint {
        let Some(directions) = self.directions else {
            return point.clone();
        };
        let step = directions.step(&self.request.goals, row);
        let pairs = point.as_slice().iter().zip(step);
        LatentPoint::new(
            pairs
                .map(|(z, step)| (f64::from(*z) + fraction * step) as f32)
                .collect(),
        )
    }

    /// A point near `point`, and as likely under the prior.
    fn mutated(&self, point: &LatentPoint, spread: f64, number: u64) -> LatentPoint {
        let draw = prior_point(point.len(), self.request.seed, number);
        let kept_fraction = (1.0 - spread * spread).sqrt();
        let pairs = point.as_slice().iter().zip(draw.as_slice());
        LatentPoint::new(
            pairs
                .map(|(old, new)| {
                    (kept_fraction * f64::from(*old) + spread * f64::from(*new)) as f32
                })
                .collect(),
        )
    }
}

/// The point half way between two, at their own distance from the origin: in many dimensions the mean of two draws of the
/// prior is nearer to it than any draw.
fn midpoint(a: &LatentPoint, b: &LatentPoint) -> LatentPoint {
    let pairs = a.as_slice().iter().zip(b.as_slice());
    let middle = LatentPoint::new(pairs.map(|(x, y)| (x + y) / 2.0).collect());
    let length = middle.norm();
    let new_length = (a.norm() + b.norm()) / 2.0;
    let factor = if length > 0.0 {
        new_length / length
    } else {
        1.0
    };
    let scaled = middle.as_slice().iter().map(|x| f64::from(*x) * factor);
    LatentPoint::new(scaled.map(|x| x as f32).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_midpoint_is_as_far_from_the_origin_as_its_ends() {
        let (a, b) = (prior_point(256, 1, 1), prior_point(256, 1, 2));
        let middle = midpoint(&a, &b);
        assert!((middle.norm() - (a.norm() + b.norm()) / 2.0).abs() < 1e-4);
        assert!((middle.distance(&a) - middle.distance(&b)).abs() < 1.0);
        let origin = LatentPoint::new(vec![0.0; 4]);
        assert_eq!(midpoint(&origin, &origin), origin);
    }

    #[test]
    fn mutation_keeps_the_length_of_a_draw_and_moves_it_by_its_deviation() {
        let request = SteerRequest::default();
        let variation = Variation {
            request: &request,
            directions: None,
            dimensions: 4_096,
            parents: &[],
            spread: 1.0,
            is_first_round: true,
        };
        let point = prior_point(4_096, 7, 7);
        let mutated = variation.mutated(&point, 0.3, 5);
        assert!((mutated.norm() / point.norm() - 1.0).abs() < 0.05);
        // Nearly 0.3 of a draw's length.
        assert!((mutated.distance(&point) / 64.0 - 0.3).abs() < 0.03);
        assert_eq!(variation.mutated(&point, 0.3, 5), mutated);
        assert_ne!(variation.mutated(&point, 0.3, 6), mutated);
    }
}
