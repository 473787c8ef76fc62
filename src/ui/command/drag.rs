//! Actions on a melody that is dragged.

use super::timeline::TimelineSource;

/// Actions on a melody that is dragged: what its drop does, or its way out of the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DragCommand {
    /// Insert it into the timeline before the block at this index, or at the end.
    ToTimeline(usize, TimelineSource),
    /// Keep it, unless it is kept already.
    Keep(TimelineSource),
    /// Continue the drag outside the window, with a MIDI file.
    OutOfWindow(TimelineSource),
}
