//! A sweep of the latent space, from Latin hypercube to map, and steering by what the sweep has shown.
//!
//! Plain functions that report to an [`Observer`]: no threads of their own, no files, no screen.
//! [`run`] decodes and measures a whole sweep; [`steer`] makes new melodies with a wanted attribute value, by the
//! direction that [`SteeringFit`] found in a sweep; [`make`] encodes somebody's own melodies, explores around a point,
//! blends between two and goes along a path; [`SweepLayout`] lays the melodies out on a map.

mod along;
mod apart;
mod batches;
mod between;
mod blend;
#[cfg(test)]
mod blend_tests;
mod calibration;
mod config;
mod crossing;
mod decode;
mod error;
mod even;
mod identity;
mod layout;
mod made;
mod observer;
mod plan;
mod region_map;
mod run;
mod search;
mod similar;
mod steer;
mod steering_fit;
mod summary;
#[cfg(test)]
pub(crate) mod testing;

pub use along::{Along, MOST_ALONG};
pub use batches::decode_batches;
pub use config::{LARGEST_SWEEP, MOST_REGIONS, SweepConfig};
pub use error::SweepError;
pub use identity::{Making, MelodyId};
pub use layout::{AttributeSmoothness, Layout, LayoutError, LayoutQuality, SweepLayout};
pub use made::{MOST_MADE, MOST_STEPS, Made, MadeMelody, Make, MakeRequest, make};
pub use observer::{Meter, Observer, Phase, Progress, Unobserved};
pub use plan::{RegionSpread, SweepPlan};
pub use region_map::{LANDMARKS, RegionMap, evenly_taken};
pub use run::{MelodyEntry, RunOptions, Sweep, devices_in_words, run};
pub use similar::{Alike, Candidate, Similar, similar};
pub use steer::{MOST_STEERED, SteerRequest, Steered, SteeredMelody, steer};
pub use steering_fit::SteeringFit;
pub use summary::{AttributeSummary, Counts, SweepSummary};
