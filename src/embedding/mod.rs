//! Layouts in two dimensions, placing new points on them, and measures of their quality.
//!
//! This module works on distances and rows of numbers alone and does not know what the points are.
//!
//! - `distances`, `features`, `neighbours`: the input as a matrix, as rows, and the nearest neighbours of each row
//! - `mds` ([`mds()`]) keeps distances as far as a plane can; starts from `classical`
//! - `tsne` ([`TsneOptimiser`]) keeps neighbours; uses `principal_coordinates`, `affinities`, `quadtree`
//! - `place`, `place_by_neighbours`: placing a new point on a map of either kind
//! - `map_quality`, `embedding_quality`, `moran`: how far a map can be trusted
//! - `eigen`, `plane`, `point_groups`, `ranking`: arithmetic that these share

mod affinities;
mod classical;
mod distances;
mod eigen;
mod embedding_quality;
mod features;
mod map_quality;
mod mds;
mod moran;
mod neighbours;
mod place;
mod place_by_neighbours;
mod plane;
mod point_groups;
mod principal_coordinates;
mod quadtree;
mod ranking;
mod tsne;

pub use distances::{DistanceError, DistanceMatrix};
pub use embedding_quality::{
    EmbeddingQuality, MAX_MEASURED, NeighbourDistance, TRUST_NEIGHBOURS, measured_sample,
    trust_neighbours,
};
pub use features::{Features, squared_distance};
pub use map_quality::{NEIGHBOURS, RegionMapQuality, stress_1};
pub use mds::{MdsLayout, mds};
pub use moran::morans_i;
pub use neighbours::{Neighbours, nearest_to};
pub use place::place;
pub use place_by_neighbours::{Placement, place_by_neighbours};
pub use principal_coordinates::principal_coordinates;
pub use tsne::{TsneOptimiser, TsneSettings};
