//! A kept melody as the window shows it.

use std::sync::Arc;

use crate::melody::Melody;
use crate::session::library::KeptMelody;
use crate::sweep::MelodyId;

/// Provenance of a melody: enough to decode it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Provenance {
    /// Its id in its sweep.
    pub id: MelodyId,
    /// Its name.
    pub name: String,
    /// Seed of that sweep.
    pub seed: u64,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
}

/// A kept melody.
#[derive(Clone)]
pub struct KeptEntry {
    /// Its number, never used twice. Numbers of unsaved melodies count down from [`u64::MAX`].
    pub number: u64,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its entry in the library.
    pub stored: KeptMelody,
    /// Whether it is in the library on the disk; if not, it is lost when the window closes.
    pub saved: bool,
}

impl KeptEntry {
    pub(super) fn new(number: u64, stored: KeptMelody, saved: bool) -> Self {
        Self {
            number,
            melody: Arc::new(Melody::from_tokens(stored.identity.tokens.clone())),
            stored,
            saved,
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.stored.name
    }

    /// Its name without spaces around it; `None` if there is nothing else in it.
    pub(super) fn trimmed_name(&self) -> Option<&str> {
        Some(self.name().trim()).filter(|name| !name.is_empty())
    }

    /// Its provenance.
    pub fn provenance(&self) -> Provenance {
        let identity = &self.stored.identity;
        Provenance {
            id: identity.id,
            name: self.stored.name.clone(),
            seed: identity.seed,
            weights_hash: identity.weights_hash.clone(),
        }
    }

    /// Whether the user has given it a name of its own: it is not the one of its place in a sweep.
    pub fn is_renamed(&self) -> bool {
        let id = self.stored.identity.id;
        id.region().is_some() && self.stored.name != id.to_string()
    }

    /// Its key in the order by hand: where the user has moved it, else in the order of keeping.
    pub(super) fn sort_key(&self) -> f64 {
        let key = self.stored.annotations.sort_key;
        key.unwrap_or(self.number as f64)
    }

    /// Its number in the library, if it is there.
    pub fn library_number(&self) -> Option<u64> {
        self.saved.then_some(self.number)
    }
}
