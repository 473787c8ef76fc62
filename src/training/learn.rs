//! Learning a person's melodies from start to end: held-out windows, rehearsal, training, the fit of the prior.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::config::TrainingConfig;
use super::corpus::Corpus;
use super::error::TrainingError;
use super::fine_tune::{HELD_OUT_OF, REHEARSED, rehearsal_melodies};
use super::learning_curve::CurvePoint;
use super::run::{TrainObserver, TrainProgress, TrainingRun, train};
use super::taught_file::{TaughtFile, provenance};
use super::trainer::Trainer;
use super::validation::validate;
use crate::melody::Tokens;
use crate::model::Weights;
use crate::progress::{Observer, Phase, PhaseProgress, Progress};

/// Time between two checkpoints.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(20);

/// What is learnt, from what, and where it is kept.
pub struct LearnInput<'a> {
    /// The model to start from.
    pub start: &'a Arc<Weights>,
    /// The melodies to learn.
    pub corpus: Corpus,
    /// What they are, for the provenance: the hash of each file by its name.
    pub learnt_from: serde_json::Value,
    /// The settings, as [`fine_tuning_config`](super::fine_tuning_config) gives them.
    pub config: TrainingConfig,
    /// Melodies of the model that are rehearsed.
    pub rehearsed: usize,
    /// Time to train; `None` ends after the examples of the config.
    pub time_limit: Option<Duration>,
    /// The checkpoint. If it is there, the run goes on from it.
    pub checkpoint: &'a Path,
    /// The weights file: the best weights so far, in the end the taught model.
    pub weights: &'a Path,
}

impl<'a> LearnInput<'a> {
    /// Learns `corpus` with these settings; the number of rehearsed melodies is the usual one.
    #[must_use]
    pub fn new(
        start: &'a Arc<Weights>,
        corpus: Corpus,
        config: TrainingConfig,
        checkpoint: &'a Path,
        weights: &'a Path,
    ) -> Self {
        Self {
            start,
            corpus,
            learnt_from: serde_json::Value::Null,
            config,
            rehearsed: REHEARSED,
            time_limit: None,
            checkpoint,
            weights,
        }
    }
}

/// What a run has done.
pub struct Learnt {
    /// The windows that were learnt.
    pub corpus: Corpus,
    /// The windows that were held out.
    pub held_out: Vec<Tokens>,
    /// Melodies trained on, with repetition.
    pub examples: u64,
    /// How much of the held-out windows came back, at first and at each validation.
    pub curve: Vec<CurvePoint>,
}

/// Teaches a model. The first point of its curve, with no examples, is the model before.
///
/// # Errors
/// [`TrainingError`]: at [`TrainingError::Cancelled`] and when a file cannot be written, what is in the checkpoint and the weights
/// file stays, and the next run with the same input goes on.
pub fn learn(
    input: LearnInput<'_>,
    observer: &mut dyn TrainObserver,
) -> Result<Learnt, TrainingError> {
    if input.config.model.hierarchy.is_some() {
        return Err(TrainingError::Hierarchical {
            name: input.start.name().to_owned(),
        });
    }
    input.config.validate()?;
    let mut corpus = input.corpus;
    let mut provenance = provenance(&corpus, &input.config, Some(input.start));
    provenance["learnt_from"] = input.learnt_from;
    let held_out = corpus.hold_out(HELD_OUT_OF);
    let seed = input.config.seed;
    let mut phase = PhaseProgress::new(observer, Phase::PriorTargets);
    corpus.rehearsal = rehearsal_melodies(input.start, input.rehearsed, seed, &mut |fraction| {
        phase.report(fraction)
    })?;
    let goes_on = input.checkpoint.exists();
    let mut trainer = if goes_on {
        Trainer::resume(input.config, input.checkpoint)?
    } else {
        Trainer::start_from(input.config, input.start)?
    };
    if !held_out.is_empty() && trainer.curve().is_empty() {
        let before = validate(&trainer, &held_out)?;
        trainer.add_validation(before);
    }
    observer.validated(trainer.curve());
    let mut saving = SavingObserver {
        observer,
        corpus: &corpus,
        file: TaughtFile {
            path: input.weights.to_owned(),
            provenance,
            saved: None,
        },
        error: None,
    };
    let run = TrainingRun {
        corpus: &corpus,
        valid: &held_out,
        checkpoint: input.checkpoint,
        checkpoint_every: CHECKPOINT_EVERY,
        time_limit: input.time_limit,
    };
    let trained = train(&mut trainer, &run, &mut saving);
    if let Some(error) = saving.error.take() {
        return Err(error);
    }
    trained?;
    // A file of that name may be another run's, which the caller lets be replaced.
    if saving.file.saved.is_none() && !(goes_on && input.weights.exists()) {
        saving.file.save(&trainer, &corpus)?;
    }
    let mut phase = PhaseProgress::new(saving.observer, Phase::CalibratePrior);
    let progress = &mut |fraction| phase.report(fraction);
    saving.file.calibrate(&corpus, trainer.config(), progress)?;
    Ok(Learnt {
        examples: trainer.examples(),
        curve: trainer.curve().to_vec(),
        held_out,
        corpus,
    })
}

/// Saves the best weights of a run, and passes everything else on. A file that cannot be written ends the run.
struct SavingObserver<'a> {
    observer: &'a mut dyn TrainObserver,
    corpus: &'a Corpus,
    file: TaughtFile,
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

    fn ends_now(&self) -> bool {
        self.observer.ends_now()
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
