//! A melody that steering found, and what steering reports while it searches.

use std::sync::Arc;

use super::entry::MelodyEntry;
use super::identity::MelodyId;
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::Melody;

/// A melody found by steering.
#[derive(Clone, Debug)]
pub struct SteeredMelody {
    /// Its id.
    pub id: MelodyId,
    /// Its latent point.
    pub latent: LatentPoint,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes.
    pub attributes: AttributeRow,
    /// Its position on the map.
    pub position: [f64; 2],
    /// Its id in the sweep, if it is one of the sweep's melodies; `None` for a newly decoded one.
    pub in_sweep: Option<MelodyId>,
}

impl SteeredMelody {
    /// The same without its latent point.
    #[must_use]
    pub fn entry(&self) -> MelodyEntry {
        MelodyEntry {
            id: self.id,
            melody: Arc::clone(&self.melody),
            attributes: self.attributes.clone(),
            position: self.position,
        }
    }
}

/// The report on a round of a search: the melodies that are new or replace one of an earlier round with the same id.
#[derive(Clone, Debug)]
pub struct SteerRound {
    /// Number of the round. Round 0 comes at once, without decoding: the nearest melodies of the sweep itself.
    pub number: u32,
    /// The melodies, in the order of their ids.
    pub melodies: Vec<SteeredMelody>,
    /// Number of melodies so far that meet the goals and will not be replaced any more.
    pub accepted_count: usize,
}
