//! Actions on the slice of the latent space that is shown over the map.

use crate::latent::LatentPoint;

/// Actions on the slice over the map.
#[derive(Clone, Debug, PartialEq)]
pub enum SliceCommand {
    /// Show the melodies around a point, in place of another slice.
    Open {
        /// Its position on the map.
        at: [f64; 2],
        /// The point.
        centre: LatentPoint,
    },
    /// Close it.
    Close,
}
