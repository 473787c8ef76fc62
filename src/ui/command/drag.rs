//! What a melody that is dragged does where the drag ends.

use super::timeline::TimelineSource;

/// Actions on a melody that is dragged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DragCommand {
    /// Insert it into the timeline before the block at this place, or at the end.
    ToTimeline(usize, TimelineSource),
    /// Keep it, unless it is kept.
    Keep(TimelineSource),
    /// Go on dragging it outside the window, as a file.
    Out(TimelineSource),
}
