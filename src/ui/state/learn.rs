//! Teaching a model: what is to be learnt, the run, and the models that the user taught.

use crate::session::{LearnSource, LearningRecord, TaughtModel};
use crate::training::CorpusSummary;
use crate::worker::{LEARN_MINUTES, LearnProgress};

/// Most minutes of a run: a day.
pub const MAX_LEARN_MINUTES: f64 = 1_440.0;

/// Teaching a model.
#[derive(Default)]
pub struct LearnState {
    /// Whether the card is open.
    pub open: bool,
    /// What is to be learnt.
    pub draft: Option<LearnDraft>,
    /// The run.
    pub running: Option<RunningLearn>,
    /// The model that was taught last, and how much of the held-out windows came back.
    pub taught: Option<(TaughtModel, LearnProgress)>,
    /// Why the last run failed, for the user.
    pub error: Option<String>,
    /// Whether the models were listed before.
    pub listed: bool,
    /// The models that the user taught, by name.
    pub models: Vec<TaughtModel>,
    /// Runs that were interrupted.
    pub interrupted: Vec<LearningRecord>,
}

/// What is to be learnt, before it is.
pub struct LearnDraft {
    /// What it is learnt from.
    pub source: LearnSource,
    /// Name of that, for the user.
    pub title: String,
    /// What was found; `None` while it is read, an error is for the user.
    pub found: Option<Result<CorpusSummary, String>>,
    /// Name of the new model.
    pub name: String,
    /// Why the model cannot have that name, for the user.
    pub name_error: Option<String>,
    /// Minutes to learn.
    pub minutes: f64,
}

impl LearnDraft {
    /// A draft that nothing is known of yet.
    pub fn new(source: LearnSource, title: String, name: String) -> Self {
        Self {
            source,
            title,
            found: None,
            name,
            name_error: None,
            minutes: LEARN_MINUTES,
        }
    }

    /// Whether it can be learnt.
    pub fn is_ready(&self) -> bool {
        matches!(self.found, Some(Ok(_))) && self.name_error.is_none()
    }
}

/// A run.
pub struct RunningLearn {
    /// Name of the new model.
    pub name: String,
    /// How far it is.
    pub progress: LearnProgress,
    /// It waits.
    pub paused: bool,
    /// It is about to end.
    pub ending: bool,
}

impl RunningLearn {
    /// A run that has just begun.
    pub fn new(name: String) -> Self {
        Self {
            name,
            progress: LearnProgress::default(),
            paused: false,
            ending: false,
        }
    }
}
