//! The map of a sweep's regions: all scaled together, or landmarks scaled and the rest placed among them.

use crate::embedding::{DistanceMatrix, Embedding, MapQuality, mds, place};
use crate::latent::LatentPoint;
use crate::statistics::{ProgressFn, no_progress, par_map, subrange};

/// Most regions whose distances are scaled as a whole: memory and time grow with the square of their number.
///
/// Of more, so many are scaled and all others are placed among them one by one, as in landmark scaling (de Silva and
/// Tenenbaum 2004), but by least squares of the distances. Any regions of a Latin hypercube are as random as any others, so
/// the landmarks are the first ones.
pub const LANDMARKS: usize = 1_000;

/// Places of regions, and how good they are.
#[derive(Clone, Debug, PartialEq)]
pub struct RegionMap {
    /// One position per region, the first [`LANDMARKS`] of them scaled together.
    pub map: Embedding,
    /// How far the map can be believed; measured on at most [`LANDMARKS`] regions, evenly taken.
    pub quality: MapQuality,
    /// Mean squared distance between two landmarks; infinite if there is only one.
    pub usual_square: f64,
}

impl RegionMap {
    /// Lays the centres of regions out by their Euclidean distances. Deterministic.
    #[must_use]
    pub fn of(centroids: &[LatentPoint]) -> Self {
        let Ok(map) = Self::of_watched(centroids, &mut no_progress);
        map
    }

    /// As [`RegionMap::of`], stopped where `look` says so.
    ///
    /// # Errors
    /// What `look` stops with.
    pub fn of_watched<E>(
        centroids: &[LatentPoint],
        look: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let (landmarks, others) = centroids.split_at(centroids.len().min(LANDMARKS));
        let distances = DistanceMatrix::euclidean(landmarks, &mut subrange(look, (0.0, 0.05)))?;
        let mut map = mds(&distances, &mut subrange(look, (0.05, 0.5)))?;
        let quality = if others.is_empty() {
            MapQuality::measure(&distances, &map.points, &mut subrange(look, (0.9, 1.0)))?
        } else {
            let cost = place_cost(landmarks);
            let placed = par_map(others.len(), cost, &mut subrange(look, (0.5, 0.9)), |i| {
                place(&map.points, &distances_to(landmarks, &others[i]))
            })?;
            map.points.extend(placed);
            quality_of_some(centroids, &map.points, &mut subrange(look, (0.9, 1.0)))?
        };
        map.stress = quality.stress;
        Ok(Self {
            map,
            quality,
            usual_square: usual_square(&distances),
        })
    }
}

/// About how many operations it takes to place a point among landmarks.
pub(super) fn place_cost(landmarks: &[LatentPoint]) -> usize {
    /// Of one landmark in all steps together.
    const STEPS: usize = 2_048;
    landmarks.len() * (landmarks.first().map_or(0, LatentPoint::len) + STEPS)
}

/// Distances of a point to centres.
pub(super) fn distances_to(centres: &[LatentPoint], point: &LatentPoint) -> Vec<f64> {
    centres
        .iter()
        .map(|centre| centre.distance(point))
        .collect()
}

fn usual_square(distances: &DistanceMatrix) -> f64 {
    let count = distances.len();
    if count < 2 {
        return f64::INFINITY;
    }
    let squares: f64 = (0..count)
        .flat_map(|i| distances.row(i))
        .map(|d| d * d)
        .sum();
    squares / (count * (count - 1)) as f64
}

/// Places of at most [`LANDMARKS`] of `count` regions, evenly taken: all of them where there are no more.
#[must_use]
pub fn evenly_spaced_indices(count: usize) -> Vec<usize> {
    let some = count.min(LANDMARKS);
    (0..some).map(|k| k * count / some).collect()
}

/// The quality of a map of many regions on some of them.
fn quality_of_some<E>(
    centroids: &[LatentPoint],
    points: &[[f64; 2]],
    look: &mut ProgressFn<'_, E>,
) -> Result<MapQuality, E> {
    let (some, places): (Vec<LatentPoint>, Vec<[f64; 2]>) = evenly_spaced_indices(centroids.len())
        .into_iter()
        .map(|place| (centroids[place].clone(), points[place]))
        .unzip();
    let distances = DistanceMatrix::euclidean(&some, &mut subrange(look, (0.0, 0.5)))?;
    MapQuality::measure(&distances, &places, &mut subrange(look, (0.5, 1.0)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::latent::prior_point;

    #[test]
    fn of_many_regions_some_are_scaled_and_the_others_placed_nearly_as_well() {
        let regions =
            |count| -> Vec<LatentPoint> { (0..count).map(|k| prior_point(64, 5, k)).collect() };
        let (whole, many) = (
            RegionMap::of(&regions(LANDMARKS as u64)),
            RegionMap::of(&regions(1_400)),
        );
        assert_eq!(many.map.points.len(), 1_400);
        assert_eq!(many.map.points[..LANDMARKS], whole.map.points[..]);
        // Near the stress that all of them together would have.
        let ratio = many.quality.stress / whole.quality.stress;
        assert!((0.95..1.1).contains(&ratio), "{ratio}");
        // Those that were placed fill the same disc.
        let reach = |points: &[[f64; 2]]| {
            let squares: f64 = points.iter().map(|p| p[0] * p[0] + p[1] * p[1]).sum();
            (squares / points.len() as f64).sqrt()
        };
        let (landmarks, placed) = many.map.points.split_at(LANDMARKS);
        let ratio = reach(placed) / reach(landmarks);
        assert!((0.8..1.2).contains(&ratio), "{ratio}");
    }
}
