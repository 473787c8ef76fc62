//! Scaling of layouts to a common size.

use crate::embedding::Placement;
use crate::sweep::{AxisScale, SweepPlan};

/// Scales a layout to about the size of the plan's own map, so that one can change smoothly into another.
#[derive(Clone, Copy)]
pub(super) struct LayoutScale {
    mean: [f64; 2],
    factor: f64,
}

impl LayoutScale {
    /// The scale that changes nothing.
    pub(super) const IDENTITY: Self = Self {
        mean: [0.0; 2],
        factor: 1.0,
    };

    /// The scale of a layout for a plan.
    pub(super) fn new(positions: &[[f64; 2]], plan: &SweepPlan) -> Self {
        let (mean, spread) = mean_and_spread(positions);
        let (_, target_spread) = mean_and_spread(&plan.map.points);
        let target_spread = if target_spread > 0.0 {
            target_spread
        } else {
            1.0
        };
        Self {
            mean,
            factor: if spread > 0.0 {
                target_spread / spread
            } else {
                1.0
            },
        }
    }

    /// Scales a layout.
    pub(super) fn positions(&self, positions: &[[f64; 2]]) -> Vec<[f64; 2]> {
        positions
            .iter()
            .map(|position| self.position(*position))
            .collect()
    }

    fn position(&self, position: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (position[axis] - self.mean[axis]) * self.factor)
    }

    /// Scales an axis: 0 from left to right, 1 upwards.
    pub(super) fn axis(&self, axis: usize, axis_scale: AxisScale) -> AxisScale {
        AxisScale {
            zero_position: (axis_scale.zero_position - self.mean[axis]) * self.factor,
            scale: axis_scale.scale * self.factor,
            ..axis_scale
        }
    }

    /// Scales the placement of a melody.
    pub(super) fn placement(&self, placement: Placement) -> Placement {
        Placement {
            position: self.position(placement.position),
            error: placement.error * self.factor,
            ..placement
        }
    }
}

/// The mean of positions, and their root mean square distance from it.
fn mean_and_spread(positions: &[[f64; 2]]) -> ([f64; 2], f64) {
    let count = positions.len().max(1) as f64;
    let mean = [0, 1].map(|axis| positions.iter().map(|p| p[axis]).sum::<f64>() / count);
    let square: f64 = positions
        .iter()
        .map(|p| (p[0] - mean[0]).powi(2) + (p[1] - mean[1]).powi(2))
        .sum();
    (mean, (square / count).sqrt())
}
