//! Layouts in two dimensions: distances, multidimensional scaling, neighbour embedding, placing a new point, and how
//! good a map is.
//!
//! This module works on distances and rows of numbers alone and does not know what the points are. [`mds`] keeps
//! distances, as far as a plane can; [`NeighbourEmbedding`] keeps neighbours; [`among`] places a point on a finished
//! map of either kind; [`EmbeddingQuality`], [`NeighbourDistance`] and [`morans_i`] say how far a map can be believed.

mod affinities;
mod classical;
mod distances;
mod embedding_quality;
mod features;
mod mds;
mod moran;
mod neighbour_embedding;
mod neighbours;
mod place;
mod place_by_neighbours;
mod principal;
mod quadtree;
mod quality;

pub use distances::{DistanceError, DistanceMatrix};
pub use embedding_quality::{
    EmbeddingQuality, LARGEST_EXACT, NeighbourDistance, TRUST_NEIGHBOURS, drawn, trust_neighbours,
};
pub use features::{Features, square_distance};
pub use mds::{Embedding, mds, mds_watched};
pub use moran::morans_i;
pub use neighbour_embedding::{EmbeddingSettings, NeighbourEmbedding};
pub use neighbours::{Neighbours, nearest_to};
pub use place::place;
pub use place_by_neighbours::{Placement, among};
pub use principal::{principal_axes, principal_axes_watched};
pub use quality::{MapQuality, NEIGHBOURS, stress_1};
