//! What the parts of a run are parts of, and which melodies each part has.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::study::StudySettings;
use crate::sweep::{MelodyId, SweepConfig};

/// Most melodies of a part in a run that is not huge.
const BLOCK: u64 = 256;
/// Most parts of a run that is huge.
pub(super) const MOST_PARTS: u64 = 4_096;
/// Fewest parts of a run that has as many melodies: so that small runs too can be spread over machines.
const FEWEST_PARTS: u64 = 16;

/// What the parts are parts of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The sweep.
    pub config: SweepConfig,
    /// The study that is to be made of it.
    pub settings: StudySettings,
    /// First digits of the SHA-256 of the weights.
    pub weights_hash: String,
    /// Dimensions of the latent space.
    pub latent_size: usize,
    /// Steps of each melody.
    pub steps: usize,
    /// What decoded each part that is there: more than one device if the first failed on the way. Parts of before this was
    /// written down are missing here.
    #[serde(default)]
    pub devices: BTreeMap<usize, Vec<String>>,
}

/// Most dimensions of a latent space, and steps of a melody, that a manifest is believed.
const MOST_DIMENSIONS: usize = 1 << 16;
const MOST_STEPS: usize = 1 << 12;
/// Most numbers in the centres of all regions: four bytes each.
const MOST_NUMBERS: u64 = 1 << 28;
impl Manifest {
    /// Refuses sizes that no run can have, before anything is made of them.
    pub(super) fn check(&self) -> Result<(), String> {
        self.config.validate().map_err(|error| error.to_string())?;
        self.settings.check()?;
        let within = |what: &str, found: usize, most: usize| {
            if (1..=most).contains(&found) {
                Ok(())
            } else {
                Err(format!("{what} cannot be {found}; it is 1 to {most}"))
            }
        };
        within("its latent size", self.latent_size, MOST_DIMENSIONS)?;
        within("its number of steps", self.steps, MOST_STEPS)?;
        if u64::from(self.config.regions) * self.latent_size as u64 > MOST_NUMBERS {
            return Err(format!(
                "{} regions in {} dimensions are more than a run can have",
                self.config.regions, self.latent_size
            ));
        }
        Ok(())
    }

    /// Melodies of a part; the last part may have fewer.
    pub(super) fn block(&self) -> u64 {
        let all = self.config.melodies();
        let small = all.div_ceil(FEWEST_PARTS).clamp(1, BLOCK);
        small.max(all.div_ceil(MOST_PARTS))
    }

    /// Number of parts.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.config.melodies().div_ceil(self.block()) as usize
    }

    /// Names of a part's melodies: the centres come first, then the samples region by region.
    pub(super) fn ids(&self, part: usize) -> Vec<MelodyId> {
        let first = part as u64 * self.block();
        let last = (first + self.block()).min(self.config.melodies());
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

    /// What differs from another, in a word. What decoded is no part of what was asked for.
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
        .find_map(|(differs, what)| differs.then_some(what))
    }
}
