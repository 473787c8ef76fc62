//! Map positions of the samples around their region.
//!
//! Placing each sample by its distances to all centres would move whole clouds to the edge of the map, since in hundreds of
//! dimensions a sample is about equally far from every other centre. The samples of one region differ in the direction from
//! their centre, so this difference is projected, by the linear map that best turns centres into their map positions.

use crate::latent::LatentPoint;
use crate::sweep::{MelodyId, SweepPlan};

/// Smallest radius of a cloud, as a fraction of the map's radius. A cloud's radius is the distance from its centre that four
/// fifths of its points do not exceed.
const MIN_CLOUD_RADIUS: f64 = 0.10;

/// A linear map from the latent space to the map.
#[derive(Default)]
pub(super) struct Projection {
    /// One row per map axis, as long as a latent point.
    axes: [Vec<f64>; 2],
}

impl Projection {
    /// The cross-covariance of map and latent space, scaled by least squares to map units.
    ///
    /// For nearly uncorrelated latent dimensions this is linear regression without its matrix inverse, which does not exist
    /// for fewer regions than dimensions.
    pub(super) fn new(plan: &SweepPlan) -> Self {
        let positions = &plan.map.points;
        let width = plan.region_centres.first().map_or(0, LatentPoint::len);
        let count = plan.region_centres.len().max(1) as f64;
        let axes = [0, 1].map(|axis| {
            let mean = positions.iter().map(|position| position[axis]).sum::<f64>() / count;
            let mut row = vec![0.0; width];
            for (region_centre, position) in plan.region_centres.iter().zip(positions) {
                let weight = position[axis] - mean;
                for (slot, value) in row.iter_mut().zip(region_centre.as_slice()) {
                    *slot += weight * f64::from(*value);
                }
            }
            let (mut covariance, mut sum_of_squares) = (0.0, 0.0);
            for (region_centre, position) in plan.region_centres.iter().zip(positions) {
                let predicted = dot(&row, region_centre);
                covariance += predicted * (position[axis] - mean);
                sum_of_squares += predicted * predicted;
            }
            let scale = if sum_of_squares > 0.0 {
                covariance / sum_of_squares
            } else {
                0.0
            };
            row.iter_mut().for_each(|value| *value *= scale);
            row
        });
        Self { axes }
    }

    /// Map positions of points around a centre at `position`: in their true directions, and far enough from each other to be
    /// told apart.
    pub(super) fn cloud_positions(
        &self,
        plan: &SweepPlan,
        position: [f64; 2],
        centre: &LatentPoint,
        points: &[LatentPoint],
    ) -> Vec<[f64; 2]> {
        let offsets: Vec<[f64; 2]> = points
            .iter()
            .map(|point| {
                [0, 1].map(|axis| {
                    let row = &self.axes[axis];
                    dot(row, point) - dot(row, centre)
                })
            })
            .collect();
        let extent = plan
            .map
            .points
            .iter()
            .map(|position| position[0].hypot(position[1]))
            .fold(0.0, f64::max);
        let mut radii: Vec<f64> = offsets
            .iter()
            .map(|offset| offset[0].hypot(offset[1]))
            .collect();
        radii.sort_by(f64::total_cmp);
        let typical_radius = radii.get(radii.len() * 4 / 5).copied().unwrap_or(0.0);
        let factor = (MIN_CLOUD_RADIUS * extent / typical_radius.max(1e-12)).max(1.0);
        offsets
            .iter()
            .map(|offset| {
                [
                    position[0] + factor * offset[0],
                    position[1] + factor * offset[1],
                ]
            })
            .collect()
    }

    /// Map position of a sample, or `None` for anything else.
    pub(super) fn sample_position(&self, plan: &SweepPlan, id: MelodyId) -> Option<[f64; 2]> {
        let MelodyId::Sample { region, .. } = id else {
            return None;
        };
        let centre = plan.region_centres.get(region as usize)?;
        let position = plan.map.points.get(region as usize)?;
        let sample = plan.latent(id)?;
        Some([0, 1].map(|axis| {
            let row = &self.axes[axis];
            position[axis] + dot(row, &sample) - dot(row, centre)
        }))
    }
}

fn dot(row: &[f64], point: &LatentPoint) -> f64 {
    row.iter()
        .zip(point.as_slice())
        .map(|(a, b)| a * f64::from(*b))
        .sum()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::sweep::SweepConfig;

    #[test]
    fn a_region_s_samples_lie_around_it_and_not_beside_it() {
        let config = SweepConfig {
            regions: 60,
            samples: 40,
            ..SweepConfig::default()
        };
        let plan = SweepPlan::new(&config, 128).unwrap();
        let projection = Projection::new(&plan);
        for region in 0..60u32 {
            let centre = plan.map.points[region as usize];
            let positions: Vec<[f64; 2]> = (0..40)
                .map(|sample| {
                    projection
                        .sample_position(&plan, MelodyId::Sample { region, sample })
                        .unwrap()
                })
                .collect();
            let mean = [0, 1].map(|axis| {
                positions.iter().map(|position| position[axis]).sum::<f64>()
                    / positions.len() as f64
                    - centre[axis]
            });
            let mean_distance = positions
                .iter()
                .map(|position| (position[0] - centre[0]).hypot(position[1] - centre[1]))
                .sum::<f64>()
                / positions.len() as f64;
            // The mean of 40 draws is within about a third of their spread.
            assert!(mean_distance > 0.0 && mean[0].hypot(mean[1]) < 0.6 * mean_distance);
        }
    }
}
