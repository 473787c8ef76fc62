//! The settings of a study, and presets.

use serde::{Deserialize, Serialize};

use crate::attributes::{STUDY_ATTRIBUTES, rhythmic_complexity_of_published_code};
use crate::latent::{Scaling, Sigma};
use crate::melody::Melody;
use crate::sweep::SweepConfig;

/// Definitions of the attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AttributeSet {
    /// The definitions of this program.
    #[default]
    Standard,
    /// The definitions of the published study's code: rhythmic complexity on a stretched grid with repeated weights.
    #[serde(rename = "as-published")]
    PublishedCode,
}

impl AttributeSet {
    /// Measures the [`STUDY_ATTRIBUTES`] of a melody; `None` if it is empty.
    #[must_use]
    pub fn measure(self, melody: &Melody) -> Option<Vec<f64>> {
        STUDY_ATTRIBUTES
            .iter()
            .map(|attribute| match (self, attribute.id) {
                (Self::PublishedCode, "rhythmic_complexity") => {
                    rhythmic_complexity_of_published_code(melody)
                }
                _ => (attribute.measure)(melody),
            })
            .collect()
    }
}

/// Maximum number of new samples around a region.
pub const MAX_GROUP_SAMPLES: u32 = 100_000;
/// Maximum number of permutations, and of bootstrap resamples.
const MAX_DRAWS: u64 = 1_000_000;

/// Everything that a study's result depends on besides the sweep and the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudySettings {
    /// Name of the preset, if one was chosen.
    pub preset: Option<String>,
    /// Definitions of the attributes.
    pub attributes: AttributeSet,
    /// Whether a region without any note counts as the highest of all, as in the code of the published study.
    #[serde(default)]
    pub empty_is_high: bool,
    /// Standard deviation of the new samples around the low, mid and high regions, per dimension.
    pub group_sigma: f64,
    /// Number of new samples around each of these regions.
    pub group_samples: u32,
    /// Number of resamples of a bootstrap interval.
    pub resamples: usize,
    /// Number of permutations for chance levels.
    pub permutations: usize,
    /// Confidence level of intervals and bands, such as 0.95.
    pub level: f64,
    /// Seed of resamples and permutations.
    pub seed: u64,
}

impl Default for StudySettings {
    fn default() -> Self {
        Self {
            preset: None,
            attributes: AttributeSet::Standard,
            empty_is_high: false,
            group_sigma: 1.0,
            group_samples: 64,
            resamples: 2_000,
            permutations: 500,
            level: 0.95,
            seed: 99,
        }
    }
}

impl StudySettings {
    /// Checks the limits of all settings.
    ///
    /// # Errors
    /// The first problem, as a clause.
    pub fn check(&self) -> Result<(), String> {
        let check_limit = |name: &str, value: u64, max: u64| {
            if value > max {
                return Err(format!(
                    "the number of {name} cannot be {value}; it is {max} at most"
                ));
            }
            Ok(())
        };
        check_limit(
            "new samples",
            self.group_samples.into(),
            MAX_GROUP_SAMPLES.into(),
        )?;
        check_limit("permutations", self.permutations as u64, MAX_DRAWS)?;
        check_limit("resamples", self.resamples as u64, MAX_DRAWS)?;
        if !(0.0..=1_000.0).contains(&self.group_sigma) {
            return Err(format!("the groups' sigma cannot be {}", self.group_sigma));
        }
        if !(self.level > 0.0 && self.level < 1.0) {
            return Err(format!("the level of intervals cannot be {}", self.level));
        }
        Ok(())
    }
}

/// A published or recommended choice of settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StudyPreset {
    /// The settings in the text of the published study: a box of width 6, sigma 1.
    PublishedText,
    /// The settings of its code: the box, the code's sigma, the code's rhythmic complexity, and regions without any note counted
    /// as the highest.
    PublishedCode,
    /// Draws of the prior with sigma 0.5.
    Prior,
}

impl StudyPreset {
    /// Name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::PublishedText => "paper",
            Self::PublishedCode => "as-published",
            Self::Prior => "prior",
        }
    }

    /// Sets the preset's choices in a config and settings.
    pub fn apply(self, config: &mut SweepConfig, settings: &mut StudySettings) {
        let box_scaling = Scaling::Box { width: 6.0 };
        (config.scaling, config.sigma, settings.attributes) = match self {
            Self::PublishedText => (box_scaling, Sigma::Fixed(1.0), AttributeSet::Standard),
            Self::PublishedCode => (
                box_scaling,
                Sigma::PublishedCode,
                AttributeSet::PublishedCode,
            ),
            Self::Prior => (Scaling::Prior, Sigma::Fixed(0.5), AttributeSet::Standard),
        };
        settings.empty_is_high = self == Self::PublishedCode;
        settings.preset = Some(self.name().to_owned());
    }
}
