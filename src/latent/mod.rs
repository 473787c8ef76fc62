//! Points of the model's latent space: sampling and interpolation.
//!
//! Coordinates are in units of the prior's standard deviation. Every random number is a function of a seed and an index,
//! never of the order of the calls. This module does not depend on models or melodies.
//!
//! - `point`: [`LatentPoint`]
//! - `hypercube`: region centres; `gaussian`: samples around them and draws of the prior; `random`: their generators
//! - `interpolation`: between two points; `shepard`: among the neighbours of a position on a map

mod gaussian;
mod hypercube;
mod interpolation;
mod point;
mod random;
mod shepard;

pub use gaussian::{Sigma, explored_point, prior_point, region_sample};
pub use hypercube::{LatinHypercube, Scaling};
pub use interpolation::{Interpolation, linear, spherical};
pub use point::LatentPoint;
pub use shepard::{shepard_point, shepard_weights};
