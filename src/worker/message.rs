//! What goes in and out of the model's thread.

use std::path::PathBuf;
use std::sync::Arc;

use crate::model::DeviceChoice;
use crate::sweep::{
    GenerateRequest, Generated, MelodyEntry, Progress, SteerRequest, Steered, SweepConfig,
    SweepPlan,
};

/// Names one job, from its submission to its `Done`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct JobId(pub(super) u64);

#[cfg(test)]
impl JobId {
    /// The name of a job that was never submitted.
    pub(crate) fn for_test(number: u64) -> Self {
        Self(number)
    }
}

/// Which weights to open, and where to run them.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenRequest {
    /// A model in any form, or `None` for the one that came with the program.
    pub model: Option<PathBuf>,
    /// The device to decode on.
    pub device: DeviceChoice,
}

/// Something to do with the model.
#[derive(Clone, Debug)]
pub enum Job {
    /// Load weights and put them on a device. Replaces the model that is open, if all goes well.
    Open(OpenRequest),
    /// Sample, decode, measure and lay out a whole sweep.
    Sweep(SweepConfig),
    /// Find the direction of an attribute in a sweep.
    Fit {
        /// The job of the sweep.
        sweep: JobId,
        /// Index into the attribute table.
        attribute: usize,
    },
    /// Decode new melodies that have a wanted attribute value.
    Steer {
        /// The job of the sweep to steer by.
        sweep: JobId,
        /// What is wanted.
        request: SteerRequest,
    },
    /// Encode somebody's own melodies, or decode new ones around a point or between two.
    Generate {
        /// What is wanted.
        request: GenerateRequest,
        /// Weights hash of the model that the latent points belong to; with another model open the job fails.
        weights_hash: String,
    },
    /// Free the memory of a sweep that nobody can steer by any more.
    CloseSweep(JobId),
}

/// The model that is open now.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelInfo {
    /// Name from the weights file.
    pub name: String,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: String,
    /// What it decodes on, in words.
    pub device: String,
    /// Length of a latent point.
    pub latent_size: usize,
    /// Length of a melody in sixteenth steps.
    pub steps: usize,
}

/// What the worker has to say. Exactly one `Done` ends each job.
pub enum Report {
    /// The devices of this machine, by name, seen while opening a model.
    Devices(Vec<String>),
    /// A model is ready.
    Opened(ModelInfo),
    /// The model goes on on another device, named here: the one that it was opened on failed.
    Device(String),
    /// A sweep's layout is known; its melodies follow.
    Plan(Arc<SweepPlan>),
    /// More melodies of the sweep.
    Melodies(Vec<MelodyEntry>),
    /// How far the job has come.
    Progress(Progress),
    /// An attribute's direction was found.
    Fit {
        /// The job of the sweep.
        sweep: JobId,
        /// Index into the attribute table.
        attribute: usize,
        /// Cross-validated coefficient of determination, at most 1.
        r2: f64,
    },
    /// The melodies a steer asked for.
    Steered {
        /// Index into the attribute table.
        attribute: usize,
        /// Melodies, and wanted against obtained.
        result: Steered,
    },
    /// The melodies that [`Job::Generate`] asked for.
    Generated(Generated),
    /// The melody of the newest request; see [`super::Worker::preview`].
    Spot(super::Preview),
    /// The melodies of the newest path; see [`super::Worker::preview_path`].
    Path(super::PathPreview),
    /// Something the user should know, in one sentence; the job goes on.
    Notice(String),
    /// The job is over.
    Done(Outcome),
}

/// How a job ended.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// It did what was asked.
    Finished,
    /// It was told to stop.
    Cancelled,
    /// It could not; the text is for the user.
    Failed(String),
}

/// A report and the job it belongs to.
pub struct Message {
    /// Which job says it.
    pub job: JobId,
    /// What it says.
    pub report: Report,
}
