//! The feature *Learn* for the window: the run that fine-tunes a model, and the folder of fine-tuned models.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::mixing::Mixing;
use super::state::LearntIndex;
use crate::session::{
    FineTuneRecord, FineTuneSource, FineTunedModel, FineTunedModels, LearntMelodies,
};
use crate::training::CorpusSummary;
use crate::worker::{
    BackgroundTask, FineTuneRun, FineTuner, LibraryLocation, Repaint, TaskEnded, fine_tune,
    summarise_source,
};

/// Name of the folder of fine-tuned models, which lies beside the library.
const MODELS_FOLDER: &str = "models";

/// The models of the folder, and the interrupted runs.
type Listing = (Vec<FineTunedModel>, Vec<FineTuneRecord>);

/// The melodies that a model has learnt from, if it has any; an error is a sentence for the user.
type ReadLearnt = Result<Option<LearntIndex>, String>;

/// Fine-tuning a model in the background: the feature *Learn*.
pub struct Learning {
    /// The folder of fine-tuned models; `None` on a system without a data folder.
    pub models: Option<FineTunedModels>,
    /// The run.
    pub run: Option<FineTuneRun>,
    /// Mixing two models of the folder.
    pub mixing: Mixing,
    fine_tuner: FineTuner,
    repaint: Repaint,
    summarising: Option<BackgroundTask<Result<CorpusSummary, String>>>,
    listing: Option<BackgroundTask<Listing>>,
    reading: Option<BackgroundTask<ReadLearnt>>,
}

impl Learning {
    /// Lists the models beside the library in the background.
    pub fn new(library: &LibraryLocation, repaint: Repaint) -> Self {
        let folder = match library {
            LibraryLocation::File(file) => file.parent().map(|data| data.join(MODELS_FOLDER)),
            LibraryLocation::Memory => None,
        };
        let mut learning = Self {
            models: folder.map(FineTunedModels::new),
            run: None,
            mixing: Mixing::new(Arc::clone(&repaint)),
            fine_tuner: Arc::new(fine_tune),
            repaint,
            summarising: None,
            listing: None,
            reading: None,
        };
        learning.start_listing();
        learning
    }

    /// Fine-tunes by another function, for tests.
    pub fn set_fine_tuner(&mut self, fine_tuner: FineTuner) {
        self.fine_tuner = fine_tuner;
    }

    /// Starts to list the models and the interrupted runs again.
    pub fn start_listing(&mut self) {
        let Some(models) = self.models.clone() else {
            return;
        };
        let list = move || (models.list(), models.interrupted_runs());
        self.listing = BackgroundTask::start("models", Arc::clone(&self.repaint), list)
            .inspect_err(|error| tracing::error!("no thread to list the models: {error}"))
            .ok();
    }

    /// The models and interrupted runs, once they are listed.
    pub fn take_listing(&mut self) -> Option<Listing> {
        let result = self.listing.as_ref()?.poll();
        match result {
            Ok(None) => return None,
            Ok(_) | Err(TaskEnded) => self.listing = None,
        }
        result.ok()?
    }

    /// Starts to read the melodies that the model of a file has learnt from, in place of another's; the program's own has none.
    pub fn read_learnt(&mut self, model: Option<&Path>) {
        self.reading = model.and_then(|model| {
            let path = LearntMelodies::path_beside(model);
            let read = move || match LearntMelodies::read(&path) {
                Ok(learnt) => Ok(learnt.map(LearntIndex::new)),
                Err(error) => Err(error.to_string()),
            };
            BackgroundTask::start("learnt melodies", Arc::clone(&self.repaint), read)
                .inspect_err(|error| tracing::error!("no thread to read the melodies: {error}"))
                .ok()
        });
    }

    /// The melodies that a model has learnt from, once they are read.
    pub fn take_learnt(&mut self) -> Option<ReadLearnt> {
        let result = self.reading.as_ref()?.poll();
        match result {
            Ok(None) => return None,
            Ok(_) | Err(TaskEnded) => self.reading = None,
        }
        result.ok()?
    }

    /// Starts to summarise a source, in place of an earlier one.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn summarise(
        &mut self,
        source: FineTuneSource,
        model: Option<PathBuf>,
    ) -> Result<(), String> {
        let summarise = move || summarise_source(&source, model.as_deref());
        let task = BackgroundTask::start("corpus", Arc::clone(&self.repaint), summarise);
        self.summarising = Some(task.map_err(|error| {
            format!(
                "the system could not start a thread ({error}); close other programs and try again"
            )
        })?);
        Ok(())
    }

    /// The summary, once it is computed; an error is a sentence for the user.
    pub fn take_summary(&mut self) -> Option<Result<CorpusSummary, String>> {
        let result = self.summarising.as_ref()?.poll();
        match result {
            Ok(None) => None,
            Ok(Some(summary)) => {
                self.summarising = None;
                Some(summary)
            }
            Err(TaskEnded) => {
                self.summarising = None;
                let text = "reading the files stopped unexpectedly; choose other ones";
                Some(Err(text.to_owned()))
            }
        }
    }

    /// Starts or resumes a run.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn start(&mut self, record: FineTuneRecord) -> Result<(), String> {
        let models = self.models.as_ref().ok_or_else(no_data_folder_text)?;
        let (fine_tuner, repaint) = (Arc::clone(&self.fine_tuner), Arc::clone(&self.repaint));
        self.run = Some(FineTuneRun::start(models, record, fine_tuner, repaint)?);
        Ok(())
    }
}

/// Why no model can be fine-tuned without a data folder.
pub fn no_data_folder_text() -> String {
    "there is no data folder on this system that a taught model could be kept in; use `tunescape learn`".to_owned()
}
