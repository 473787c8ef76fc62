//! What a study looks at: latent points, attributes and map of a sweep, however it was made.

use std::sync::Arc;

use super::settings::AttributeSet;
use crate::attributes::ATTRIBUTES;
use crate::embedding::{Embedding, MapQuality};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::statistics::mean;
use crate::sweep::{Counts, MelodyId, RegionMap, Sweep, SweepConfig, SweepPlan};

/// Where the latent points of the samples come from.
#[derive(Clone, Debug)]
pub enum Latents {
    /// They follow from the plan and are drawn whenever they are needed.
    Drawn(Arc<SweepPlan>),
    /// They were given.
    Given(Vec<LatentPoint>),
}

/// A sweep as numbers: no melodies, and no latent point that can be drawn again.
#[derive(Clone, Debug)]
pub struct StudyData {
    /// Settings of the sweep; absent if it was made by another program.
    pub config: Option<SweepConfig>,
    /// Centre of each region.
    pub centroids: Vec<LatentPoint>,
    /// The samples' latent points.
    pub latents: Latents,
    /// Region of each sample; the samples of a region follow one another.
    pub regions: Vec<u32>,
    /// For each attribute its value for each sample; none for an empty melody.
    pub columns: Vec<Vec<Option<f64>>>,
    /// Metric multidimensional scaling of the centres.
    pub map: Embedding,
    /// How far that map can be believed.
    pub quality: MapQuality,
    /// The samples, counted.
    pub counts: Counts,
    /// The centres, counted, if they were decoded.
    pub centre_counts: Option<Counts>,
    /// Steps of each melody.
    pub steps: usize,
    /// First digits of the SHA-256 of the weights; empty if they are not known.
    pub weights_hash: String,
    /// How the attributes were measured.
    pub attributes: AttributeSet,
}

impl StudyData {
    /// A finished sweep in memory.
    #[must_use]
    pub fn of_sweep(sweep: &Sweep, attributes: AttributeSet) -> Self {
        let mut columns = Columns::new(attributes);
        for entry in &sweep.samples {
            columns.push(&entry.melody);
        }
        let mut material = Self::of_plan(&sweep.plan, columns);
        material.counts = Counts::of(&sweep.samples);
        material.centre_counts = Some(Counts::of(&sweep.centres));
        material.steps = sweep.steps;
        material.weights_hash.clone_from(&sweep.weights_hash);
        material
    }

    /// The samples of a plan, in order, with their attributes. Counts, steps and weights are left to the caller.
    #[must_use]
    pub fn of_plan(plan: &Arc<SweepPlan>, columns: Columns) -> Self {
        Self {
            config: Some(plan.config.clone()),
            centroids: plan.centroids.clone(),
            latents: Latents::Drawn(Arc::clone(plan)),
            regions: plan.sample_ids().filter_map(MelodyId::region).collect(),
            columns: columns.values,
            map: plan.map.clone(),
            quality: plan.quality,
            counts: Counts::default(),
            centre_counts: None,
            steps: 0,
            weights_hash: String::new(),
            attributes: columns.set,
        }
    }

