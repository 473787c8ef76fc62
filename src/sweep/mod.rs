//! A sweep of the latent space, from Latin hypercube to map, and steering by what the sweep has shown.
//!
//! Plain functions that report to an [`Observer`]: no threads of their own, no files, no screen.
//! [`run`] decodes and measures a whole sweep; [`steer`] makes new melodies with a wanted attribute value, by the
//! direction that [`SteeringFit`] found in a sweep; [`make`] encodes somebody's own melodies, explores around a point,
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
pub use config::{LARGEST_SWEEP, MOST_REGIONS, SweepConfig};
pub use error::SweepError;
pub use generate::{
    GenerateKind, GenerateRequest, Generated, GeneratedMelody, LatentPath, MAX_PATH_POINTS,
    MOST_MADE, MOST_STEPS, make,
};
pub use identity::{GenerateMethod, MelodyId};
pub use layout::{AttributeSmoothness, Layout, LayoutError, LayoutQuality, SweepLayout};
pub use neighbours::{Candidate, Neighbour, Similar, similar};
pub use observer::{Meter, Observer, Phase, Progress, Unobserved};
pub use plan::{RegionSpread, SweepPlan};
pub use region_map::{LANDMARKS, RegionMap, evenly_taken};
pub use run::{MelodyEntry, RunOptions, Sweep, devices_in_words, run};
pub use steer::{MOST_STEERED, SteerRequest, Steered, SteeredMelody, SteeringFit, steer};
pub use summary::{AttributeSummary, Counts, SweepSummary};
