//! The request of a steering search: goals, origin and limits.

use std::str::FromStr;
use std::sync::Arc;

use super::goals::SteerGoals;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Scale};
use crate::sweep::error::SweepError;

/// Maximum number of melodies of one request.
pub const MAX_STEERED: u32 = 4_096;
/// Limit of [`SteerRequest::max_candidates_per_melody`].
pub const MAX_CANDIDATES_PER_MELODY: u32 = 1_024;

/// Goals for the attributes and how to search for melodies that have them.
#[derive(Clone, Debug, PartialEq)]
pub struct SteerRequest {
    /// The goals for the attributes.
    pub goals: SteerGoals,
    /// Where to search.
    pub origin: SteerOrigin,
    /// Scale that every note is to be in: melodies are transposed to where they fit it, unless they are to be like another.
    pub scale: Option<Scale>,
    /// Melodies that must not be found, in any transposition, such as those of an earlier search.
    pub excluded: Vec<Arc<Melody>>,
    /// Number of melodies.
    pub count: u32,
    /// Seed of the search.
    pub seed: u64,
    /// Decoding temperature; 0 takes the most likely token at each step.
    pub temperature: f32,
    /// Maximum number of candidates decoded per melody; `--effort` on the command line.
    pub max_candidates_per_melody: u32,
    /// Number of this request: the first number in the melodies' ids.
    pub number: u32,
}

/// Where to search.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum SteerOrigin {
    /// All over the latent space, melodies as different from each other as they can be.
    #[default]
    Anywhere,
    /// Near one melody.
    Like(SteerSource),
}

/// A melody that new ones are to resemble.
#[derive(Clone, Debug, PartialEq)]
pub struct SteerSource {
    /// Its latent point.
    pub latent: LatentPoint,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Fraction of its notes that stay, from 0 to 1: of ten notes, 0.7 lets three change, by the weights of
    /// [`crate::melody::edit_distance`]. Notes added or removed for a wanted density are not counted.
    pub closeness: f64,
    /// What stays exactly as it is.
    pub keep: KeptAspect,
}

/// The aspect of a source's melody that stays exactly as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum KeptAspect {
    /// Nothing.
    #[default]
    Nothing,
    /// When its notes start and end; their pitches are new.
    Rhythm,
    /// The order of its pitches, again from the first one after the last; when they sound is new.
    Pitches,
    /// The first bar.
    FirstBar,
}

impl KeptAspect {
    /// Every variant.
    pub const ALL: [Self; 4] = [Self::Nothing, Self::Rhythm, Self::Pitches, Self::FirstBar];

    /// Its name on the command line and in files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Rhythm => "rhythm",
            Self::Pitches => "pitches",
            Self::FirstBar => "first-bar",
        }
    }
}

impl FromStr for KeptAspect {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.into_iter().find(|keep| keep.name() == text);
        known.ok_or_else(|| format!("choose {}", Self::ALL.map(Self::name).join(", ")))
    }
}

impl Default for SteerRequest {
    fn default() -> Self {
        Self {
            goals: SteerGoals::free(),
            origin: SteerOrigin::Anywhere,
            scale: None,
            excluded: Vec::new(),
            count: 32,
            seed: 99,
            temperature: 0.0,
            max_candidates_per_melody: 96,
            number: 0,
        }
    }
}

impl SteerRequest {
    /// The melody that new ones are to resemble.
    #[must_use]
    pub fn source(&self) -> Option<&SteerSource> {
        match &self.origin {
            SteerOrigin::Anywhere => None,
            SteerOrigin::Like(source) => Some(source),
        }
    }

    /// Checks everything that does not depend on a sweep.
    ///
    /// # Errors
    /// [`SweepError::NothingWanted`] if all attributes are free and there is neither source nor scale,
    /// [`SweepError::NoSuchAttribute`]; [`SweepError::Setting`] names the first invalid setting.
    pub fn validate(&self) -> Result<(), SweepError> {
        self.goals.validate()?;
        if self.goals.is_free() && self.source().is_none() && self.scale.is_none() {
            return Err(SweepError::NothingWanted);
        }
        for (setting, found, max) in [
            ("the number of melodies", self.count, MAX_STEERED),
            (
                "the number of candidates",
                self.max_candidates_per_melody,
                MAX_CANDIDATES_PER_MELODY,
            ),
        ] {
            if !(1..=max).contains(&found) {
                let advice = format!("choose 1 to {max}");
                return Err(SweepError::setting(setting, &found, advice));
            }
        }
        if !(0.0..=100.0).contains(&self.temperature) {
            let advice = "choose 0 for the likeliest melody, or a number up to 100";
            return Err(SweepError::setting(
                "the temperature",
                &self.temperature,
                advice,
            ));
        }
        self.source().map_or(Ok(()), SteerSource::validate)
    }
}

impl SteerSource {
    fn validate(&self) -> Result<(), SweepError> {
        if !(0.0..=1.0).contains(&self.closeness) {
            let advice = "choose a number from 0 to 1";
            return Err(SweepError::setting(
                "the closeness",
                &self.closeness,
                advice,
            ));
        }
        if self.melody.is_empty() {
            return Err(SweepError::SilentSource);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::melody::testing::melody;

    #[test]
    fn an_invalid_request_is_refused_with_the_valid_values() {
        let valid_request = SteerRequest {
            goals: SteerGoals::wanted(0, 0.5),
            ..SteerRequest::default()
        };
        assert!(valid_request.validate().is_ok());
        let error_text = |change: fn(&mut SteerRequest)| {
            let mut request = valid_request.clone();
            change(&mut request);
            request.validate().unwrap_err().to_string()
        };
        assert_eq!(
            error_text(|r| r.count = 0),
            "the number of melodies cannot be 0; choose 1 to 4096"
        );
        assert!(
            error_text(|r| r.max_candidates_per_melody = 0).starts_with("the number of candidates")
        );
        assert!(error_text(|r| r.temperature = f32::NAN).starts_with("the temperature"));
        assert!(error_text(|r| r.goals = SteerGoals::free()).contains("nothing is wanted"));
        assert!(error_text(|r| r.origin = source(&[(60, 0, 4)], 1.5)).starts_with("the closeness"));
        assert!(error_text(|r| r.origin = source(&[], 0.5)).contains("silent"));
        // A melody to resemble is a goal too.
        let like = SteerRequest {
            origin: source(&[(60, 0, 4)], 0.5),
            ..SteerRequest::default()
        };
        assert!(like.validate().is_ok());
    }

    fn source(notes: &[(u8, u32, u32)], closeness: f64) -> SteerOrigin {
        SteerOrigin::Like(SteerSource {
            latent: LatentPoint::new(vec![0.0; 24]),
            melody: Arc::new(melody(notes, 32)),
            closeness,
            keep: KeptAspect::Nothing,
        })
    }
}
