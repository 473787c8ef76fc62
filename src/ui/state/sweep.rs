//! The sweep form and the running sweep.

use std::path::PathBuf;

use crate::sweep::{Progress, SweepConfig};
use crate::worker::{JobId, ModelInfo};

/// The sweep form and the running sweep.
#[derive(Default)]
pub struct SweepState {
    /// Configuration of the next sweep.
    pub form: SweepConfig,
    /// The running job.
    pub running: Option<JobId>,
    /// Progress of the running job.
    pub progress: Option<Progress>,
    /// Why the last sweep failed, for the user.
    pub error: Option<String>,
    /// Path of the weights in use, or that are being opened; `None` for the default model.
    pub weights_path: Option<PathBuf>,
    /// The model and weights that stay in use if the ones being opened cannot be opened.
    pub fallback_model: Option<(ModelInfo, Option<PathBuf>)>,
    /// Name and file of the model that was open before, if it is not the default one.
    pub previous_model: Option<(String, PathBuf)>,
    /// Whether to start the sweep again once the model is open, because opening it cancelled a running one.
    pub restart: bool,
    /// Whether the model is being opened for a map that was made with it.
    pub opening_for_map: bool,
}
