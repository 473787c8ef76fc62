//! The pointer gesture under way on the map.

use eframe::egui::Pos2;

use crate::sweep::MelodyId;

/// State of the pointer between frames.
#[derive(Default)]
pub struct Gesture {
    /// Corner where a selection box began.
    pub box_from: Option<Pos2>,
    /// Whether the space key was used to pan.
    pub panned_by_space: bool,
    /// Whether the selection was changed by other means than the pointer, and has to be brought into view.
    pub follow: bool,
    /// Whether the pointer has not moved since the selection changed, so that it hovers over nothing.
    pub idle: bool,
    /// The selected melody in the last frame.
    pub last_focus: Option<MelodyId>,
    /// What the context menu belongs to.
    pub menu: MenuTarget,
}

/// What a context menu belongs to.
#[derive(Clone, Copy, Debug, Default)]
pub struct MenuTarget {
    /// The melody.
    pub melody: Option<MelodyId>,
    /// The point of the path that is edited, by its index.
    pub path_point: Option<usize>,
    /// Whether it is on the path.
    pub on_path: bool,
}
