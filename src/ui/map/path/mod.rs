//! The path over the map.
//!
//! - `path_view`: the state between frames
//! - `simplify`: the points of a line drawn by hand
//! - `map_index`: a spatial index of the melodies
//! - `pointer`: drawing and editing; `paint`: painting; `card`: the card that plays it

pub mod card;
pub mod map_index;
pub mod paint;
pub mod path_view;
pub mod pointer;
mod simplify;
