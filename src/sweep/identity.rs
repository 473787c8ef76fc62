//! The name of a melody: where it comes from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Which melody of a sweep, or of a steer made from it. Numbers count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MelodyId {
    /// The melody of a region's centre.
    Centre {
        /// The region.
        region: u32,
    },
    /// One of the samples around a region's centre.
    Sample {
        /// The region.
        region: u32,
        /// Its number in the region.
        sample: u32,
    },
    /// A melody made to have a wanted attribute value.
    Steered {
        /// Which steer.
        steer: u32,
        /// Its number in the steer.
        index: u32,
    },
}

impl MelodyId {
    /// The region it belongs to, if it belongs to one.
    #[must_use]
    pub fn region(self) -> Option<u32> {
        match self {
            Self::Centre { region } | Self::Sample { region, .. } => Some(region),
            Self::Steered { .. } => None,
        }
    }

    /// Short form for file names: `r041_s12`, `r041_centre`, `steer3_12`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::Centre { region } => format!("r{region:03}_centre"),
            Self::Sample { region, sample } => format!("r{region:03}_s{sample:02}"),
            Self::Steered { steer, index } => format!("steer{steer}_{index:02}"),
        }
    }
}

impl fmt::Display for MelodyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Centre { region } => write!(f, "Region {region}, centre"),
            Self::Sample { region, sample } => write!(f, "Region {region}, sample {sample}"),
            Self::Steered { steer, index } => write!(f, "Steered {steer}.{index}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::MelodyId;

    #[test]
    fn a_name_reads_as_a_sentence_and_sorts_as_a_file() {
        let sample = MelodyId::Sample {
            region: 41,
            sample: 12,
        };
        assert_eq!(sample.to_string(), "Region 41, sample 12");
        assert_eq!(sample.slug(), "r041_s12");
        assert_eq!(
            MelodyId::Centre { region: 41 }.to_string(),
            "Region 41, centre"
        );
        assert_eq!(
            MelodyId::Steered {
                steer: 3,
                index: 12
            }
            .to_string(),
            "Steered 3.12"
        );
    }
}
