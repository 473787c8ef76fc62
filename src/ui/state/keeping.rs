//! Melodies kept for later: they outlive the sweep they came from.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::attributes::AttributeRow;
use crate::melody::Melody;
use crate::sweep::{MelodyEntry, MelodyId};

/// Where a melody came from: enough to make it again.
#[derive(Clone, Debug, PartialEq)]
pub struct Source {
    /// Its id in its sweep.
    pub id: MelodyId,
    /// What it is called.
    pub name: String,
    /// Seed of that sweep.
    pub seed: u64,
    /// Generation of the library it came from.
    pub generation: u64,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
}

/// A kept melody.
#[derive(Clone)]
pub struct Kept {
    /// Its number, never used twice.
    pub number: u64,
    /// The melody.
    pub melody: Arc<Melody>,
    /// Its attributes.
    pub attributes: AttributeRow,
    /// Where it came from.
    pub source: Source,
}

/// The tray of kept melodies, in the order they were kept.
#[derive(Default)]
pub struct Tray {
    list: Vec<Kept>,
    /// Marked for export.
    pub marked: BTreeSet<u64>,
    last_number: u64,
}

impl Tray {
    /// Kept melodies, oldest first.
    pub fn iter(&self) -> impl Iterator<Item = &Kept> {
        self.list.iter()
    }

    /// How many are kept.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether none is kept.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// A kept melody by its number.
    pub fn get(&self, number: u64) -> Option<&Kept> {
        self.list.iter().find(|kept| kept.number == number)
    }

    /// The number of this very melody, if it is kept.
    pub fn number_of(&self, id: MelodyId, generation: u64) -> Option<u64> {
        self.list
            .iter()
            .find(|kept| kept.source.id == id && kept.source.generation == generation)
            .map(|kept| kept.number)
    }

    /// Keeps a melody and returns its number.
    pub fn keep(&mut self, entry: &MelodyEntry, source: Source) -> u64 {
        self.last_number += 1;
        self.list.push(Kept {
            number: self.last_number,
            melody: Arc::clone(&entry.melody),
            attributes: entry.attributes.clone(),
            source,
        });
        self.last_number
    }

    /// Lets a melody go.
    pub fn remove(&mut self, number: u64) {
        self.list.retain(|kept| kept.number != number);
        self.marked.remove(&number);
    }

    /// What an export of the tray writes: the marked melodies, or all.
    pub fn to_export(&self) -> impl Iterator<Item = &Kept> {
        self.list
            .iter()
            .filter(|kept| self.marked.is_empty() || self.marked.contains(&kept.number))
    }
}
