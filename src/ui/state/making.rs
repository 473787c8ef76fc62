//! How melodies come about: the model, the sweep form, the sliders.

use std::path::PathBuf;

use crate::attributes::ATTRIBUTES;
use crate::sweep::{Progress, SweepConfig};
use crate::worker::{JobId, ModelInfo};

/// The model, or why there is none.
#[derive(Clone, Debug, PartialEq)]
pub enum ModelState {
    /// It is being loaded.
    Opening,
    /// It is ready.
    Ready(ModelInfo),
    /// It could not be opened, and why.
    Failed(String),
}

impl ModelState {
    /// The model, if it is ready.
    pub fn info(&self) -> Option<&ModelInfo> {
        match self {
            Self::Ready(info) => Some(info),
            _ => None,
        }
    }
}

/// The sweep form, and the running sweep.
#[derive(Default)]
pub struct SweepState {
    /// What the next sweep will be.
    pub form: SweepConfig,
    /// The running job.
    pub running: Option<JobId>,
    /// How far it is.
    pub progress: Option<Progress>,
    /// Why the last one ended early, for the user.
    pub trouble: Option<String>,
    /// The weights in use; `None` for the program's own.
    pub model: Option<PathBuf>,
    /// The model that stays in use if the one being opened does not open, and its weights.
    pub before: Option<(ModelInfo, Option<PathBuf>)>,
    /// A sweep was running when a model was opened: it starts again on the new device.
    pub restart: bool,
    /// The model is being opened because a map that was made with it is shown again.
    pub opening_for_map: bool,
}

/// What came of a steer, in shown units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SteerResult {
    /// Wanted value.
    pub wanted: f64,
    /// Mean over the new melodies.
    pub mean: f64,
    /// Standard deviation over the new melodies.
    pub sd: f64,
    /// New melodies within one unit of the wanted value.
    pub within_one: usize,
    /// New melodies.
    pub count: usize,
}

/// Where the density knob stands at first, notes per bar: a melody that is neither bare nor busy.
const FIRST_DENSITY: f64 = 6.0;

/// The sliders, and the running steer.
pub struct SteerState {
    /// Wanted value per attribute, shown units; `None` until someone moves the knob.
    pub wanted: Vec<Option<f64>>,
    /// Cross-validated fit per attribute, once known.
    pub r2: Vec<Option<f64>>,
    /// The last result per attribute.
    pub results: Vec<Option<SteerResult>>,
    /// Every steer of this sweep in order: its attribute and its result.
    pub history: Vec<(usize, SteerResult)>,
    /// The attribute steered last.
    pub attribute: usize,
    /// The running job, and its attribute.
    pub running: Option<(JobId, usize)>,
    /// A steer to start when the sweep is done.
    pub waiting: Option<usize>,
    /// Share done of the running steer.
    pub progress: Option<f32>,
    /// Steers so far in this sweep; numbers the next one.
    pub steers: u32,
    /// Why the last one failed, for the user.
    pub trouble: Option<String>,
    /// The attribute whose wanted values light up on the map: from the first touch of its slider until something else is
    /// looked at.
    pub showing: Option<usize>,
}

impl SteerState {
    pub(super) fn new() -> Self {
        Self {
            wanted: ATTRIBUTES
                .iter()
                .map(|attribute| (attribute.id == "note_density").then_some(FIRST_DENSITY))
                .collect(),
            r2: vec![None; ATTRIBUTES.len()],
            results: vec![None; ATTRIBUTES.len()],
            history: Vec::new(),
            attribute: 0,
            running: None,
            waiting: None,
            progress: None,
            steers: 0,
            trouble: None,
            showing: None,
        }
    }
}
