//! The feature *Learn*: the source to fine-tune on, the run, and the fine-tuned models.

use crate::session::{FineTuneRecord, FineTuneSource, FineTunedModel};
use crate::training::CorpusSummary;
use crate::worker::{DEFAULT_LEARN_MINUTES, FineTuneProgress};

/// Most minutes of a run: a day.
pub const MAX_LEARN_MINUTES: f64 = 1_440.0;

/// State of the feature *Learn*, which fine-tunes a model.
#[derive(Default)]
pub struct LearnState {
    /// Whether the card is open.
    pub open: bool,
    /// The run to start: its source and options.
    pub draft: Option<LearnDraft>,
    /// The run.
    pub running: Option<RunningLearn>,
    /// The model of the last run, and its metrics on the held-out excerpts, while the card shows them.
    pub finished: Option<(FineTunedModel, FineTuneProgress)>,
    /// Why the last run failed, for the user.
    pub error: Option<String>,
    /// Whether the models were listed before.
    pub models_listed: bool,
    /// The fine-tuned models, by name.
    pub models: Vec<FineTunedModel>,
    /// Runs that were interrupted.
    pub interrupted: Vec<FineTuneRecord>,
}

/// A run before its start: the source and the options.
pub struct LearnDraft {
    /// The source.
    pub source: FineTuneSource,
    /// Name of the source, for the user.
    pub title: String,
    /// Summary of the source; `None` while it is read. An error is a sentence for the user.
    pub summary: Option<Result<CorpusSummary, String>>,
    /// Name of the new model.
    pub name: String,
    /// Why the model cannot have that name, for the user.
    pub name_error: Option<String>,
    /// Training time, minutes.
    pub minutes: f64,
}

impl LearnDraft {
    /// A draft whose source is not read yet.
    pub fn new(source: FineTuneSource, title: String, name: String) -> Self {
        Self {
            source,
            title,
            summary: None,
            name,
            name_error: None,
            minutes: DEFAULT_LEARN_MINUTES,
        }
    }

    /// Whether the run can be started.
    pub fn is_ready(&self) -> bool {
        matches!(self.summary, Some(Ok(_))) && self.name_error.is_none()
    }
}

/// A run.
pub struct RunningLearn {
    /// Name of the new model.
    pub name: String,
    /// How far it is.
    pub progress: FineTuneProgress,
    /// Whether it is paused.
    pub paused: bool,
    /// Whether it is about to end.
    pub is_ending: bool,
}

impl RunningLearn {
    /// A run that has just begun.
    pub fn new(name: String) -> Self {
        Self {
            name,
            progress: FineTuneProgress::default(),
            paused: false,
            is_ending: false,
        }
    }
}
