//! Counts of launches, read-backs and melodies of a graphics adapter.

use std::ops::Sub;

/// Launches and read-backs of a graphics adapter since the model was opened on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GpuCounts {
    /// Kernels launched.
    pub dispatches: u64,
    /// Results read back, each a wait for the adapter.
    pub read_backs: u64,
    /// Melodies decoded.
    pub melodies: u64,
}

impl Sub for GpuCounts {
    type Output = Self;

    /// Difference from an `earlier` count.
    fn sub(self, earlier: Self) -> Self {
        Self {
            dispatches: self.dispatches - earlier.dispatches,
            read_backs: self.read_backs - earlier.read_backs,
            melodies: self.melodies - earlier.melodies,
        }
    }
}
