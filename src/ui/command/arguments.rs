//! Argument types of commands: directions and panels.

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
