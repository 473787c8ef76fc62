//! Scaling of layouts to a common size.

use crate::embedding::Placement;
use crate::sweep::{AxisScale, SweepPlan};

/// Scales a layout to about the size of the plan's own map, so that one can change smoothly into another.
#[derive(Clone, Copy)]
pub(super) struct LayoutScale {
    middle: [f64; 2],
    factor: f64,
}

impl LayoutScale {
    /// Leaves the layout as it is.
    pub(super) const IDENTITY: Self = Self {
        middle: [0.0; 2],
        factor: 1.0,
    };

    /// The scale of a layout for a plan.
    pub(super) fn new(positions: &[[f64; 2]], plan: &SweepPlan) -> Self {
        let (middle, size) = extent(positions);
        let (_, target) = extent(&plan.map.points);
        let target = if target > 0.0 { target } else { 1.0 };
        Self {
            middle,
            factor: if size > 0.0 { target / size } else { 1.0 },
        }
    }

    /// Scales a layout.
    pub(super) fn positions(&self, positions: &[[f64; 2]]) -> Vec<[f64; 2]> {
        positions.iter().map(|at| self.position(*at)).collect()
    }

    fn position(&self, at: [f64; 2]) -> [f64; 2] {
        [0, 1].map(|axis| (at[axis] - self.middle[axis]) * self.factor)
    }

    /// Scales an axis: 0 from left to right, 1 upwards.
    pub(super) fn axis(&self, axis: usize, axis_scale: AxisScale) -> AxisScale {
        AxisScale {
            zero: (axis_scale.zero - self.middle[axis]) * self.factor,
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

/// Mean, and root mean square distance from it.
fn extent(positions: &[[f64; 2]]) -> ([f64; 2], f64) {
    let count = positions.len().max(1) as f64;
    let middle = [0, 1].map(|axis| positions.iter().map(|p| p[axis]).sum::<f64>() / count);
    let square: f64 = positions
        .iter()
        .map(|p| (p[0] - middle[0]).powi(2) + (p[1] - middle[1]).powi(2))
        .sum();
    (middle, (square / count).sqrt())
}
