//! A sweep of the latent space, from Latin hypercube to map, and steering by what the sweep has shown.
//!
//! Plain functions that report to an [`Observer`]: no threads of their own, no files, no screen.
//! [`run`] decodes and measures a whole sweep; [`steer`] makes new melodies with a wanted attribute value, by the
//! direction that [`SteeringFit`] found in a sweep; [`generate`] encodes somebody's own melodies, explores around a point,
//! blends between two and goes along a path; [`SweepLayout`] lays the melodies out on a map.

mod batches;
mod config;
mod decode;
mod error;
mod generate;
mod identity;
mod layout;
mod neighbours;
mod observer;
mod plan;
mod region_map;
mod run;
mod steer;
mod summary;
#[cfg(test)]
pub(crate) mod testing;

pub use batches::decode_batches;
pub use config::{MAX_REGIONS, MAX_SAMPLES, SweepConfig};
pub use error::SweepError;
pub use generate::{
    GenerateKind, GenerateRequest, Generated, GeneratedMelody, LatentPath, MAX_BLEND_STEPS,
    MAX_GENERATED, MAX_PATH_POINTS, generate,
};
pub use identity::{GenerateMethod, MelodyId};
pub use layout::{AttributeSmoothness, Layout, LayoutError, LayoutQuality, SweepLayout};
pub use neighbours::{MelodyNeighbours, Neighbour, NeighbourCandidate, find_neighbours};
pub use observer::{Meter, Observer, Phase, Progress, Unobserved};
pub use plan::{RegionSpread, SweepPlan};
pub use region_map::{LANDMARKS, RegionMap, evenly_spaced_indices};
pub use run::{MelodyEntry, RunOptions, Sweep, describe_devices, run};
pub use steer::{MAX_STEERED, SteerRequest, Steered, SteeredMelody, SteeringFit, steer};
pub use summary::{AttributeSummary, Counts, SweepSummary};
