//! The pointer gesture under way on the map.

use eframe::egui::{Pos2, Ui};

use crate::sweep::MelodyId;

/// State of the pointer between frames.
#[derive(Default)]
pub struct Gesture {
    /// Corner where a selection box began.
    pub box_from: Option<Pos2>,
    /// The line that is drawn around melodies to select them.
    pub lasso: Vec<Pos2>,
    /// Whether the drag under way carries the selected melody, and plays nothing.
    pub carries: bool,
    /// Whether the space key was used to pan.
    pub panned_by_space: bool,
    /// Whether the selection was changed by other means than the pointer, and has to be brought into view.
    pub show_focus: bool,
    /// Whether the pointer has not moved since the selection changed, so that it hovers over nothing.
    pub pointer_rests: bool,
    /// The selected melody in the last frame.
    pub last_focus: Option<MelodyId>,
    /// Whether two fingers are on the map, or were since a finger first touched it: then they move it, and play and select
    /// nothing.
    pub fingers: bool,
    /// Until when scrolling in lines is that of a trackpad, seconds.
    pub trackpad_until: f64,
    /// What the context menu belongs to.
    pub menu: MenuTarget,
}

impl Gesture {
    /// Notices the second finger, and when the last one is lifted.
    pub fn follow_fingers(&mut self, ui: &Ui) {
        let (touched, several) =
            ui.input(|input| (input.any_touches(), input.multi_touch().is_some()));
        // In the frame of the lift the pointer is still released.
        let released = ui.input(|input| input.pointer.any_released());
        self.fingers = several || (self.fingers && (touched || released));
    }
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
