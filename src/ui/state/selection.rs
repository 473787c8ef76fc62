//! The selection on the map.

use std::collections::BTreeSet;

use crate::sweep::MelodyId;

/// The selected melodies.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Selection {
    /// The melody in the inspector.
    pub focus: Option<MelodyId>,
    /// All selected melodies; contains the focus.
    pub all: BTreeSet<MelodyId>,
}

impl Selection {
    /// A selection of one melody.
    pub fn single(id: MelodyId) -> Self {
        Self {
            focus: Some(id),
            all: BTreeSet::from([id]),
        }
    }

    /// Whether more than one melody is selected.
    pub fn is_many(&self) -> bool {
        self.all.len() > 1
    }

    /// The region whose samples are open on the map; `None` while several melodies are selected.
    pub fn open_region(&self) -> Option<u32> {
        if self.is_many() {
            return None;
        }
        self.focus?.region()
    }
}
