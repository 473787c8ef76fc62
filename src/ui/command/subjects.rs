//! What commands are about: directions, panels, melodies to write and to add.

use crate::sweep::MelodyId;

/// A direction on the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// Towards smaller x.
    Left,
    /// Towards larger x.
    Right,
    /// Up the screen.
    Up,
    /// Down the screen.
    Down,
}

/// A part of the window that can be hidden.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Panel {
    /// Steer and sweep.
    Left,
    /// The inspector.
    Right,
    /// Transport and kept melodies.
    Bottom,
}

/// Which melodies to write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExportSelection {
    /// The melody in the inspector.
    Shown,
    /// All selected melodies.
    Selected,
    /// The kept melodies that are marked, or all kept ones if none is marked.
    Kept,
    /// The melodies along the path; as one piece in their order and with their durations.
    Path,
    /// The blocks of the timeline.
    Timeline,
}

/// A melody that is added to the timeline.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimelineSource {
    /// The melody in the inspector.
    Shown,
    /// A melody of the map.
    Melody(MelodyId),
    /// A kept melody, by its number.
    Kept(u64),
    /// An entry of the history, by its number.
    Heard(u64),
}
