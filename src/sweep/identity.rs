//! The id of a melody, which says where it comes from.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Method by which a melody outside the sweep was generated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum GenerateMethod {
    /// An imported melody, encoded.
    #[serde(rename = "own")]
    Imported,
    /// A melody near another point.
    #[serde(rename = "around")]
    Explored,
    /// A step of a blend between two points.
    #[serde(rename = "between")]
    Blended,
    /// A position between the points of the map, interpolated from the nearest melodies.
    #[serde(rename = "spot")]
    Probe,
    /// A position on a path over the map.
    Path,
}

/// The id of a melody of a sweep, or of one that was steered or generated. Numbers count from 0.
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
    /// A melody that was steered to an attribute value.
    Steered {
        /// Number of the steering request.
        steer: u32,
        /// Its number in the request.
        index: u32,
    },
    /// A generated melody with its own latent point.
    #[serde(rename = "made")]
    Generated {
        /// The method.
        #[serde(rename = "by")]
        method: GenerateMethod,
        /// Number of the set of melodies generated together.
        set: u32,
        /// Its number in the set.
        index: u32,
    },
}

impl MelodyId {
    /// Its region, if it is a melody of the sweep.
    #[must_use]
    pub fn region(self) -> Option<u32> {
        match self {
            Self::Centre { region } | Self::Sample { region, .. } => Some(region),
            Self::Steered { .. } | Self::Generated { .. } => None,
        }
    }

    /// A short form for file names: `r041_s12`, `r041_centre`, `steer3_12`, `own1_00`, `around2_05`, `blend3_06`.
    #[must_use]
    pub fn slug(self) -> String {
        match self {
            Self::Centre { region } => format!("r{region:03}_centre"),
            Self::Sample { region, sample } => format!("r{region:03}_s{sample:02}"),
            Self::Steered { steer, index } => format!("steer{steer}_{index:02}"),
            Self::Generated { method, set, index } => {
                let prefix = match method {
                    GenerateMethod::Imported => "own",
                    GenerateMethod::Explored => "around",
                    GenerateMethod::Blended => "blend",
                    GenerateMethod::Probe => "spot",
                    GenerateMethod::Path => "path",
                };
                format!("{prefix}{set}_{index:02}")
            }
        }
    }

    /// The melody of a sweep with this short form: `r041_s12` or `r041_centre`; leading zeros may be left out.
    #[must_use]
    pub fn from_slug(slug: &str) -> Option<Self> {
        let (region, rest) = slug.strip_prefix('r')?.split_once('_')?;
        let region = region.parse().ok()?;
        match rest {
            "centre" => Some(Self::Centre { region }),
            _ => Some(Self::Sample {
                region,
                sample: rest.strip_prefix('s')?.parse().ok()?,
            }),
        }
    }
}

impl fmt::Display for MelodyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Centre { region } => write!(f, "Region {region}, centre"),
            Self::Sample { region, sample } => write!(f, "Region {region}, sample {sample}"),
            Self::Steered { steer, index } => write!(f, "Steered {steer}.{index}"),
            Self::Generated { method, set, index } => match method {
                GenerateMethod::Imported => write!(f, "Own {set}.{index}"),
                GenerateMethod::Explored => write!(f, "Around {set}.{index}"),
                GenerateMethod::Blended => write!(f, "Blend {set}.{index}"),
                GenerateMethod::Probe => write!(f, "Position {set}"),
                GenerateMethod::Path => write!(f, "Path {set}.{index}"),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{GenerateMethod, MelodyId};

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
        let generated = MelodyId::Generated {
            method: GenerateMethod::Blended,
            set: 2,
            index: 6,
        };
        assert_eq!(
            (generated.to_string(), generated.slug()),
            ("Blend 2.6".to_owned(), "blend2_06".to_owned())
        );
    }

    #[test]
    fn the_short_form_of_a_sweep_s_melody_can_be_parsed() {
        for id in [
            MelodyId::Centre { region: 41 },
            MelodyId::Sample {
                region: 7,
                sample: 112,
            },
        ] {
            assert_eq!(MelodyId::from_slug(&id.slug()), Some(id));
        }
        for wrong in ["", "r", "r1", "r1_", "r1_s", "41_s2", "rx_s1", "r1_s-2"] {
            assert_eq!(MelodyId::from_slug(wrong), None, "{wrong}");
        }
    }
}
