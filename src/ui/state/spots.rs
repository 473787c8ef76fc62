//! Requested spots between the points of the map.

/// Numbers of the requested and the cancelled spots.
#[derive(Clone, Copy, Debug, Default)]
pub struct SpotState {
    /// Number of the last request.
    pub requests: u32,
    /// Requests up to this number are cancelled.
    pub cancelled: u32,
}

impl SpotState {
    /// Cancels every request so far.
    pub(in crate::ui) fn cancel(&mut self) {
        self.cancelled = self.requests;
    }
}
