//! The pointer gesture under way on the map.

use eframe::egui::{Pos2, Ui};

use crate::sweep::MelodyId;

/// State of the pointer between frames.
#[derive(Default)]
pub struct Gesture {
    /// Screen position at which the drag of a selection box began.
    pub box_start: Option<Pos2>,
    /// The line that is drawn around melodies to select them.
    pub lasso: Vec<Pos2>,
    /// Whether the current drag is one of the selected melody, which plays nothing.
    pub drags_melody: bool,
    /// Whether the space key was used to pan.
    pub panned_by_space: bool,
    /// Whether the selection was changed by other means than the pointer, and has to be brought into view.
    pub reveal_focus: bool,
    /// Whether the pointer has not moved since the selection changed, so that it hovers over nothing.
    pub pointer_rests: bool,
    /// The selected melody in the last frame.
    pub last_focus: Option<MelodyId>,
    /// Whether two fingers are on the map, or were since a finger first touched it. They move the map, and play and select
    /// nothing.
    pub two_fingers: bool,
    /// Time until which scrolling in lines is taken for a trackpad's, seconds.
    pub trackpad_until: f64,
    /// What the context menu was opened on.
    pub menu: MenuTarget,
}

impl Gesture {
    /// Notices the second finger, and when the last one is lifted.
    pub fn follow_fingers(&mut self, ui: &Ui) {
        let (touched, is_multi_touch) =
            ui.input(|input| (input.any_touches(), input.multi_touch().is_some()));
        // In the frame of the lift the pointer is still released.
        let released = ui.input(|input| input.pointer.any_released());
        self.two_fingers = is_multi_touch || (self.two_fingers && (touched || released));
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
