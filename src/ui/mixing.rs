//! Mixing models for the window: finding what the open model can be mixed with, and writing a mix, in the background.

use std::path::PathBuf;
use std::sync::Arc;

use crate::session::{FineTunedModel, FineTunedModels};
use crate::worker::{BackgroundTask, MixRange, Repaint, find_mix_range, write_mix};

/// The tasks of mixing models.
pub struct Mixing {
    repaint: Repaint,
    finding: Option<BackgroundTask<Option<MixRange>>>,
    writing: Option<BackgroundTask<Result<FineTunedModel, String>>>,
}

impl Mixing {
    /// No task yet.
    pub fn new(repaint: Repaint) -> Self {
        Self {
            repaint,
            finding: None,
            writing: None,
        }
    }

    /// Starts to search the two models that the model of this file lies between, in place of an earlier search.
    pub fn start_finding(&mut self, path: PathBuf, models: FineTunedModels) {
        let find = move || find_mix_range(&path, &models);
        self.finding = BackgroundTask::start("mix range", Arc::clone(&self.repaint), find)
            .inspect_err(|error| tracing::error!("no thread to search models: {error}"))
            .ok();
    }

    /// Ends the search; its result is not taken.
    pub fn stop_finding(&mut self) {
        self.finding = None;
    }

    /// The two models, once they are found.
    pub fn take_range(&mut self) -> Option<MixRange> {
        let result = self.finding.as_ref()?.poll();
        if !matches!(result, Ok(None)) {
            self.finding = None;
        }
        result.ok()??
    }

    /// Starts to write a mix, with this fraction of the second model.
    ///
    /// # Errors
    /// A sentence for the user.
    pub fn start_writing(
        &mut self,
        range: MixRange,
        fraction: f64,
        models: FineTunedModels,
    ) -> Result<(), String> {
        let write = move || write_mix(&range, fraction, &models);
        let task = BackgroundTask::start("mixing", Arc::clone(&self.repaint), write);
        self.writing = Some(task.map_err(|error| {
            format!(
                "the system could not start a thread ({error}); close other programs and try again"
            )
        })?);
        Ok(())
    }

    /// The mix, once it is written; an error is a sentence for the user.
    pub fn take_written(&mut self) -> Option<Result<FineTunedModel, String>> {
        let written = match self.writing.as_ref()?.poll() {
            Ok(None) => return None,
            Ok(Some(written)) => written,
            Err(_) => Err("mixing the models stopped unexpectedly; try again".to_owned()),
        };
        self.writing = None;
        Some(written)
    }
}
