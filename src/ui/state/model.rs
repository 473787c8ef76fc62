//! The state of the model.

use crate::worker::ModelInfo;

/// The model, or why there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum ModelState {
    /// It is being loaded.
    #[default]
    Opening,
    /// It is ready.
    Ready(ModelInfo),
    /// It could not be opened; the text is for the user.
    Failed(String),
}

impl ModelState {
    /// The model, if it is ready.
    pub fn info(&self) -> Option<&ModelInfo> {
        match self {
            Self::Ready(info) => Some(info),
            _ => None,
        }
    }
}
