//! The input of a study: latent points, attributes and map of a sweep of any origin.

use std::sync::Arc;

use rayon::prelude::*;

use super::settings::AttributeSet;
use crate::attributes::STUDY_ATTRIBUTES;
use crate::embedding::{MdsLayout, RegionMapQuality};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::statistics::mean;
use crate::sweep::{MelodyCounts, MelodyId, RegionMap, Sweep, SweepConfig, SweepPlan};

/// Maximum memory in bytes for cached latent points.
const MAX_CACHED_BYTES: usize = 256 << 20;

/// The latent points of the samples.
#[derive(Clone, Debug)]
pub enum LatentSource {
    /// Recomputed from the plan when needed.
    FromPlan(Arc<SweepPlan>),
    /// Held in memory.
    Stored(Vec<LatentPoint>),
}

/// A sweep as numbers, without its melodies.
#[derive(Clone, Debug)]
pub struct StudyData {
    /// Settings of the sweep; absent if it was made by another program.
    pub config: Option<SweepConfig>,
    /// Centre of each region.
    pub region_centres: Vec<LatentPoint>,
    /// The samples' latent points.
    pub latents: LatentSource,
    /// Latent points of the plan's samples, from [`StudyData::cache_latents`]; if empty they are computed when needed.
    cached_latents: Vec<LatentPoint>,
    /// Region of each sample; the samples of a region are contiguous.
    pub regions: Vec<u32>,
    /// For each of the [`STUDY_ATTRIBUTES`] the value of each sample; `None` for an empty melody.
    pub columns: Vec<Vec<Option<f64>>>,
    /// Metric multidimensional scaling of the centres.
    pub map: MdsLayout,
    /// Quality of that map.
    pub quality: RegionMapQuality,
    /// Counts of the samples.
    pub counts: MelodyCounts,
    /// Counts of the centres, if they were decoded.
    pub centre_counts: Option<MelodyCounts>,
    /// Steps of each melody.
    pub steps: usize,
    /// First digits of the SHA-256 of the weights; empty if they are not known.
    pub weights_hash: String,
    /// Definitions of the attributes.
    pub attributes: AttributeSet,
}

impl StudyData {
    /// The data of a finished sweep in memory.
    #[must_use]
    pub fn from_sweep(sweep: &Sweep, attributes: AttributeSet) -> Self {
        let mut columns = AttributeColumns::new(attributes);
        for entry in &sweep.samples {
            columns.push(&entry.melody);
        }
        let mut data = Self::from_plan(&sweep.plan, columns);
        data.counts = MelodyCounts::count(&sweep.samples);
        data.centre_counts = Some(MelodyCounts::count(&sweep.centres));
        data.steps = sweep.steps;
        data.weights_hash.clone_from(&sweep.weights_hash);
        data
    }

    /// The data of a plan's samples, in order, with their attributes. Counts, steps and weights are set by the caller.
    #[must_use]
    pub fn from_plan(plan: &Arc<SweepPlan>, columns: AttributeColumns) -> Self {
        Self {
            config: Some(plan.config.clone()),
            region_centres: plan.region_centres.clone(),
            latents: LatentSource::FromPlan(Arc::clone(plan)),
            cached_latents: Vec::new(),
            regions: plan.sample_ids().filter_map(MelodyId::region).collect(),
            columns: columns.values,
            map: plan.map.clone(),
            quality: plan.quality,
            counts: MelodyCounts::default(),
            centre_counts: None,
            steps: 0,
            weights_hash: String::new(),
            attributes: columns.set,
        }
    }

    /// Data of another program. The samples of a region must be contiguous.
    #[must_use]
    pub fn from_points(
        region_centres: Vec<LatentPoint>,
        latents: Vec<LatentPoint>,
        regions: Vec<u32>,
        columns: AttributeColumns,
        counts: MelodyCounts,
        steps: usize,
    ) -> Self {
        let Ok(RegionMap { map, quality, .. }) =
            RegionMap::compute(&region_centres, &mut crate::progress::no_progress);
        Self {
            config: None,
            region_centres,
            latents: LatentSource::Stored(latents),
            cached_latents: Vec::new(),
            regions,
            columns: columns.values,
            map,
            quality,
            counts,
            centre_counts: None,
            steps,
            weights_hash: String::new(),
            attributes: columns.set,
        }
    }

    /// Number of samples.
    #[must_use]
    pub fn len(&self) -> usize {
        self.regions.len()
    }

    /// Whether there is no sample.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// Dimensions of the latent space.
    #[must_use]
    pub fn latent_size(&self) -> usize {
        self.region_centres.first().map_or(0, LatentPoint::len)
    }

