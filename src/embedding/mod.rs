//! Layouts in two dimensions: distances, multidimensional scaling, placing a new point, and how good a map is.
//!
//! This room works on distances alone and does not know what the points are.

mod classical;
mod distances;
mod mds;
mod place;
mod quality;

pub use distances::{DistanceError, DistanceMatrix};
pub use mds::{Embedding, mds};
pub use place::place;
pub use quality::{MapQuality, NEIGHBOURS, stress_1};
