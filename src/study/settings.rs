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
    /// Those of this program.
    #[default]
    Standard,
    /// Those of the published study's code: rhythmic complexity on a stretched grid with repeated weights.
    #[serde(rename = "as-published")]
    PublishedCode,
}

impl AttributeSet {
    /// The attributes of a study, [`STUDY_ATTRIBUTES`], of a melody; `None` if it is empty.
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
/// Maximum number of permutations, and of resamples.
const MAX_DRAWS: u64 = 1_000_000;

/// Everything that decides a study's result besides the sweep and the weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StudySettings {
    /// The preset's name, if there was one.
    pub preset: Option<String>,
    /// Definitions of the attributes.
    pub attributes: AttributeSet,
    /// Whether a region without any note counts as the highest of all, as in the code of the published study.
    #[serde(default)]
    pub empty_is_high: bool,
    /// Standard deviation of the new samples around the low, mid and high regions, per dimension.
    pub group_sigma: f64,
    /// New samples around each of these regions.
    pub group_samples: u32,
    /// Resamples of a bootstrap interval.
    pub resamples: usize,
    /// Permutations for chance levels.
    pub permutations: usize,
    /// Level of intervals and bands.
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
        let check_limit = |what: &str, found: u64, max: u64| {
            if found > max {
                return Err(format!(
                    "the number of {what} cannot be {found}; it is {max} at most"
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
    /// As the text of the published study says: a box of width 6, sigma 1.
    PublishedText,
    /// As its code does: the box, the code's sigma, the code's rhythmic complexity, and regions without any note counted as
    /// the highest.
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
        let boxed = Scaling::Box { width: 6.0 };
        (config.scaling, config.sigma, settings.attributes) = match self {
            Self::PublishedText => (boxed, Sigma::Fixed(1.0), AttributeSet::Standard),
            Self::PublishedCode => (boxed, Sigma::PublishedCode, AttributeSet::PublishedCode),
            Self::Prior => (Scaling::Prior, Sigma::Fixed(0.5), AttributeSet::Standard),
        };
        settings.empty_is_high = self == Self::PublishedCode;
        settings.preset = Some(self.name().to_owned());
    }
}