    /// Computes and caches the latent points of a plan's samples, if they are not too many: a study and its files iterate over
    /// them several times. Changes no result.
    pub fn cache_latents(&mut self) {
        let bytes = self.len() * self.latent_size() * size_of::<f32>();
        if bytes <= MAX_CACHED_BYTES && matches!(self.latents, LatentSource::FromPlan(_)) {
            let all = (0..self.len()).into_par_iter();
            self.cached_latents = all.filter_map(|index| self.latent(index)).collect();
        }
    }

    /// Latent point of a sample by index; `None` past the end.
    #[must_use]
    pub fn latent(&self, index: usize) -> Option<LatentPoint> {
        if let Some(cached) = self.cached_latents.get(index) {
            return Some(cached.clone());
        }
        match &self.latents {
            LatentSource::Stored(points) => points.get(index).cloned(),
            LatentSource::FromPlan(plan) => {
                let per_region = plan.config.samples as usize;
                plan.latent(MelodyId::Sample {
                    region: u32::try_from(index / per_region).ok()?,
                    sample: u32::try_from(index % per_region).ok()?,
                })
            }
        }
    }

    /// Indices of at most about `max` samples: of each region the same number of its first samples, or all if it has fewer. At
    /// least one of each region, and all samples if there are no more than `max`.
    #[must_use]
    pub fn even_indices(&self, max: usize) -> Vec<usize> {
        let region_sizes: Vec<usize> = self
            .regions
            .chunk_by(|a, b| a == b)
            .map(<[u32]>::len)
            .collect();
        let cap = largest_cap(&region_sizes, max);
        let mut first = 0;
        let mut indices = Vec::with_capacity(max.min(self.len()));
        for size in region_sizes {
            indices.extend(first..first + size.min(cap));
            first += size;
        }
        indices
    }

    /// Mean of an attribute over the samples of each region; `None` if all are empty.
    #[must_use]
    pub fn region_means(&self, attribute: usize) -> Vec<Option<f64>> {
        let mut values = vec![Vec::new(); self.region_centres.len()];
        for (region, value) in self.regions.iter().zip(&self.columns[attribute]) {
            if let (Some(list), Some(value)) = (values.get_mut(*region as usize), value) {
                list.push(*value);
            }
        }
        values.iter().map(|list| mean(list)).collect()
    }

    /// The values of an attribute over the samples that have it.
    #[must_use]
    pub fn values(&self, attribute: usize) -> Vec<f64> {
        self.columns[attribute].iter().copied().flatten().collect()
    }
}

/// The largest number, at least 1, by which lengths can be capped so that their sum is at most `max`.
fn largest_cap(lengths: &[usize], max: usize) -> usize {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let mut remaining = max;
    for (index, length) in sorted.iter().enumerate() {
        let cap = remaining / (sorted.len() - index);
        if *length > cap {
            return cap.max(1);
        }
        remaining -= length;
    }
    sorted.last().copied().unwrap_or(1).max(1)
}

/// The attributes of melodies, one column per attribute, filled melody by melody.
#[derive(Clone, Debug)]
pub struct AttributeColumns {
    set: AttributeSet,
    values: Vec<Vec<Option<f64>>>,
}

impl AttributeColumns {
    /// Empty columns.
    #[must_use]
    pub fn new(set: AttributeSet) -> Self {
        Self {
            set,
            values: vec![Vec::new(); STUDY_ATTRIBUTES.len()],
        }
    }

    /// Adds values that are measured already, by the standard definitions, in the order of the attribute table; `None` for an
    /// empty melody.
    pub fn push_row(&mut self, row: Option<&[f64]>) {
        for (index, list) in self.values.iter_mut().enumerate() {
            list.push(row.and_then(|row| row.get(index).copied()));
        }
    }

    /// Measures and adds a melody.
    pub fn push(&mut self, melody: &Melody) {
        self.push_row(self.set.measure(melody).as_deref());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_capped_so_that_their_sum_fits() {
        for (lengths, max, expected) in [
            (&[5, 5, 5][..], 100, 5),
            (&[5, 5, 5], 15, 5),
            (&[5, 5, 5], 14, 4),
            (&[1, 50, 50], 1_000, 50),
            (&[1, 50, 50], 61, 30),
            (&[1, 2, 9], 10, 7),
            (&[4, 4, 4], 2, 1),
            (&[], 10, 1),
        ] {
            assert_eq!(largest_cap(lengths, max), expected, "{lengths:?} {max}");
        }
    }
}
