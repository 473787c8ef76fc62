//! A sweep of the latent space: from a Latin hypercube to a map of melodies, and new melodies on that map.
//!
//! Plain functions that report to a [`SweepObserver`] and do not depend on threads, files or the screen.
//!
//! - `config`, `plan`, `region_map`, `run`, `result`, `summary`: [`run`] decodes and measures the sweep of a [`SweepConfig`]
//! - `entry`, `identity`, `steered_melody`: melodies of a sweep, their ids, and melodies that steering found
//! - `decode`, `batches`: decoding latent points; [`decode_batches`] for runs that do not fit into memory
//! - `layout`: [`SweepLayout`] lays all melodies out on a map
//! - `neighbours`: the melodies most like one of them
//! - `preference`: [`PreferenceModel`] learns which melodies a listener keeps
//! - `steer`: [`steer()`] searches melodies that meet a [`SteerRequest`], from the melodies of a [`SteerBasis`]
//! - `generate`: [`generate()`] encodes melodies, explores around a point, blends two points and follows a path

mod batches;
mod config;
mod decode;
mod entry;
mod error;
mod generate;
mod identity;
mod layout;
mod neighbours;
mod observer;
mod plan;
mod preference;
mod region_map;
mod result;
mod run;
mod seed;
mod steer;
mod steered_melody;
mod summary;
#[cfg(test)]
pub(crate) mod testing;

pub use crate::progress::{Cancelled, Observer, Phase, Progress, RateMeter, Unobserved};
pub use batches::decode_batches;
pub use config::{MAX_REGIONS, MAX_SAMPLES, SweepConfig};
pub use decode::{describe_devices, sampling_of};
pub use entry::MelodyEntry;
pub use error::SweepError;
pub use generate::{
    GenerateKind, GenerateRequest, Generated, GeneratedMelody, LatentPath, LatentSlice,
    MAX_BLEND_MELODIES, MAX_GENERATED, MAX_PATH_POINTS, generate, latent_slice,
};
pub use identity::{GenerateMethod, MelodyId};
pub use layout::{
    AttributeSmoothness, AxisScale, LayoutKind, LayoutQuality, ParseLayoutKindError, SweepLayout,
};
pub use neighbours::{MelodyNeighbours, Neighbour, NeighbourCandidate, find_neighbours};
pub use observer::SweepObserver;
pub use plan::{RegionSpread, SweepPlan};
pub use preference::{MIN_KEPT, PreferenceError, PreferenceExample, PreferenceModel};
pub use region_map::{MAX_LANDMARKS, RegionMap, evenly_spaced_indices};
pub use result::Sweep;
pub use run::{RunOptions, run};
pub use seed::parse_seed;
pub use steer::{
    Feasibility, KeptAspect, MAX_CANDIDATES_PER_MELODY, MAX_STEERED, NearestMelody, OpposedGoals,
    SteerBasis, SteerGoal, SteerGoals, SteerOrigin, SteerOutcome, SteerRequest, SteerSource,
    Steered, steer,
};
pub use steered_melody::{SteerRound, SteeredMelody};
pub use summary::{AttributeSummary, MelodyCounts, SweepSummary};
