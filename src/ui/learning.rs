//! The run that teaches a model and the folder of taught models, as the window uses them.

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::{LearnSource, LearningRecord, TaughtModel, TaughtModels};
use crate::training::CorpusSummary;
use crate::worker::{
    BackgroundTask, LearnRun, Learner, LibraryLocation, Repaint, TaskEnded, examine, teach,
};

/// Folder of the taught models, beside the library.
const MODELS_FOLDER: &str = "models";

/// The models that are there, and the runs that were interrupted.
type Listing = (Vec<TaughtModel>, Vec<LearningRecord>);

/// Teaching a model, in the background.
pub struct Learning {
    /// The folder of taught models; `None` on a system without a data folder.
    pub models: Option<TaughtModels>,
    /// The run.
    pub run: Option<LearnRun>,
    learner: Learner,
    repaint: Repaint,
    examining: Option<BackgroundTask<Result<CorpusSummary, String>>>,
    listing: Option<BackgroundTask<Listing>>,
}

impl Learning {
    /// Lists the models beside the library in the background.
    pub fn new(library: &LibraryLocation, repaint: Repaint) -> Self {
        let folder = match library {
            LibraryLocation::File(file) => file.parent().map(|data| data.join(MODELS_FOLDER)),
            LibraryLocation::Memory => None,
        };
        let mut learning = Self {
            models: folder.map(TaughtModels::new),
            run: None,
            learner: Arc::new(teach),
            repaint,
            examining: None,
            listing: None,
        };
        learning.list();
        learning
    }

    /// Teaches by another learner, for tests.
    pub fn set_learner(&mut self, learner: Learner) {
        self.learner = learner;
    }

    /// Lists the models and the interrupted runs again.
    pub fn list(&mut self) {
        let Some(models) = self.models.clone() else {
            return;
        };
        let list = move || (models.list(), models.interrupted());
        self.listing = BackgroundTask::start("models", Arc::clone(&self.repaint), list)
            .inspect_err(|error| tracing::error!("no thread to list the models: {error}"))
            .ok();
    }

    /// The models and interrupted runs, once they are listed.
    pub fn take_listing(&mut self) -> Option<Listing> {
        let listed = self.listing.as_ref()?.poll();
        match listed {
            Ok(None) => return None,
            Ok(_) | Err(TaskEnded) => self.listing = None,
        }
        listed.ok()?
    }

    /// Looks what would be learnt, in place of an earlier look.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn examine(&mut self, source: LearnSource, model: Option<PathBuf>) -> Result<(), String> {
        let look = move || examine(&source, model.as_deref());
        let task = BackgroundTask::start("corpus", Arc::clone(&self.repaint), look);
        self.examining = Some(task.map_err(|error| {
            format!(
                "the system could not start a thread ({error}); close other programs and try again"
            )
        })?);
        Ok(())
    }

    /// What was found, once it is known.
    pub fn take_found(&mut self) -> Option<Result<CorpusSummary, String>> {
        let found = self.examining.as_ref()?.poll();
        match found {
            Ok(None) => None,
            Ok(Some(found)) => {
                self.examining = None;
                Some(found)
            }
            Err(TaskEnded) => {
                self.examining = None;
                let text = "reading the files stopped unexpectedly; choose other ones";
                Some(Err(text.to_owned()))
            }
        }
    }

    /// Starts or goes on with a run.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn start(&mut self, record: LearningRecord) -> Result<(), String> {
        let models = self.models.as_ref().ok_or_else(no_folder)?;
        let (learner, repaint) = (Arc::clone(&self.learner), Arc::clone(&self.repaint));
        self.run = Some(LearnRun::start(models, record, learner, repaint)?);
        Ok(())
    }
}

/// Why nothing can be taught without a data folder.
pub fn no_folder() -> String {
    "there is no data folder on this system that a taught model could be kept in; use `tunescape learn`".to_owned()
}
