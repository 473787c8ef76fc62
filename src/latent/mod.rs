//! Points of the model's latent space and how they are chosen.
//!
//! A latent point is measured in units of the prior's standard deviation. Regions come from a
//! [`LatinHypercube`], samples from a Gaussian cloud around each region's centre ([`cloud_point`]), free draws
//! from the prior ([`prior_point`]). Every random number here is a function of a seed and an index, never of
//! the order in which points are asked for. This module knows nothing of models or melodies.

mod cloud;
mod hypercube;
mod path;
mod point;
mod random;
mod scattered;

pub use cloud::{Sigma, cloud_point, explored_point, prior_point};
pub use hypercube::{LatinHypercube, Scaling};
pub use path::{Interpolation, linear, spherical};
pub use point::LatentPoint;
pub use scattered::{scattered_point, shepard_weights};
