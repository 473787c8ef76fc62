//! Actions on the landmarks of the map: the melodies that the model has learnt from.

/// Actions on the landmarks of the map.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LandmarkCommand {
    /// Show them on the map, or hide them.
    Show(bool),
}
