//! Exploring around melodies and blending between them: settings and running jobs.

use crate::latent::Interpolation;
use crate::sweep::MelodyId;
use crate::worker::JobId;

/// The melodies that a running job generates others from.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum GenerationSource {
    /// The centre of an exploration.
    Explore(MelodyId),
    /// Both ends of a blend.
    Blend(MelodyId, MelodyId),
    /// The block of the timeline, by its id, that a bridge to the next one follows.
    Bridge(u64),
    /// The block of the timeline, by its id, that a variation of it follows.
    Variation(u64),
    /// An edited melody that is encoded.
    Encode(MelodyId),
}

/// A running job that generates melodies.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunningGeneration {
    /// The job.
    pub job: JobId,
    /// The sweep of the map that the melodies belong to.
    pub sweep: JobId,
    /// The melodies it starts from.
    pub source: GenerationSource,
}

/// Exploring and blending.
pub struct GenerateState {
    /// Number of sets so far, which is the number of the next set.
    pub next_set: u32,
    /// The running jobs, oldest first.
    pub running: Vec<RunningGeneration>,
    /// How near explored melodies stay, 0 to 1.
    pub closeness: f64,
    /// Number of melodies of an exploration.
    pub count: u32,
    /// Melodies of a blend, both ends included.
    pub blend_count: u32,
    /// Interpolation of a blend.
    pub interpolation: Interpolation,
    /// First end of a blend whose other end is the next selected melody.
    pub blend_from: Option<MelodyId>,
    /// Whether imported melodies are shown as the model decodes them.
    pub reconstructed: bool,
    /// Why the last job failed, for the user.
    pub error: Option<String>,
}

impl Default for GenerateState {
    fn default() -> Self {
        Self {
            next_set: 0,
            running: Vec::new(),
            closeness: 0.6,
            count: 16,
            blend_count: 7,
            interpolation: Interpolation::Spherical,
            blend_from: None,
            reconstructed: false,
            error: None,
        }
    }
}

/// Standard deviation of an exploration at closeness 0: that of the prior.
const MAX_SIGMA: f64 = 1.0;
/// Standard deviation at closeness 1: hardly any note changes.
const MIN_SIGMA: f64 = 0.05;

impl GenerateState {
    /// Standard deviation of an exploration per latent dimension.
    pub fn sigma(&self) -> f64 {
        MAX_SIGMA + (MIN_SIGMA - MAX_SIGMA) * self.closeness
    }
}
