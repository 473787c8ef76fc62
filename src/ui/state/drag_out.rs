//! A melody that is dragged out of the window.

use std::path::PathBuf;

/// State of a drag out of the window.
#[derive(Clone, Debug, Default)]
pub struct DragOutState {
    /// Files that were written for the drag, which continues with them in the next frame.
    pub files: Option<Vec<PathBuf>>,
    /// Whether the user was told what to do instead, where the system cannot drag files out of the window.
    pub has_shown_hint: bool,
}
