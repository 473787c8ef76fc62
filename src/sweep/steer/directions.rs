//! How the attributes change over the latent space: a joint ridge regression of transformed attributes, and the step that
//! it gives towards wanted values.

use nalgebra::{Cholesky, DMatrix, DVector};

use super::goals::SteerGoals;
use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::latent::LatentPoint;
use crate::progress::Observer;
use crate::statistics::{PowerTransform, joint_ridge};
use crate::sweep::error::SweepError;

/// Fewest melodies that directions are fitted to.
pub(super) const MIN_MELODIES: usize = 10;
/// Fraction of the mean squared length of the directions that damps a step (Levenberg): without it two directions that are nearly
/// parallel would give a step without bound.
const DAMPING: f64 = 0.05;
/// Longest step, in standard deviations of the prior.
const MAX_STEP_LENGTH: f64 = 2.5;

/// The gradient of each attribute over the latent space, after a power transform that makes it nearly normal.
#[derive(Clone, Debug)]
pub(super) struct Directions {
    /// One entry per attribute; `None` for an attribute that is the same in every melody.
    attributes: Vec<Option<Direction>>,
    dimensions: usize,
}

#[derive(Clone, Debug)]
struct Direction {
    transform: PowerTransform,
    /// Standard deviations of the transformed attribute per latent unit.
    weights: Vec<f64>,
    cross_validated_r2: f64,
}

impl Directions {
    /// Fits all attributes of the table to melodies that are not empty.
    ///
    /// # Errors
    /// [`SweepError::Cancelled`].
    pub fn fit(
        latents: &[LatentPoint],
        rows: &[&AttributeRow],
        regions: &[u32],
        observer: &mut dyn Observer,
    ) -> Result<Self, SweepError> {
        let dimensions = latents.first().map_or(0, LatentPoint::len);
        let mut transforms: Vec<(usize, PowerTransform)> = Vec::new();
        let mut targets = Vec::new();
        for (index, attribute) in ATTRIBUTES.iter().enumerate() {
            observer.check()?;
            let display_values: Vec<f64> = rows
                .iter()
                .filter_map(|row| row.value(index))
                .map(attribute.to_display_unit)
                .collect();
            let transform = PowerTransform::fit(&display_values);
            if let Some(transform) = transform.filter(|_| display_values.len() == rows.len()) {
                targets.push(display_values.iter().map(|y| transform.apply(*y)).collect());
                transforms.push((index, transform));
            }
        }
        let points: Vec<&[f32]> = latents.iter().map(LatentPoint::as_slice).collect();
        let fit = joint_ridge(&points, &targets, regions, &mut |_| observer.check())?;
        let mut attributes = vec![None; ATTRIBUTES.len()];
        if let Some(fit) = fit {
            let fitted = fit.weights.into_iter().zip(fit.cross_validated_r2);
            for ((index, transform), (weights, cross_validated_r2)) in
                transforms.into_iter().zip(fitted)
            {
                attributes[index] = Some(Direction {
                    transform,
                    weights,
                    cross_validated_r2,
                });
            }
        }
        Ok(Self {
            attributes,
            dimensions,
        })
    }

    /// Fraction of the transformed attribute's variance that its direction explains in regions that it was not fitted to.
    pub fn r2(&self, attribute: usize) -> Option<f64> {
        let direction = self.attributes.get(attribute)?.as_ref()?;
        Some(direction.cross_validated_r2)
    }

    /// Standard deviations of the transformed attribute per latent unit, one number per dimension.
    pub fn weights(&self, attribute: usize) -> Option<&[f64]> {
        let direction = self.attributes.get(attribute)?.as_ref()?;
        Some(&direction.weights)
    }

    /// The shortest step that should change a melody with these attributes to the goals: one Gauss-Newton step on the
    /// transformed attributes, damped, of bounded length. Nothing for goals without a direction.
    pub fn step(&self, goals: &SteerGoals, row: &AttributeRow) -> Vec<f64> {
        let mut step = vec![0.0; self.dimensions];
        let goal_residuals: Vec<(&Direction, f64)> = goals
            .target_values()
            .filter_map(|(index, target)| {
                let direction = self.attributes.get(index)?.as_ref()?;
                let to_display_unit = ATTRIBUTES.get(index)?.to_display_unit;
                let transformed = |value| direction.transform.apply(to_display_unit(value));
                let residual = transformed(target) - transformed(row.value(index)?);
                residual.is_finite().then_some((direction, residual))
            })
            .collect();
        if goal_residuals.is_empty() {
            return step;
        }
        let product = |a: &Direction, b: &Direction| -> f64 {
            a.weights.iter().zip(&b.weights).map(|(x, y)| x * y).sum()
        };
        let mut gram = DMatrix::from_fn(goal_residuals.len(), goal_residuals.len(), |i, j| {
            product(goal_residuals[i].0, goal_residuals[j].0)
        });
        let damping = DAMPING * gram.trace() / goal_residuals.len() as f64;
        for i in 0..goal_residuals.len() {
            gram[(i, i)] += damping.max(1e-12);
        }
        let residuals =
            DVector::from_iterator(goal_residuals.len(), goal_residuals.iter().map(|(_, r)| *r));
        let Some(cholesky) = Cholesky::new(gram) else {
            return step;
        };
        for (coefficient, (direction, _)) in cholesky.solve(&residuals).iter().zip(&goal_residuals)
        {
            for (x, weight) in step.iter_mut().zip(&direction.weights) {
                *x += coefficient * weight;
            }
        }
        let length = step.iter().map(|x| x * x).sum::<f64>().sqrt();
        if length > MAX_STEP_LENGTH {
            step.iter_mut().for_each(|x| *x *= MAX_STEP_LENGTH / length);
        }
        step
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::Unobserved;
    use crate::sweep::testing::small_sweep;

    #[test]
    fn a_step_to_more_notes_follows_the_direction_of_density_and_is_bounded() {
        let (sweep, model) = small_sweep();
        let entries: Vec<_> = sweep
            .samples
            .iter()
            .filter(|e| !e.melody.is_empty())
            .collect();
        let latents: Vec<LatentPoint> = entries
            .iter()
            .map(|entry| sweep.plan.latent(entry.id).unwrap())
            .collect();
        let rows: Vec<&AttributeRow> = entries.iter().map(|entry| &entry.attributes).collect();
        let regions: Vec<u32> = entries.iter().map(|e| e.id.region().unwrap()).collect();
        let directions = Directions::fit(&latents, &rows, &regions, &mut Unobserved).unwrap();
        let r2 = directions.r2(0).unwrap();
        assert!((0.8..1.0).contains(&r2), "{r2}");
        assert!(directions.r2(99).is_none());

        let row = rows.iter().find(|row| row.value(0) == Some(0.25)).unwrap();
        let step = directions.step(&SteerGoals::wanted(0, 0.375), row);
        let length = step.iter().map(|x| x * x).sum::<f64>().sqrt();
        let projection: f64 = (0..24).map(|d| step[d] * model.direction(d)).sum();
        assert!(projection / length > 0.9, "{}", projection / length);
        let far = directions.step(&SteerGoals::wanted(0, 5.0), row);
        let length = far.iter().map(|x| x * x).sum::<f64>().sqrt();
        assert!(length <= MAX_STEP_LENGTH + 1e-9, "{length}");
        // Nothing to do, no step.
        let met = directions.step(&SteerGoals::wanted(0, 0.25), row);
        assert!(met.iter().all(|x| *x == 0.0));
    }
}
