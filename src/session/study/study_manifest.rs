//! The manifest of a study's parts: the run that they belong to, and the melodies of each part.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::study::StudySettings;
use crate::sweep::{MelodyId, SweepConfig};

/// Maximum number of melodies per part, unless there would be too many parts.
const MAX_MELODIES_PER_PART: u64 = 256;
/// Maximum number of parts.
const MAX_PARTS: u64 = 4_096;
/// Minimum number of parts, if there are as many melodies, so that small studies can also be divided into shards.
const MIN_PARTS: u64 = 16;

/// The run that the parts of a study belong to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudyManifest {
    /// The sweep.
    pub config: SweepConfig,
    /// The settings of the study.
    pub settings: StudySettings,
    /// First 12 hex digits of the SHA-256 of the weights.
    pub weights_hash: String,
    /// Dimensions of the latent space.
    pub latent_size: usize,
    /// Steps of each melody.
    pub steps: usize,
    /// Devices that decoded each finished part, by its index; several if the first device failed. Parts that older versions decoded
    /// have no entry.
    #[serde(default)]
    pub devices: BTreeMap<usize, Vec<String>>,
    /// Number of shards of the study, if it is divided. Folders of one study may differ in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shards: Option<usize>,
}

/// Maximum number of dimensions of a latent space that a manifest may have.
const MAX_DIMENSIONS: usize = 1 << 16;
/// Maximum number of steps of a melody that a manifest may have.
const MAX_STEPS: usize = 1 << 12;
/// Maximum number of values in the centres of all regions, four bytes each.
const MAX_CENTRE_VALUES: u64 = 1 << 28;

impl StudyManifest {
    /// Checks all sizes, before memory is allocated for them.
    pub(super) fn check(&self) -> Result<(), String> {
        self.config.validate().map_err(|error| error.to_string())?;
        self.settings.check()?;
        let check_range = |name: &str, value: usize, max: usize| {
            if (1..=max).contains(&value) {
                Ok(())
            } else {
                Err(format!("{name} cannot be {value}; it is 1 to {max}"))
            }
        };
        check_range("its latent size", self.latent_size, MAX_DIMENSIONS)?;
        check_range("its number of steps", self.steps, MAX_STEPS)?;
        if u64::from(self.config.regions) * self.latent_size as u64 > MAX_CENTRE_VALUES {
            return Err(format!(
                "{} regions in {} dimensions are more than a run can have",
                self.config.regions, self.latent_size
            ));
        }
        Ok(())
    }

    /// Melodies per part; the last part may have fewer.
    fn melodies_per_part(&self) -> u64 {
        let total = self.config.melodies();
        let preferred = total.div_ceil(MIN_PARTS).clamp(1, MAX_MELODIES_PER_PART);
        preferred.max(total.div_ceil(MAX_PARTS))
    }

    /// Number of parts.
    #[must_use]
    pub fn part_count(&self) -> usize {
        self.config.melodies().div_ceil(self.melodies_per_part()) as usize
    }

    /// Ids of a part's melodies: the centres come first, then the samples region by region.
    pub(super) fn ids(&self, part: usize) -> Vec<MelodyId> {
        let first = part as u64 * self.melodies_per_part();
        let last = (first + self.melodies_per_part()).min(self.config.melodies());
        let (regions, samples) = (
            u64::from(self.config.regions),
            u64::from(self.config.samples),
        );
        (first..last)
            .map(|number| match number.checked_sub(regions) {
                None => MelodyId::Centre {
                    region: number as u32,
                },
                Some(number) => MelodyId::Sample {
                    region: (number / samples) as u32,
                    sample: (number % samples) as u32,
                },
            })
            .collect()
    }

    /// Name of the first difference from another manifest; `None` if both are of one run. Devices and the number of shards may
    /// differ.
    pub(super) fn difference(&self, other: &Self) -> Option<&'static str> {
        [
            (self.config != other.config, "the sweep"),
            (self.settings != other.settings, "the study"),
            (self.weights_hash != other.weights_hash, "the model"),
            (
                (self.latent_size, self.steps) != (other.latent_size, other.steps),
                "the size of the model",
            ),
        ]
        .into_iter()
        .find_map(|(differs, name)| differs.then_some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_hold_every_melody_once() {
        for (regions, samples) in [(1, 1), (6, 5), (100, 64), (1_000, 1_000)] {
            let config = SweepConfig {
                regions,
                samples,
                ..SweepConfig::default()
            };
            let manifest = StudyManifest {
                config,
                settings: StudySettings::default(),
                weights_hash: String::new(),
                latent_size: 24,
                steps: 32,
                devices: BTreeMap::new(),
                shards: None,
            };
            let part_count = manifest.part_count();
            assert!(part_count as u64 <= MAX_PARTS, "{part_count}");
            if regions < 1_000 {
                let all: Vec<MelodyId> = (0..part_count)
                    .flat_map(|part| manifest.ids(part))
                    .collect();
                let mut distinct = all.clone();
                distinct.sort();
                distinct.dedup();
                assert_eq!(distinct.len() as u64, manifest.config.melodies());
                assert_eq!(all.len(), distinct.len());
                assert_eq!(all[0], MelodyId::Centre { region: 0 });
            }
        }
    }
}
