//! Mixing the open model with the one that it was taught from.

use std::path::PathBuf;

use crate::worker::{MixModel, MixRange};

/// Largest percentage of the second model.
pub const MAX_MIX_PERCENT: u8 = 100;

/// State of mixing models.
#[derive(Default)]
pub struct MixState {
    /// Weights hash and file of the open model for which `range` was searched.
    pub searched_for: Option<(String, Option<PathBuf>)>,
    /// The two models that the open model lies between; `None` if it is mixed with nothing.
    pub range: Option<MixRange>,
    /// Percentage of the second model on the slider.
    pub percent: u8,
    /// File of the model that was open when the mix was started that is being written.
    pub writing_from: Option<PathBuf>,
}

impl MixState {
    /// Takes the two models that were found.
    pub fn set_range(&mut self, range: MixRange) {
        self.percent = percent_of(&range);
        self.range = Some(range);
    }

    /// Whether the slider is at another place than the open model, and no mix is being written.
    pub fn can_use(&self) -> bool {
        let moved = self
            .range
            .as_ref()
            .is_some_and(|range| percent_of(range) != self.percent);
        moved && self.writing_from.is_none()
    }

    /// The end of the range that the slider is at.
    pub fn end(&self) -> Option<&MixModel> {
        let range = self.range.as_ref()?;
        match self.percent {
            0 => Some(&range.first),
            MAX_MIX_PERCENT => Some(&range.second),
            _ => None,
        }
    }
}

/// Percentage of the second model in the open one.
fn percent_of(range: &MixRange) -> u8 {
    (f64::from(MAX_MIX_PERCENT) * range.fraction).round() as u8
}
