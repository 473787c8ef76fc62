//! A melody that is dragged out of the window.

use std::path::PathBuf;

/// The files of a drag out of the window.
#[derive(Clone, Debug, Default)]
pub struct DragOutState {
    /// Files that were written for a drag, which goes on with them in the next frame.
    pub files: Option<Vec<PathBuf>>,
    /// Whether the user was told what works instead, where nothing can be dragged out of the window.
    pub told: bool,
}
