//! Contents of a session.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::session::library::{KeptMelody, LibraryEntry};
use crate::session::piece::Piece;
use crate::sweep::{GenerateMethod, LayoutKind, MelodyEntry, MelodyId, SweepPlan};

/// Everything that a session file holds.
#[derive(Clone, Debug, Default)]
pub struct SessionContents {
    /// The maps, ordered by their numbers.
    pub maps: Vec<StoredMap>,
    /// State of the window, as JSON that only the window reads; empty in a new session.
    pub view: String,
    /// Copies of the kept melodies.
    pub kept: KeptCopies,
    /// The play history, oldest first.
    pub heard: Vec<HeardMelody>,
    /// The piece on the timeline.
    pub piece: Arc<Piece>,
    /// Number of maps, sets and blocks of the timeline that could not be read; they stay in the file.
    pub unreadable_count: usize,
}

/// Maximum length of the play history; older melodies are removed.
pub const MAX_HEARD: usize = 2_000;

/// A melody of the play history.
#[derive(Clone, Debug, PartialEq)]
pub struct HeardMelody {
    /// Its number, increasing in the order of playing and never used twice in a session.
    pub number: u64,
    /// Number of the map that it was on; `None` if it was not on a map.
    pub map: Option<u32>,
    /// The melody, stored like a kept one: its `kept_at_ms` is when it was heard.
    pub melody: KeptMelody,
}

/// Copies of the kept melodies, and the library they are from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct KeptCopies {
    /// The library; `None` if none was recorded.
    pub library_id: Option<String>,
    /// The melodies.
    pub entries: Arc<Vec<LibraryEntry>>,
}

/// The model of a map.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StoredModel {
    /// Name from the weights file.
    pub name: String,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// Dimensions of a latent point.
    pub latent_size: usize,
    /// Length of a melody in sixteenth steps.
    pub steps: usize,
    /// Path of the weights file; `None` for the default model.
    pub path: Option<String>,
}

/// A map.
#[derive(Clone, Debug)]
pub struct StoredMap {
    /// Its number in the session.
    pub number: u32,
    /// The model that decoded it.
    pub model: StoredModel,
    /// The plan of its sweep.
    pub plan: Arc<SweepPlan>,
    /// The melodies of its sweep.
    pub swept: SweptMelodies,
    /// Melodies that were added to it.
    pub sets: Vec<StoredSet>,
    /// State of its view, as JSON that only the window reads; may be empty.
    pub view: String,
}

/// The decoded melodies of a sweep and their layout.
#[derive(Clone, Debug, Default)]
pub struct SweptMelodies {
    /// The layout of the positions.
    pub layout: LayoutKind,
    /// Centres, then samples region by region; melodies that were not decoded are left out.
    pub entries: Vec<MelodyEntry>,
}

/// Identifies a set of a map.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SetKey {
    /// How its melodies were generated; `None` for steered melodies.
    pub method: Option<GenerateMethod>,
    /// Its number, as in the ids of its melodies.
    pub number: u32,
}

impl SetKey {
    /// The id of a melody of the set.
    #[must_use]
    pub fn melody_id(self, index: u32) -> MelodyId {
        match self.method {
            None => MelodyId::Steered {
                steer: self.number,
                index,
            },
            Some(method) => MelodyId::Generated {
                method,
                set: self.number,
                index,
            },
        }
    }
}

/// Melodies that were added to a map together.
#[derive(Clone, Debug)]
pub struct StoredSet {
    /// Its key.
    pub key: SetKey,
    /// Names, sources and the like, as JSON that only the window reads.
    pub details: String,
    /// The melodies, in the order of their ids.
    pub entries: Vec<MelodyEntry>,
    /// Their latent points, in the same order.
    pub latents: Vec<LatentPoint>,
    /// For imported melodies, what the model decodes from the latent point of each; else empty.
    pub reconstructions: Vec<Arc<Melody>>,
}
