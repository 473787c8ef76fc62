//! What is selected, and how to take it back.

use std::collections::BTreeSet;

use super::{AppState, DrawnPath, SteerResult};
use crate::session::library::{KeptMelody, MelodyIdentity};
use crate::sweep::MelodyId;

/// What is selected on the map.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The melody the inspector shows.
    pub focus: Option<MelodyId>,
    /// All selected melodies; holds the focus whenever there is one.
    pub all: BTreeSet<MelodyId>,
}

impl Selection {
    /// Just one melody.
    pub fn one(id: MelodyId) -> Self {
        Self {
            focus: Some(id),
            all: BTreeSet::from([id]),
        }
    }

    /// Whether more than one melody is selected.
    pub fn is_many(&self) -> bool {
        self.all.len() > 1
    }

    /// The region whose samples are open on the map; none while several melodies are selected.
    pub fn open_region(&self) -> Option<u32> {
        if self.is_many() {
            return None;
        }
        match self.focus? {
            MelodyId::Centre { region } | MelodyId::Sample { region, .. } => Some(region),
            MelodyId::Steered { .. } | MelodyId::Generated { .. } => None,
        }
    }
}

/// How things were before a selection, a steer, melodies that were made, or a change of the library.
#[derive(Clone, Debug)]
pub struct UndoStep {
    pub(in crate::ui) selection: Selection,
    pub(in crate::ui) wanted: Vec<Option<f64>>,
    pub(in crate::ui) results: Vec<Option<SteerResult>>,
    /// What this step takes off the map.
    pub(in crate::ui) takes_back: Option<Undone>,
}

/// What taking a step back takes off the map, or out of the library.
#[derive(Clone, Debug)]
pub enum Undone {
    /// The melodies of a steer.
    Steer(u32),
    /// A set of made melodies.
    Generated(u32),
    /// The path as it is: this one was there before.
    Path(Option<Box<DrawnPath>>),
    /// Nothing; a melody that was kept is removed.
    Kept(Box<MelodyIdentity>),
    /// Nothing; a melody that was removed is kept again, under the number it had in the library.
    Removed(Box<KeptMelody>, Option<u64>),
}

impl UndoStep {
    /// Whether the step outlives the map it was made on: kept melodies do.
    pub(in crate::ui) fn outlives_the_map(&self) -> bool {
        matches!(self.takes_back, Some(Undone::Kept(_) | Undone::Removed(..)))
    }
}

/// Steps that can be taken back.
const DEEPEST: usize = 100;

impl AppState {
    /// Notes how things are, before they change.
    pub(in crate::ui) fn remember(&mut self, takes_back: Option<Undone>) {
        self.undo.push(UndoStep {
            selection: self.selection.clone(),
            wanted: self.steer.wanted.clone(),
            results: self.steer.results.clone(),
            takes_back,
        });
        if self.undo.len() > DEEPEST {
            self.undo.remove(0);
        }
    }
}
