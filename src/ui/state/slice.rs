//! The slice of the latent space that is shown over the map.

use crate::sweep::LatentSlice;

/// Requested and shown slices.
#[derive(Default)]
pub struct SliceState {
    /// Number of the last request.
    pub requests: u64,
    /// The slice over the map.
    pub open: Option<OpenSlice>,
}

/// A slice over the map.
pub struct OpenSlice {
    /// Number of its request.
    pub number: u64,
    /// Position of its centre on the map.
    pub map_position: [f64; 2],
    /// The melodies, once decoded.
    pub slice: Option<LatentSlice>,
}
