//! The training loop: progress, validation, checkpoints, early stopping.

use std::path::Path;
use std::time::{Duration, Instant};

use super::corpus::Corpus;
use super::error::TrainingError;
use super::gradient::StepLosses;
use super::learning_curve::{CurvePoint, evals_since_best};
use super::trainer::Trainer;
use super::validation::validate;
use crate::melody::Tokens;
use crate::progress::{Observer, Phase, PhaseProgress};

/// Progress of a run, reported about every two seconds.
#[derive(Clone, Copy, Debug)]
pub struct TrainProgress {
    /// Number of optimiser steps done.
    pub step: u64,
    /// Number of optimiser steps of the whole run.
    pub steps: u64,
    /// Number of melodies trained on so far, with repetition.
    pub examples: u64,
    /// Melodies per second since the last report.
    pub rate: f64,
    /// Mean cross-entropy per melody since the last report, nats.
    pub cross_entropy: f64,
    /// Mean KL divergence per melody, nats.
    pub kl: f64,
    /// Fraction of correctly predicted tokens, given the target tokens before them.
    pub token_accuracy: f64,
    /// Estimated seconds to the end.
    pub seconds_left: f64,
}

/// An [`Observer`] of a run. [`Observer::progress`] reports the generation of targets for prior draws; cancellation is checked
/// after each step.
pub trait TrainObserver: Observer {
    /// Called about every two seconds.
    fn training_progress(&mut self, progress: TrainProgress);
    /// Saves the averaged weights. Called when they are the best so far: at a validation with the best result, or, without a
    /// `valid` split, at each checkpoint.
    fn save_weights(&mut self, _trainer: &Trainer) {}
    /// Called after each validation.
    fn validated(&mut self, _curve: &[CurvePoint]) {}
    /// Whether the run ends after this step, as at its time limit. Checked after each step.
    fn should_stop(&self) -> bool {
        false
    }
    /// Total time for which the run was paused; it does not count towards the time limit.
    fn time_paused(&self) -> Duration {
        Duration::ZERO
    }
}

/// The melodies and files of a run.
#[derive(Clone, Copy, Debug)]
pub struct TrainingRun<'a> {
    /// Melodies to train on.
    pub corpus: &'a Corpus,
    /// Melodies to validate on; if there are none, there is no validation and no early stopping.
    pub valid: &'a [Tokens],
    /// The checkpoint file.
    pub checkpoint: &'a Path,
    /// Time between two checkpoints.
    pub checkpoint_every: Duration,
    /// Time after which the run ends as if its examples were used up; `None` for no limit.
    pub time_limit: Option<Duration>,
}

/// Trains to the end of the config's examples, or until the reconstruction of `valid` stops improving.
///
/// # Errors
/// [`TrainingError`]; on [`TrainingError::Cancelled`] a checkpoint has been written, if any step was done.
pub fn train(
    trainer: &mut Trainer,
    run: &TrainingRun<'_>,
    observer: &mut dyn TrainObserver,
) -> Result<(), TrainingError> {
    trainer.set_corpus(run.corpus, run.valid)?;
    let steps = trainer.config().steps();
    let (started_at, paused_before) = (Instant::now(), observer.time_paused());
    let mut saved_at = Instant::now();
    let mut reported_at = Instant::now();
    let mut sums = StepLosses::default();
    let mut steps_since_report = 0_u32;
    let is_out_of_patience = |trainer: &Trainer| {
        let patience = trainer.config().patience;
        patience > 0 && evals_since_best(trainer.curve()) >= patience
    };
    while trainer.step() < steps && !is_out_of_patience(trainer) {
        if trainer.needs_prior_targets() {
            let mut phase = PhaseProgress::new(observer, Phase::PriorTargets);
            let generated = trainer.generate_prior_targets(&mut |fraction| phase.report(fraction));
            if matches!(generated, Err(TrainingError::Cancelled { .. })) && trainer.step() > 0 {
                trainer.save(run.checkpoint)?;
            }
            generated?;
        }
        sums += trainer.train_step(run.corpus)?;
        steps_since_report += 1;
        let is_cancelled = observer.cancelled();
        let paused = observer.time_paused() - paused_before;
        let has_time_left = run
            .time_limit
            .is_none_or(|limit| started_at.elapsed() < limit + paused)
            && !observer.should_stop();
        let is_last_step = trainer.step() == steps || !has_time_left;
        // A device reports the losses of several steps at once.
        if sums.melodies > 0 && (reported_at.elapsed() > Duration::from_secs(2) || is_last_step) {
            let elapsed = reported_at.elapsed();
            let progress = training_progress(trainer, &sums, steps_since_report, elapsed);
            observer.training_progress(progress);
            reported_at = Instant::now();
            sums = StepLosses::default();
            steps_since_report = 0;
        }
        let mut is_finished = is_last_step;
        if !run.valid.is_empty() && (is_validation_due(trainer) || is_last_step) {
            let point = validate(trainer, run.valid)?;
            trainer.add_validation(point);
            observer.validated(trainer.curve());
            if evals_since_best(trainer.curve()) == 0 {
                observer.save_weights(trainer);
            }
            is_finished |= is_out_of_patience(trainer);
        }
        if saved_at.elapsed() > run.checkpoint_every || is_cancelled || is_finished {
            trainer.save(run.checkpoint)?;
            if run.valid.is_empty() {
                observer.save_weights(trainer);
            }
            saved_at = Instant::now();
        }
        if is_cancelled && !is_finished {
            return Err(TrainingError::Cancelled {
                step: trainer.step(),
            });
        }
        if !has_time_left {
            break;
        }
    }
    Ok(())
}

/// Progress with the mean `losses` of the last `step_count` steps, which took `elapsed`.
fn training_progress(
    trainer: &Trainer,
    losses: &StepLosses,
    step_count: u32,
    elapsed: Duration,
) -> TrainProgress {
    let (step, steps) = (trainer.step(), trainer.config().steps());
    let batch = trainer.config().batch as f64;
    let rate = f64::from(step_count) * batch / elapsed.as_secs_f64().max(1e-9);
    let melodies = losses.melodies as f64;
    TrainProgress {
        step,
        steps,
        examples: trainer.examples(),
        rate,
        cross_entropy: losses.cross_entropy / melodies,
        kl: losses.kl / melodies,
        token_accuracy: losses.correct_tokens / melodies / trainer.config().model.steps as f64,
        seconds_left: (steps - step) as f64 * batch / rate,
    }
}

/// Whether this step is the first at or after a multiple of the config's `validate_every`.
fn is_validation_due(trainer: &Trainer) -> bool {
    let interval = trainer.config().validate_every.max(1);
    let previous_examples = trainer.examples() - trainer.config().batch as u64;
    previous_examples / interval < trainer.examples() / interval
}
