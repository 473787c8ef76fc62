//! Edits of the properties of a kept melody that the user can change: each replaces one value.

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
    /// Its sort key in the manual order; with `None` it sorts by its number.
    SortKey(Option<f64>),
}

impl KeptEdit {
    /// Applies the edit to `melody`.
    pub fn apply_to(&self, melody: &mut KeptMelody) {
        match self {
            Self::Name(name) => melody.name.clone_from(name),
            Self::Stars(stars) => melody.annotations.stars = (*stars).min(MAX_STARS),
            Self::Tags(tags) => melody.annotations.tags.clone_from(tags),
            Self::SortKey(key) => melody.annotations.sort_key = *key,
        }
    }

    /// The edit of the same property with the value that `melody` has now. It is the inverse of this one.
    #[must_use]
    pub fn with_value_of(&self, melody: &KeptMelody) -> Self {
        match self {
            Self::Name(_) => Self::Name(melody.name.clone()),
            Self::Stars(_) => Self::Stars(melody.annotations.stars),
            Self::Tags(_) => Self::Tags(melody.annotations.tags.clone()),
            Self::SortKey(_) => Self::SortKey(melody.annotations.sort_key),
        }
    }
}
