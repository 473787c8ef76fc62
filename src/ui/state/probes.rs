//! Probes: melodies at positions of the map that have no point.
//!
//! Where the map is played between its points, the latent points of the nearest melodies are interpolated and the model
//! decodes the result.

/// Numbers of the requested and the cancelled probes.
#[derive(Clone, Copy, Debug, Default)]
pub struct ProbeState {
    /// Number of the last request.
    pub requests: u32,
    /// Requests up to this number are cancelled.
    pub cancelled: u32,
}

impl ProbeState {
    /// Cancels every request so far.
    pub(in crate::ui) fn cancel(&mut self) {
        self.cancelled = self.requests;
    }
}
