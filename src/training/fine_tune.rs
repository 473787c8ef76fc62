//! The whole fine-tuning run: held-out windows, rehearsal, training, calibration of the prior.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::config::TrainingConfig;
use super::corpus::Corpus;
use super::error::TrainingError;
use super::fine_tune_config::{HOLD_OUT_EVERY, REHEARSAL_COUNT, rehearsal_melodies};
use super::learning_curve::CurvePoint;
use super::run::{TrainObserver, TrainProgress, TrainingRun, train};
use super::trained_file::{TrainedFile, provenance};
use super::trainer::Trainer;
use super::validation::validate;
use crate::melody::Tokens;
use crate::model::Weights;
use crate::progress::{Observer, Phase, PhaseProgress, Progress};

/// Time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);

/// Input of [`fine_tune`]: the model to start from, the corpus, the settings, and the files to write.
pub struct FineTuneInput<'a> {
    /// The model to start from.
    pub start: &'a Arc<Weights>,
    /// The windows to train on; every tenth or so is held out to validate on.
    pub corpus: Corpus,
    /// Provenance of the corpus, stored in the weights file as `learnt_from`: the SHA-256 of each file or melody by its name.
    pub learnt_from: serde_json::Value,
    /// The settings, from [`fine_tuning_config`](super::fine_tuning_config).
    pub config: TrainingConfig,
    /// Number of rehearsal melodies, decoded from the start model's prior, so that the model does not forget them.
    pub rehearsal_count: usize,
    /// Training time; if `None`, the run ends after the config's number of examples.
    pub time_limit: Option<Duration>,
    /// File of the checkpoint. If it exists, the run resumes from it.
    pub checkpoint_path: &'a Path,
    /// File of the best weights so far, and in the end of the fine-tuned model.
    pub weights_path: &'a Path,
}

impl<'a> FineTuneInput<'a> {
    /// Input with [`REHEARSAL_COUNT`], no time limit and no provenance of the corpus.
    #[must_use]
    pub fn new(
        start: &'a Arc<Weights>,
        corpus: Corpus,
        config: TrainingConfig,
        checkpoint_path: &'a Path,
        weights_path: &'a Path,
    ) -> Self {
        Self {
            start,
            corpus,
            learnt_from: serde_json::Value::Null,
            config,
            rehearsal_count: REHEARSAL_COUNT,
            time_limit: None,
            checkpoint_path,
            weights_path,
        }
    }
}

/// Result of [`fine_tune`].
pub struct FineTuneResult {
    /// The windows that were trained on.
    pub corpus: Corpus,
    /// The windows that were held out.
    pub held_out: Vec<Tokens>,
    /// Number of melodies trained on, with repetition.
    pub examples: u64,
    /// Reconstruction of the held-out windows: before training, then at each validation. Empty if nothing was held out.
    pub curve: Vec<CurvePoint>,
}

/// Fine-tunes a model. The first point of the result's curve, with 0 examples, is the start model.
///
/// # Errors
/// [`TrainingError`]; [`TrainingError::NoMelodies`] for an empty corpus. On [`TrainingError::Cancelled`], and when a file cannot be written, the checkpoint and the weights file
/// stay, and the next run with the same input resumes.
pub fn fine_tune(
    input: FineTuneInput<'_>,
    observer: &mut dyn TrainObserver,
) -> Result<FineTuneResult, TrainingError> {
    if input.config.model.hierarchy.is_some() {
        return Err(TrainingError::Hierarchical {
            name: input.start.name().to_owned(),
        });
    }
    input.config.validate()?;
    let mut corpus = input.corpus;
    if corpus.is_empty() {
        return Err(TrainingError::NoMelodies);
    }
    let mut provenance = provenance(&corpus, &input.config, Some(input.start));
    provenance["learnt_from"] = input.learnt_from;
    let held_out = corpus.hold_out(HOLD_OUT_EVERY);
    let seed = input.config.seed;
    let mut phase = PhaseProgress::new(observer, Phase::Rehearsal);
    corpus.rehearsal =
        rehearsal_melodies(input.start, input.rehearsal_count, seed, &mut |fraction| {
            phase.report(fraction)
        })?;
    let is_resumed = input.checkpoint_path.exists();
    let mut trainer = if is_resumed {
        Trainer::resume(input.config, input.checkpoint_path)?
    } else {
        Trainer::start_from(input.config, input.start)?
    };
    if !held_out.is_empty() && trainer.curve().is_empty() {
        let start_point = validate(&trainer, &held_out)?;
        trainer.add_validation(start_point);
    }
    observer.validated(trainer.curve());
    let mut saving_observer = SavingObserver {
        observer,
        corpus: &corpus,
        file: TrainedFile {
            path: input.weights_path.to_owned(),
            provenance,
            saved: None,
        },
        error: None,
    };
    let run = TrainingRun {
        corpus: &corpus,
        valid: &held_out,
        checkpoint: input.checkpoint_path,
        checkpoint_every: CHECKPOINT_EVERY,
        time_limit: input.time_limit,
    };
    let result = train(&mut trainer, &run, &mut saving_observer);
    if let Some(error) = saving_observer.error.take() {
        return Err(error);
    }
    result?;
    // Unless the run was resumed, an existing file of that name is from another run, and the caller has allowed it to be replaced.
    if saving_observer.file.saved.is_none() && !(is_resumed && input.weights_path.exists()) {
        saving_observer.file.save(&trainer, &corpus)?;
    }
    let mut phase = PhaseProgress::new(saving_observer.observer, Phase::CalibratePrior);
    let progress = &mut |fraction| phase.report(fraction);
    saving_observer
        .file
        .calibrate(&corpus, trainer.config(), progress)?;
    Ok(FineTuneResult {
        examples: trainer.examples(),
        curve: trainer.curve().to_vec(),
        held_out,
        corpus,
    })
}

/// Saves the best weights of a run, and forwards everything else to `observer`. A file that cannot be written ends the run.
struct SavingObserver<'a> {
    observer: &'a mut dyn TrainObserver,
    corpus: &'a Corpus,
    file: TrainedFile,
    error: Option<TrainingError>,
}

impl TrainObserver for SavingObserver<'_> {
    fn training_progress(&mut self, progress: TrainProgress) {
        self.observer.training_progress(progress);
    }

    fn save_weights(&mut self, trainer: &Trainer) {
        if let Err(error) = self.file.save(trainer, self.corpus) {
            self.error.get_or_insert(error);
        }
    }

    fn validated(&mut self, curve: &[CurvePoint]) {
        self.observer.validated(curve);
    }

    fn should_stop(&self) -> bool {
        self.observer.should_stop()
    }

    fn time_paused(&self) -> Duration {
        self.observer.time_paused()
    }
}

impl Observer for SavingObserver<'_> {
    fn progress(&mut self, progress: Progress) {
        self.observer.progress(progress);
    }

    fn notice(&mut self, text: String) {
        self.observer.notice(text);
    }

    fn cancelled(&self) -> bool {
        self.error.is_some() || self.observer.cancelled()
    }
}
