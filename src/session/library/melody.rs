//! A kept melody as the library stores it.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::sweep::MelodyId;

/// Identity of a kept melody, across runs of the program: provenance and notes.
///
/// The tokens are a part of it because ids of steered, explored and blended melodies start again in each run.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct MelodyIdentity {
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// Seed of the sweep.
    pub seed: u64,
    /// Id in the sweep.
    pub id: MelodyId,
    /// The melody.
    pub tokens: Tokens,
}

/// Maximum number of characters of a name that is given to a kept melody.
pub const MAX_NAME_LETTERS: usize = 200;
/// Maximum number of stars of a melody.
pub const MAX_STARS: u8 = 5;

/// Properties that the user gives a melody, besides its name, and the origin of an edited melody.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Annotations {
    /// Stars, 0 to [`MAX_STARS`].
    pub stars: u8,
    /// Tags, in the order they were given.
    pub tags: Vec<String>,
    /// Sort key in the manual order, ascending, once the user has moved the melody; `None` sorts by the number of its row. Column
    /// `place`.
    pub sort_key: Option<f64>,
    /// For an edited melody, a description of its origin: "edited from Region 3, centre (seed 7, …), 2 edits".
    pub origin: Option<String>,
}

/// A kept melody with everything that the library stores of it.
#[derive(Clone, Debug, PartialEq)]
pub struct KeptMelody {
    /// Provenance and notes.
    pub identity: MelodyIdentity,
    /// Name shown to the user.
    pub name: String,
    /// Latent point; `None` for melodies of versions that did not store it.
    pub latent: Option<LatentPoint>,
    /// Version of Tunescape that kept it; empty if unknown.
    pub app_version: String,
    /// Marked for export.
    pub marked: bool,
    /// When it was kept, milliseconds since the start of 1970, UTC.
    pub kept_at_ms: i64,
    /// Stars, tags, sort key and origin.
    pub annotations: Annotations,
}

#[cfg(test)]
impl KeptMelody {
    /// A melody of repeated C4 as the centre of a region.
    pub(crate) fn for_test(region: u32) -> Self {
        Self {
            identity: MelodyIdentity {
                weights_hash: "0123456789ab".to_owned(),
                seed: 1,
                id: MelodyId::Centre { region },
                tokens: Tokens::new(vec![41; 32]).expect("ids of notes"),
            },
            name: format!("Region {region}, centre"),
            latent: None,
            app_version: String::new(),
            marked: false,
            kept_at_ms: 0,
            annotations: Annotations::default(),
        }
    }
}

/// A row of the library.
#[derive(Clone, Debug, PartialEq)]
pub struct LibraryEntry {
    /// Number of the row, counting up from 1. It is never given to another melody.
    pub number: u64,
    /// The melody.
    pub melody: KeptMelody,
}

/// The current time in milliseconds since 1970 UTC; 0 if the clock is set to an earlier time.
#[must_use]
pub fn now_ms() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .ok()
        .and_then(|since| i64::try_from(since.as_millis()).ok())
        .unwrap_or(0)
}
