//! The user's taste: the types. `taste_learning` learns it, `taste_ranking` orders melodies by it.
//!
//! It is learnt from the kept melodies and from the history of the session, which says what was heard and not kept; nothing else
//! is stored, and nothing leaves the machine.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::kept_entry::KeptEntry;
use crate::latent::LatentPoint;
use crate::session::library::MelodyIdentity;
use crate::session::piece::Piece;
use crate::sweep::{
    GenerateMethod, MelodyEntry, MelodyId, PreferenceError, PreferenceExample, PreferenceModel,
};

/// What was learnt, and the order of each set.
#[derive(Default)]
pub struct TasteState {
    pub(super) learnt: Option<Learnt>,
    /// Why nothing is learnt.
    pub(super) error: Option<PreferenceError>,
    /// What it was learnt from.
    pub(super) source: Option<SourceKey>,
    /// The timeline at that time: what is in it was not left aside.
    pub(super) piece: Arc<Piece>,
    pub(super) counts: TasteCounts,
    pub(super) rankings: BTreeMap<(u64, RankedSet), Ranking>,
}

/// A fitted model, and the kept melodies that it was fitted to.
pub(super) struct Learnt {
    pub model: PreferenceModel,
    pub kept: Vec<MelodyIdentity>,
}

/// Versions of everything that the taste is learnt from.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct SourceKey {
    pub weights_hash: String,
    pub kept_melodies: u64,
    pub judgements: u64,
    pub generation: u64,
    pub is_complete: bool,
    pub since_ms: i64,
}

/// How many melodies count, and how many do not.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TasteCounts {
    /// Kept melodies that count.
    pub kept: usize,
    /// Melodies that were heard for a whole loop and not kept.
    pub skipped: usize,
    /// Kept melodies that do not count because they were kept with another model.
    pub other_model: usize,
    /// Kept melodies that do not count because they have no latent point.
    pub without_point: usize,
    /// Kept melodies that do not count because the taste was reset since.
    pub before_reset: usize,
}

/// Melodies that are ordered together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RankedSet {
    Steer(u32),
    Explored(u32),
}

impl RankedSet {
    pub fn of(id: MelodyId) -> Option<(Self, u32)> {
        match id {
            MelodyId::Steered { steer, index } => Some((Self::Steer(steer), index)),
            MelodyId::Generated {
                method: GenerateMethod::Explored,
                set,
                index,
            } => Some((Self::Explored(set), index)),
            _ => None,
        }
    }

    pub fn id(self, index: u32) -> MelodyId {
        match self {
            Self::Steer(steer) => MelodyId::Steered { steer, index },
            Self::Explored(set) => MelodyId::Generated {
                method: GenerateMethod::Explored,
                set,
                index,
            },
        }
    }
}

/// The order of a set. It stays while the melodies are heard one after another, although each of them teaches the taste more.
pub(super) struct Ranking {
    /// Indices in the set, best first.
    pub order: Vec<u32>,
    /// For each index in the set, the kept melody that it is most like.
    pub alike: Vec<Option<MelodyIdentity>>,
}

/// The place of a melody in the order of its set.
pub struct RankedPlace<'a> {
    /// Its place, from 1.
    pub place: usize,
    /// Number of melodies in the set.
    pub of: usize,
    /// The kept melody that it is most like, if it is like one.
    pub alike: Option<&'a KeptEntry>,
}

impl TasteState {
    /// How many melodies count, and how many do not.
    pub fn counts(&self) -> TasteCounts {
        self.counts
    }

    /// Whether melodies are ranked.
    pub fn is_learnt(&self) -> bool {
        self.learnt.is_some()
    }
}

impl Learnt {
    /// Orders melodies, each with whether it has what was asked for.
    pub fn rank<'a>(
        &self,
        melodies: impl Iterator<Item = (bool, &'a MelodyEntry, &'a LatentPoint)>,
    ) -> Ranking {
        let melodies: Vec<(bool, PreferenceExample<'_>)> = melodies
            .map(|(has_it, entry, latent)| {
                let attributes = &entry.attributes;
                (has_it, PreferenceExample { latent, attributes })
            })
            .collect();
        let alike = melodies.iter().map(|(_, melody)| {
            let index = self.model.most_alike(*melody)?;
            self.kept.get(index).cloned()
        });
        let order = self.model.order(&melodies).into_iter();
        Ranking {
            alike: alike.collect(),
            order: order
                .filter_map(|index| u32::try_from(index).ok())
                .collect(),
        }
    }
}
