//! Spots of the map that were asked for.

/// How many there were, and which are no longer wanted.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpotState {
    /// Spots so far; numbers the next one.
    pub asked: u32,
    /// Spots up to this number are no longer wanted.
    pub forgotten: u32,
}

impl SpotState {
    /// Whatever is still under way is no longer wanted.
    pub(in crate::ui) fn forget(&mut self) {
        self.forgotten = self.asked;
    }
}
