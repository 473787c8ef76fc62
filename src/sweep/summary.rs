//! Summary figures of a sweep.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::config::SweepConfig;
use super::entry::MelodyEntry;
use super::plan::RegionSpread;
use super::result::Sweep;
use crate::attributes::ATTRIBUTES;
use crate::embedding::RegionMapQuality;
use crate::melody::Tokens;
use crate::progress::no_progress;
use crate::statistics::{mean, standard_deviation};

/// Numbers of melodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct MelodyCounts {
    /// Number of melodies.
    pub melodies: usize,
    /// Number of melodies without a note.
    pub empty: usize,
    /// Number of melodies that sound different from all others.
    pub distinct: usize,
}

impl MelodyCounts {
    /// Counts these melodies.
    pub fn count<'a>(entries: impl IntoIterator<Item = &'a MelodyEntry>) -> Self {
        let mut counts = Self::default();
        let mut distinct_tokens: HashSet<Tokens> = HashSet::new();
        for entry in entries {
            counts.melodies += 1;
            counts.empty += usize::from(entry.attributes.is_empty());
            distinct_tokens.insert(entry.melody.tokens().canonical());
        }
        counts.distinct = distinct_tokens.len();
        counts
    }
}

/// Summary of one attribute over the melodies that have it, in attribute units.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AttributeSummary {
    /// The attribute's id.
    pub id: String,
    /// Mean; absent if no melody has it.
    pub mean: Option<f64>,
    /// Standard deviation of the sample; absent below two melodies.
    pub sd: Option<f64>,
    /// The mean in the unit shown to musicians.
    pub shown_mean: Option<f64>,
    /// Unit of the shown mean.
    pub shown_unit: String,
}

impl AttributeSummary {
    /// Summaries of all attributes over these melodies, in the order of the table.
    #[must_use]
    pub fn summarise(entries: &[MelodyEntry]) -> Vec<Self> {
        let summary = |(index, attribute): (usize, &crate::attributes::Attribute)| {
            let values: Vec<f64> = entries
                .iter()
                .filter_map(|entry| entry.attributes.value(index))
                .collect();
            let mean = mean(&values);
            Self {
                id: attribute.id.to_owned(),
                mean,
                sd: standard_deviation(&values),
                shown_mean: mean.map(attribute.to_display_unit),
                shown_unit: attribute.unit.to_owned(),
            }
        };
        ATTRIBUTES.iter().enumerate().map(summary).collect()
    }
}

/// Summary figures of a sweep.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SweepSummary {
    /// Its config.
    pub config: SweepConfig,
    /// Standard deviation of the samples around their centre, per dimension.
    pub sigma: f64,
    /// Dimensions of the latent space.
    pub latent_size: usize,
    /// Steps of each melody.
    pub steps: usize,
    /// The devices that decoded it, as text.
    pub device: String,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// The samples.
    pub samples: MelodyCounts,
    /// The regions' centres.
    pub centres: MelodyCounts,
    /// Attributes over the samples.
    pub attributes: Vec<AttributeSummary>,
    /// Quality of the region map.
    pub map_quality: RegionMapQuality,
    /// How well samples keep to their own region.
    pub spread: RegionSpread,
    /// Seconds from the first decode to the last.
    pub seconds: f64,
}

impl Sweep {
    /// Summary figures of the sweep.
    #[must_use]
    pub fn summary(&self) -> SweepSummary {
        let Ok(spread) = self.plan.spread(&mut no_progress);
        SweepSummary {
            config: self.plan.config.clone(),
            sigma: self.plan.sigma,
            latent_size: self.plan.latent_size(),
            steps: self.steps,
            device: self.devices_text(),
            weights_hash: self.weights_hash.clone(),
            samples: MelodyCounts::count(&self.samples),
            centres: MelodyCounts::count(&self.centres),
            attributes: AttributeSummary::summarise(&self.samples),
            map_quality: self.plan.quality,
            spread,
            seconds: self.seconds,
        }
    }
}
