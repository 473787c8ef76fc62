//! Which melodies are exported.

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
