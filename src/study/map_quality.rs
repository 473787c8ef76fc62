//! Quality of the map of the regions, each measure with its chance level.

use serde::Serialize;

use super::data::StudyData;
use crate::embedding::{EmbeddingQuality, Features, NEIGHBOURS, measured_sample, trust_neighbours};
use crate::latent::LatentPoint;
use crate::progress::{ProgressFn, subrange};
use crate::sweep::{MAX_LANDMARKS, evenly_spaced_indices};

/// The measured quality of the map against the distances between the regions' centres.
///
/// Chance levels are the values for the same positions permuted among the regions.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct MapQuality {
    /// Number of regions on the map.
    pub regions: usize,
    /// Number of regions in the multidimensional scaling; the others are placed by their distances to these.
    pub landmarks: usize,
    /// Number of regions that neighbours are searched among: all, or a seeded sample if there are very many.
    pub measured_on: usize,
    /// Kruskal's stress-1 (Kruskal 1964), measured on at most [`MAX_LANDMARKS`] regions.
    pub stress: f64,
    /// The stress of the permuted positions.
    pub stress_chance: f64,
    /// Number of neighbours of trustworthiness and continuity: ten, or fewer on a tiny map.
    pub trust_neighbours: usize,
    /// Trustworthiness (Venna and Kaski 2001): 1 if all neighbours on the map are neighbours in the latent space.
    pub trustworthiness: f64,
    /// Its chance level.
    pub trustworthiness_chance: f64,
    /// Continuity (Venna and Kaski 2001): 1 if all neighbours in the latent space are neighbours on the map.
    pub continuity: f64,
    /// Its chance level.
    pub continuity_chance: f64,
    /// Number of nearest neighbours of `neighbours_kept`.
    pub neighbours: usize,
    /// Fraction of each region's nearest neighbours that are among its nearest on the map, averaged.
    pub neighbours_kept: f64,
    /// Its chance level.
    pub neighbours_chance: f64,
}

impl MapQuality {
    /// Measures the map of the data.
    ///
    /// # Errors
    /// The error that `progress` stops with.
    pub(super) fn compute<E>(
        data: &StudyData,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let count = data.region_centres.len();
        let measured_regions = measured_sample(count);
        let rows: Vec<&[f32]> = measured_regions
            .iter()
            .map(|index| LatentPoint::as_slice(&data.region_centres[*index]))
            .collect();
        let positions: Vec<[f64; 2]> = measured_regions
            .iter()
            .map(|index| data.map.points[*index])
            .collect();
        let features = Features::new(&rows);
        let mut quality_progress = |fraction| progress(0.9 * fraction);
        let (quality, _) = EmbeddingQuality::measure(&features, &positions, &mut quality_progress)?;
        Ok(Self {
            regions: count,
            landmarks: count.min(MAX_LANDMARKS),
            measured_on: measured_regions.len(),
            stress: data.quality.stress,
            stress_chance: chance_stress(data, &mut subrange(progress, (0.9, 1.0)))?,
            trust_neighbours: trust_neighbours(measured_regions.len()),
            trustworthiness: quality.trustworthiness,
            trustworthiness_chance: quality.trustworthiness_chance,
            continuity: quality.continuity,
            continuity_chance: quality.continuity_chance,
            neighbours: NEIGHBOURS,
            neighbours_kept: quality.neighbours_kept,
            neighbours_chance: quality.neighbours_chance,
        })
    }

    /// Name, value, chance level and number of regions of each measure, in the order of tables.
    #[must_use]
    pub fn rows(&self) -> [(&'static str, f64, f64, usize); 4] {
        [
            ("stress_1", self.stress, self.stress_chance, self.landmarks),
            (
                "trustworthiness",
                self.trustworthiness,
                self.trustworthiness_chance,
                self.measured_on,
            ),
            (
                "continuity",
                self.continuity,
                self.continuity_chance,
                self.measured_on,
            ),
            (
                "neighbours_kept",
                self.neighbours_kept,
                self.neighbours_chance,
                self.measured_on,
            ),
        ]
    }
}

/// Stress-1 of the same positions permuted among the regions, on the regions that stress is measured on.
///
/// A permutation changes neither the sum of the squared distances nor that of the squared map distances, and the sum of
/// their products is on average that of independent distances: the number of pairs times both means.
fn chance_stress<E>(data: &StudyData, progress: &mut ProgressFn<'_, E>) -> Result<f64, E> {
    let measured_regions = evenly_spaced_indices(data.region_centres.len());
    let (mut pair_count, mut original, mut mapped) = (0.0, [0.0; 2], [0.0; 2]);
    for (k, i) in measured_regions.iter().enumerate() {
        progress(k as f64 / measured_regions.len() as f64)?;
        let (centre, position) = (&data.region_centres[*i], data.map.points[*i]);
        for j in &measured_regions[..k] {
            let other_position = data.map.points[*j];
            let distances = [
                centre.distance(&data.region_centres[*j]),
                (position[0] - other_position[0]).hypot(position[1] - other_position[1]),
            ];
            for (sums, distance) in [&mut original, &mut mapped].into_iter().zip(distances) {
                sums[0] += distance;
                sums[1] += distance * distance;
            }
            pair_count += 1.0;
        }
    }
    if mapped[1] == 0.0 {
        return Ok(0.0);
    }
    let errors = original[1] - 2.0 * original[0] * mapped[0] / pair_count + mapped[1];
    Ok((errors.max(0.0) / mapped[1]).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::embedding::{DistanceMatrix, stress_1};
    use crate::latent::prior_point;
    use crate::study::{AttributeColumns, AttributeSet};
    use crate::sweep::MelodyCounts;

    #[test]
    fn the_quality_of_a_map_is_better_than_that_of_permuted_positions() {
        let centres: Vec<LatentPoint> = (0..150).map(|k| prior_point(12, 3, k)).collect();
        let columns = AttributeColumns::new(AttributeSet::Standard);
        let (latents, regions) = (Vec::new(), Vec::new());
        let data = StudyData::from_points(
            centres.clone(),
            latents,
            regions,
            columns,
            MelodyCounts::default(),
            32,
        );
        let Ok(measured) = MapQuality::compute(&data, &mut crate::progress::no_progress);
        assert_eq!((measured.measured_on, measured.trust_neighbours), (150, 10));
        assert!(measured.stress < measured.stress_chance, "{measured:?}");
        assert!(measured.trustworthiness > measured.trustworthiness_chance + 0.1);
        assert!(measured.neighbours_kept > 2.0 * measured.neighbours_chance);
        let Ok(distances) = DistanceMatrix::euclidean(&centres, &mut crate::progress::no_progress);
        let permuted: Vec<[f64; 2]> = (0..150)
            .map(|k| data.map.points[(k * 61 + 17) % 150])
            .collect();
        let permuted_stress = stress_1(&distances, &permuted);
        assert!(
            (permuted_stress - measured.stress_chance).abs() < 0.01,
            "{permuted_stress} {measured:?}"
        );
    }
}
