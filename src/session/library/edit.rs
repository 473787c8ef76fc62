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
    /// Its place among the others; without one it is its number.
    Place(Option<f64>),
}

impl KeptEdit {
    /// Makes the edit.
    pub fn apply_to(&self, melody: &mut KeptMelody) {
        match self {
            Self::Name(name) => melody.name.clone_from(name),
            Self::Stars(stars) => melody.annotations.stars = (*stars).min(MAX_STARS),
            Self::Tags(tags) => melody.annotations.tags.clone_from(tags),
            Self::Place(place) => melody.annotations.place = *place,
        }
    }

    /// The edit that gives the property the value that it has now.
    #[must_use]
    pub fn present(&self, melody: &KeptMelody) -> Self {
        match self {
            Self::Name(_) => Self::Name(melody.name.clone()),
            Self::Stars(_) => Self::Stars(melody.annotations.stars),
            Self::Tags(_) => Self::Tags(melody.annotations.tags.clone()),
            Self::Place(_) => Self::Place(melody.annotations.place),
        }
    }
}
