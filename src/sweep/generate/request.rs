//! What to generate.

use super::path::LatentPath;
use super::path::MAX_BLEND_MELODIES;
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::Melody;
use crate::sweep::error::SweepError;
use crate::sweep::identity::GenerateMethod;

/// Maximum number of melodies of one set.
pub const MAX_GENERATED: u32 = 4_096;

/// A request for a set of melodies.
#[derive(Clone, Debug, PartialEq)]
pub struct GenerateRequest {
    /// Number of the set, in the melodies' ids.
    pub set: u32,
    /// Method and its inputs.
    pub kind: GenerateKind,
}

/// A method of generating melodies, with its inputs.
#[derive(Clone, Debug, PartialEq)]
pub enum GenerateKind {
    /// Encode melodies of the model's length; each gets the mean of its posterior.
    Encode(Vec<Melody>),
    /// Melodies near a point, nearest in sound first; those with the notes of the point itself come last.
    Explore {
        /// The point.
        centre: LatentPoint,
        /// Standard deviation around it, per dimension.
        sigma: f64,
        /// Number of melodies.
        count: u32,
        /// Seed of the draws.
        seed: u64,
    },
    /// Melodies on a path over a map.
    Path(LatentPath),
    /// Melodies from one point to another.
    Blend {
        /// First end.
        from: LatentPoint,
        /// Last end.
        to: LatentPoint,
        /// Number of melodies, both ends included; at least 2.
        count: u32,
        /// Path between the ends.
        interpolation: Interpolation,
        /// Choose the points so that the melodies change as evenly as possible, instead of at equal distances; points off
        /// the path are used where a gap would be longer than half of the whole change.
        even: bool,
    },
}

impl GenerateKind {
    /// The method alone.
    #[must_use]
    pub fn method(&self) -> GenerateMethod {
        match self {
            Self::Encode(_) => GenerateMethod::Imported,
            Self::Explore { .. } => GenerateMethod::Explored,
            Self::Blend { .. } => GenerateMethod::Blended,
            Self::Path(_) => GenerateMethod::Path,
        }
    }

    /// Checks all inputs.
    ///
    /// # Errors
    /// [`SweepError::Setting`] names the first invalid one.
    pub(super) fn validate(&self) -> Result<(), SweepError> {
        match self {
            Self::Encode(melodies) if melodies.len() > MAX_GENERATED as usize => {
                Err(SweepError::setting(
                    "the number of melodies",
                    &melodies.len(),
                    format!("choose at most {MAX_GENERATED}"),
                ))
            }
            Self::Explore { count, .. } if !(1..=MAX_GENERATED).contains(count) => {
                Err(SweepError::setting(
                    "the number of melodies",
                    count,
                    format!("choose 1 to {MAX_GENERATED}"),
                ))
            }
            Self::Explore { sigma, .. } if !(sigma.is_finite() && *sigma > 0.0) => Err(
                SweepError::setting("sigma", sigma, "choose a number above 0"),
            ),
            Self::Blend { count, .. } if !(2..=MAX_BLEND_MELODIES).contains(count) => {
                Err(SweepError::setting(
                    "the number of steps",
                    count,
                    format!("choose 2 to {MAX_BLEND_MELODIES}, both ends included"),
                ))
            }
            Self::Blend { from, to, .. } if from.len() != to.len() => Err(SweepError::setting(
                "the width of the second end",
                &to.len(),
                format!(
                    "both ends must be points of one model, with {} numbers",
                    from.len()
                ),
            )),
            Self::Path(path) => path.validate(),
            _ => Ok(()),
        }
    }
}
