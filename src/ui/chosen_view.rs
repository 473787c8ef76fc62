//! The part of the map that the user has zoomed or moved to.

use serde::{Deserialize, Serialize};

/// A part of the map, independent of the size of the window.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChosenView {
    /// Map position in the middle of the widget.
    pub centre: [f64; 2],
    /// Zoom, 1 where the whole map is visible.
    pub zoom: f64,
}