    /// Latent points and melodies from elsewhere. The samples of a region must follow one another.
    #[must_use]
    pub fn given(
        centroids: Vec<LatentPoint>,
        latents: Vec<LatentPoint>,
        regions: Vec<u32>,
        columns: Columns,
        counts: Counts,
        steps: usize,
    ) -> Self {
        let Ok(RegionMap { map, quality, .. }) =
            RegionMap::of(&centroids, &mut crate::statistics::no_progress);
        Self {
            config: None,
            centroids,
            latents: Latents::Given(latents),
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

    /// Whether there is no sample at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.regions.is_empty()
    }

    /// Dimensions of the latent space.
    #[must_use]
    pub fn latent_size(&self) -> usize {
        self.centroids.first().map_or(0, LatentPoint::len)
    }

    /// Latent point of the sample at this place; `None` past the end.
    #[must_use]
    pub fn latent(&self, place: usize) -> Option<LatentPoint> {
        match &self.latents {
            Latents::Given(points) => points.get(place).cloned(),
            Latents::Drawn(plan) => {
                let per_region = plan.config.samples as usize;
                plan.latent(MelodyId::Sample {
                    region: u32::try_from(place / per_region).ok()?,
                    sample: u32::try_from(place % per_region).ok()?,
                })
            }
        }
    }

    /// Places of at most about `most` samples, equally many of each region as far as it has them (the first ones, which are as
    /// random as any). At least one of each region, and all if they are no more than `most`.
    #[must_use]
    pub fn evenly(&self, most: usize) -> Vec<usize> {
        let blocks: Vec<usize> = self
            .regions
            .chunk_by(|a, b| a == b)
            .map(<[u32]>::len)
            .collect();
        let each = most_of_each(&blocks, most);
        let mut first = 0;
        let mut places = Vec::with_capacity(most.min(self.len()));
        for block in blocks {
            places.extend(first..first + block.min(each));
            first += block;
        }
        places
    }

    /// Mean of an attribute over the samples of each region; none where all are empty.
    #[must_use]
    pub fn region_means(&self, attribute: usize) -> Vec<Option<f64>> {
        let mut values = vec![Vec::new(); self.centroids.len()];
        for (region, value) in self.regions.iter().zip(&self.columns[attribute]) {
            if let (Some(list), Some(value)) = (values.get_mut(*region as usize), value) {
                list.push(*value);
            }
        }
        values.iter().map(|list| mean(list)).collect()
    }

    /// The values of an attribute that are there.
    #[must_use]
    pub fn values(&self, attribute: usize) -> Vec<f64> {
        self.columns[attribute].iter().copied().flatten().collect()
    }
}

/// The largest number, at least 1, that keeps the sum over the lengths, each cut to it, within `most`.
fn most_of_each(lengths: &[usize], most: usize) -> usize {
    let mut sorted = lengths.to_vec();
    sorted.sort_unstable();
    let mut rest = most;
    for (place, length) in sorted.iter().enumerate() {
        let each = rest / (sorted.len() - place);
        if *length > each {
            return each.max(1);
        }
        rest -= length;
    }
    sorted.last().copied().unwrap_or(1).max(1)
}

/// The attributes of melodies, one list per attribute, filled one melody after another.
#[derive(Clone, Debug)]
pub struct Columns {
    set: AttributeSet,
    values: Vec<Vec<Option<f64>>>,
}

impl Columns {
    /// Empty lists.
    #[must_use]
    pub fn new(set: AttributeSet) -> Self {
        Self {
            set,
            values: vec![Vec::new(); ATTRIBUTES.len()],
        }
    }

    /// Adds values that were measured already by the standard definitions; none for an empty melody.
    pub fn push_row(&mut self, row: Option<&[f64]>) {
        for (index, list) in self.values.iter_mut().enumerate() {
            list.push(row.and_then(|row| row.get(index).copied()));
        }
    }

    /// Measures one melody more.
    pub fn push(&mut self, melody: &Melody) {
        let row = self.set.measure(melody);
        for (index, list) in self.values.iter_mut().enumerate() {
            list.push(row.as_ref().and_then(|row| row.get(index).copied()));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_of_unequal_sizes_are_used_as_far_as_they_go() {
        for (lengths, most, wanted) in [
            (&[5, 5, 5][..], 100, 5),
            (&[5, 5, 5], 15, 5),
            (&[5, 5, 5], 14, 4),
            (&[1, 50, 50], 1_000, 50),
            (&[1, 50, 50], 61, 30),
            (&[1, 2, 9], 10, 7),
            (&[4, 4, 4], 2, 1),
            (&[], 10, 1),
        ] {
            assert_eq!(most_of_each(lengths, most), wanted, "{lengths:?} {most}");
        }
    }
}
