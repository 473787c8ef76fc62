//! What commands are about: directions, panels, melodies to add.

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
