//! Jobs and reports of the model thread, and requests for probes, paths and slices.

use std::path::PathBuf;
use std::sync::Arc;

use super::reporter::{Reporter, Urgency};
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::DeviceChoice;
use crate::session::share::{ShareSource, SharedMelody};
use crate::sweep::{
    GenerateRequest, Generated, LatentPath, LatentSlice, MelodyEntry, Progress, SteerRequest,
    SteerRound, Steered, SweepConfig, SweepPlan,
};

/// Identifies a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub(super) u64);

impl JobId {
    /// The job of reports that belong to no job.
    pub(super) const NONE: Self = Self(0);

    /// An id for tests, of a job that was never submitted.
    #[cfg(test)]
    pub(crate) fn for_test(number: u64) -> Self {
        Self(number)
    }
}

/// A model to open.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRequest {
    /// Weights or checkpoint, or `None` for the default model.
    pub model: Option<PathBuf>,
    /// The device to decode on.
    pub device: DeviceChoice,
}

/// A job of the model.
#[derive(Clone, Debug)]
pub enum Job {
    /// Open a model. On success it replaces the open model.
    Open(OpenRequest),
    /// Sample, decode, measure and lay out a sweep.
    Sweep(SweepConfig),
    /// Fit the models that predict the attributes from latent points, and report how well they predict one attribute.
    Fit {
        /// The job of the sweep.
        sweep: JobId,
        /// Index into the attribute table.
        attribute: usize,
    },
    /// Search melodies with wanted values of the attributes.
    Steer {
        /// The job of the sweep to steer by.
        sweep: JobId,
        /// The request.
        request: SteerRequest,
    },
    /// Encode imported melodies, or decode new ones around a point or between two.
    Generate {
        /// The request.
        request: GenerateRequest,
        /// Weights hash of the model that the latent points belong to; with another model open the job fails.
        weights_hash: String,
    },
    /// Make the share text of a melody.
    Share(ShareSource),
    /// Decode the melody of a share text.
    ReadShared(SharedMelody),
    /// Free the memory of a sweep; it can no longer be steered by.
    CloseSweep(JobId),
    /// Steer by these sweeps of a session from now on, and by no others.
    RestoreSweeps(Vec<RestoredSweep>),
}

/// A sweep of a session that was opened.
#[derive(Clone, Debug)]
pub struct RestoredSweep {
    /// The job id that was reserved for it, with [`Worker::reserve_id`](super::Worker::reserve_id).
    pub sweep: JobId,
    /// Its plan.
    pub plan: Arc<SweepPlan>,
    /// Its melodies.
    pub entries: Vec<MelodyEntry>,
    /// Weights hash of the model that decoded it.
    pub weights_hash: String,
}

/// The open model.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Name from the weights file.
    pub name: String,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// Name of the device it runs on.
    pub device: String,
    /// Dimensions of a latent point.
    pub latent_size: usize,
    /// Length of a melody in sixteenth steps.
    pub steps: usize,
    /// Whether it has an encoder.
    pub has_encoder: bool,
}

/// A report of the model thread. Exactly one `Done` ends each job.
pub enum Report {
    /// Names of the graphics cards found while opening a model.
    Devices(Vec<String>),
    /// A model is ready.
    OpenedModel(ModelInfo),
    /// The model has switched to this device, because its earlier device failed.
    Device(String),
    /// The plan of a sweep; its melodies follow.
    Plan(Arc<SweepPlan>),
    /// More melodies of the sweep.
    Melodies(Vec<MelodyEntry>),
    /// Progress of the job.
    Progress(Progress),
    /// How well an attribute is predicted from latent points.
    Fit {
        /// The job of the sweep.
        sweep: JobId,
        /// Index into the attribute table.
        attribute: usize,
        /// Cross-validated coefficient of determination, at most 1.
        r2: f64,
    },
    /// The melodies that a round of [`Job::Steer`] has found. Round 0 is reported at once, with melodies of the sweep itself.
    SteerRound(SteerRound),
    /// The result of [`Job::Steer`].
    Steered(Steered),
    /// The melodies of [`Job::Generate`].
    Generated(Generated),
    /// The result of [`Job::Share`].
    ShareText(SharedMelody),
    /// The melody of [`Job::ReadShared`].
    SharedMelody(Tokens),
    /// The melody of the latest requested probe.
    Probe(DecodedProbe),
    /// The melodies of the latest requested path.
    Path(DecodedPath),
    /// The melodies of the latest requested slice.
    Slice(DecodedSlice),
    /// A sentence for the user; the job continues.
    Notice(String),
    /// The job has ended.
    Done(Outcome),
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It was completed.
    Finished,
    /// It was cancelled.
    Cancelled,
    /// It failed; the text is for the user.
    Failed(String),
}

/// A report and the job it belongs to.
pub struct Message {
    /// The job, or `JobId::NONE`.
    pub job: JobId,
    /// The report.
    pub report: Report,
}

impl Reporter<Message> {
    /// Sends a report of a job; waits while the queue is full. False once the window is closed.
    pub(super) fn report(&self, job: JobId, report: Report) -> bool {
        let urgency = match report {
            Report::Progress(_) | Report::Melodies(_) => Urgency::Progress,
            _ => Urgency::Now,
        };
        self.send(Message { job, report }, urgency)
    }
}

/// A probe to decode: a position of the map between its points.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbeRequest {
    /// Number of the request; later requests have higher numbers.
    pub number: u32,
    /// Position on the map.
    pub position: [f64; 2],
    /// The latent point interpolated at that position.
    pub latent: LatentPoint,
}

/// The decoded melody of a probe.
#[derive(Clone, Debug)]
pub struct DecodedProbe {
    /// The request.
    pub request: ProbeRequest,
    /// The most likely melody.
    pub melody: Arc<Melody>,
    /// The attributes of the melody; none if it is empty.
    pub attributes: AttributeRow,
}

/// A path to decode.
#[derive(Clone, Debug, PartialEq)]
pub struct PathRequest {
    /// Number of the request; later requests have higher numbers.
    pub number: u64,
    /// Number of the set of melodies, for their ids.
    pub set: u32,
    /// The path.
    pub path: LatentPath,
}

/// The decoded melodies of a path.
pub struct DecodedPath {
    /// Number of the request.
    pub number: u64,
    /// The melodies, or a sentence for the user.
    pub result: Result<Generated, String>,
}

/// A slice of the latent space to decode.
#[derive(Clone, Debug, PartialEq)]
pub struct SliceRequest {
    /// Number of the request; later requests have higher numbers.
    pub number: u64,
    /// The latent point at its centre.
    pub centre: LatentPoint,
    /// Number of rows, and of melodies per row.
    pub side: usize,
    /// Distance from the centre to the edge of the slice along each direction, in standard deviations of the prior.
    pub max_distance: f64,
}

/// The decoded melodies of a slice.
pub struct DecodedSlice {
    /// Number of the request.
    pub number: u64,
    /// The slice, or a sentence for the user.
    pub result: Result<LatentSlice, String>,
}
