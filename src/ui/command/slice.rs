//! Actions on the slice of the latent space that is shown over the map.

use crate::latent::LatentPoint;

/// Actions on the slice over the map.
#[derive(Clone, Debug, PartialEq)]
pub enum SliceCommand {
    /// Show the melodies around a latent point, in place of an open slice.
    Open {
        /// Position of the slice's centre on the map.
        at: [f64; 2],
        /// Latent point in the centre of the slice.
        centre: LatentPoint,
    },
    /// Close it.
    Close,
}
