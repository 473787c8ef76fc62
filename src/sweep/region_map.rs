//! The map of a sweep's regions, by multidimensional scaling of all of them or of landmarks.

use crate::embedding::{DistanceMatrix, MdsLayout, RegionMapQuality, mds, place};
use crate::latent::LatentPoint;
use crate::progress::{ProgressFn, par_map, subrange};

/// Maximum number of regions that are scaled together: memory and time grow with the square of their number.
///
/// Further regions are placed one by one by their distances to these landmarks, as in landmark scaling (de Silva and
/// Tenenbaum 2004) but by least squares. All regions of a Latin hypercube are equally random, so the first ones serve.
pub const MAX_LANDMARKS: usize = 1_000;

/// Positions of regions, and their quality.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionMap {
    /// One position per region, the first [`MAX_LANDMARKS`] of them scaled together.
    pub map: MdsLayout,
    /// Quality of the map, measured on at most [`MAX_LANDMARKS`] evenly spaced regions.
    pub quality: RegionMapQuality,
    /// Mean squared distance between two landmarks; infinite if there is only one.
    pub mean_square_distance: f64,
}

impl RegionMap {
    /// Lays out the centres of regions by their Euclidean distances. Deterministic.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn compute<E>(
        region_centres: &[LatentPoint],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let (landmarks, further_regions) =
            region_centres.split_at(region_centres.len().min(MAX_LANDMARKS));
        let distances = DistanceMatrix::euclidean(landmarks, &mut subrange(progress, (0.0, 0.05)))?;
        let mut map = mds(&distances, &mut subrange(progress, (0.05, 0.5)))?;
        let quality = if further_regions.is_empty() {
            RegionMapQuality::measure(&distances, &map.points, &mut subrange(progress, (0.9, 1.0)))?
        } else {
            let cost = place_cost(landmarks);
            let placed = par_map(
                further_regions.len(),
                cost,
                &mut subrange(progress, (0.5, 0.9)),
                |i| place(&map.points, &distances_to(landmarks, &further_regions[i])),
            )?;
            map.points.extend(placed);
            sampled_quality(
                region_centres,
                &map.points,
                &mut subrange(progress, (0.9, 1.0)),
            )?
        };
        map.stress = quality.stress;
        Ok(Self {
            map,
            quality,
            mean_square_distance: mean_square_distance(&distances),
        })
    }
}

/// Approximate operations for placing a point by its distances to landmarks.
pub(super) fn place_cost(landmarks: &[LatentPoint]) -> usize {
    /// Per landmark, all iterations together.
    const ITERATION_COST: usize = 2_048;
    landmarks.len() * (landmarks.first().map_or(0, LatentPoint::len) + ITERATION_COST)
}

/// Distances of a point to centres.
pub(super) fn distances_to(centres: &[LatentPoint], point: &LatentPoint) -> Vec<f64> {
    centres
        .iter()
        .map(|centre| centre.distance(point))
        .collect()
}

fn mean_square_distance(distances: &DistanceMatrix) -> f64 {
    let count = distances.len();
    if count < 2 {
        return f64::INFINITY;
    }
    let sum_of_squares: f64 = (0..count)
        .flat_map(|i| distances.row(i))
        .map(|d| d * d)
        .sum();
    sum_of_squares / (count * (count - 1)) as f64
}

/// At most [`MAX_LANDMARKS`] evenly spaced indices below `count`.
#[must_use]
pub fn evenly_spaced_indices(count: usize) -> Vec<usize> {
    let index_count = count.min(MAX_LANDMARKS);
    (0..index_count).map(|k| k * count / index_count).collect()
}

/// Quality of a map of many regions, measured on some of them.
fn sampled_quality<E>(
    region_centres: &[LatentPoint],
    points: &[[f64; 2]],
    progress: &mut ProgressFn<'_, E>,
) -> Result<RegionMapQuality, E> {
    let (sample, positions): (Vec<LatentPoint>, Vec<[f64; 2]>) =
        evenly_spaced_indices(region_centres.len())
            .into_iter()
            .map(|index| (region_centres[index].clone(), points[index]))
            .unzip();
    let distances = DistanceMatrix::euclidean(&sample, &mut subrange(progress, (0.0, 0.5)))?;
    RegionMapQuality::measure(&distances, &positions, &mut subrange(progress, (0.5, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::prior_point;
    use crate::progress::no_progress;

    #[test]
    fn many_regions_are_placed_by_landmarks_nearly_as_well_as_scaled_together() {
        let regions =
            |count| -> Vec<LatentPoint> { (0..count).map(|k| prior_point(64, 5, k)).collect() };
        let Ok(landmarks_only) =
            RegionMap::compute(&regions(MAX_LANDMARKS as u64), &mut no_progress);
        let Ok(with_placed) = RegionMap::compute(&regions(1_400), &mut no_progress);
        assert_eq!(with_placed.map.points.len(), 1_400);
        assert_eq!(
            with_placed.map.points[..MAX_LANDMARKS],
            landmarks_only.map.points[..]
        );
        // Near the stress that all of them together would have.
        let ratio = with_placed.quality.stress / landmarks_only.quality.stress;
        assert!((0.95..1.1).contains(&ratio), "{ratio}");
        // Those that were placed fill the same disc.
        let rms_radius = |points: &[[f64; 2]]| {
            let sum_of_squares: f64 = points.iter().map(|p| p[0] * p[0] + p[1] * p[1]).sum();
            (sum_of_squares / points.len() as f64).sqrt()
        };
        let (landmarks, placed) = with_placed.map.points.split_at(MAX_LANDMARKS);
        let ratio = rms_radius(placed) / rms_radius(landmarks);
        assert!((0.8..1.2).contains(&ratio), "{ratio}");
    }
}
