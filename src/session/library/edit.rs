//! Edits of what the user adds to a kept melody: each replaces one value.

use super::melody::{KeptMelody, MAX_STARS};

/// A new value of one property of a kept melody.
#[derive(Clone, Debug, PartialEq)]
pub enum KeptEdit {
    /// Its name.
    Name(String),
    /// Its stars, 0 to [`MAX_STARS`].
    Stars(u8),
    /// Its tags.
    Tags(Vec<String>),
    /// Its key in the order by hand; without one it is its number.
    SortKey(Option<f64>),
}

impl KeptEdit {
    /// Makes the edit.
    pub fn apply_to(&self, melody: &mut KeptMelody) {
        match self {
            Self::Name(name) => melody.name.clone_from(name),
            Self::Stars(stars) => melody.annotations.stars = (*stars).min(MAX_STARS),
            Self::Tags(tags) => melody.annotations.tags.clone_from(tags),
            Self::SortKey(key) => melody.annotations.sort_key = *key,
        }
    }

    /// The edit that gives the property the value that it has now.
    #[must_use]
    pub fn present(&self, melody: &KeptMelody) -> Self {
        match self {
            Self::Name(_) => Self::Name(melody.name.clone()),
            Self::Stars(_) => Self::Stars(melody.annotations.stars),
            Self::Tags(_) => Self::Tags(melody.annotations.tags.clone()),
            Self::SortKey(_) => Self::SortKey(melody.annotations.sort_key),
        }
    }
}
