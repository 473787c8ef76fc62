//! The training loop: progress, looks at the `valid` split, checkpoints, early stop.

use std::path::Path;
use std::time::{Duration, Instant};

use super::gradient::StepLosses;
use super::validation::{CurvePoint, evals_since_best, look};
use super::{Corpus, Trainer, TrainingError};
use crate::melody::Tokens;

/// How a run stands, sent a few times a minute.
#[derive(Clone, Copy, Debug)]
pub struct TrainProgress {
    /// Optimiser steps done.
    pub step: u64,
    /// Optimiser steps of the whole run.
    pub steps: u64,
    /// Melodies learnt from so far, with repetition.
    pub examples: u64,
    /// Melodies per second since the last report.
    pub rate: f64,
    /// Mean cross-entropy per melody since the last report, nats.
    pub cross_entropy: f64,
    /// Mean KL divergence per melody, nats.
    pub kl: f64,
    /// Share of tokens predicted right, given the right tokens before.
    pub token_accuracy: f64,
    /// Estimated seconds to the end.
    pub seconds_left: f64,
}

/// Who watches a run.
pub trait TrainObserver {
    /// Called about every two seconds.
    fn progress(&mut self, progress: TrainProgress);
    /// Called while draws of the prior are prepared: how many of how many.
    fn preparing(&mut self, _done: usize, _of: usize) {}
    /// Called when the averaged weights are worth keeping: at a look at the `valid` split that found none better, or,
    /// where there is no such split, at each checkpoint.
    fn keep(&mut self, _trainer: &Trainer) {}
    /// Called after each look at the `valid` split.
    fn looked(&mut self, _curve: &[CurvePoint]) {}
    /// Looked at after each step.
    fn cancelled(&self) -> bool {
        false
    }
}

/// Where a run finds its melodies and keeps its state.
#[derive(Clone, Copy, Debug)]
pub struct TrainingRun<'a> {
    /// Melodies to learn from.
    pub corpus: &'a Corpus,
    /// Melodies to judge by, never learnt from; none is no judging and no early stop.
    pub valid: &'a [Tokens],
    /// The checkpoint file.
    pub checkpoint: &'a Path,
    /// Time between two checkpoints.
    pub checkpoint_every: Duration,
}

/// Runs to the end of the config's examples, or until the reconstruction of `valid` stops getting better.
///
/// # Errors
/// [`TrainingError`]; at [`TrainingError::Cancelled`] a checkpoint has been written, if anything was learnt.
pub fn train(
    trainer: &mut Trainer,
    run: &TrainingRun<'_>,
    observer: &mut dyn TrainObserver,
) -> Result<(), TrainingError> {
    trainer.learn_from(run.corpus, run.valid)?;
    let steps = trainer.config().steps();
    let batch = trainer.config().batch as f64;
    let mut saved = Instant::now();
    let mut reported = Instant::now();
    let mut sums = StepLosses::default();
    let mut since = 0_u32;
    let stopped = |trainer: &Trainer| {
        let patience = trainer.config().patience;
        patience > 0 && evals_since_best(trainer.curve()) >= patience
    };
    while trainer.step() < steps && !stopped(trainer) {
        if trainer.unprepared() {
            let prepared = trainer.prepare(&mut |done, of| {
                observer.preparing(done, of);
                !observer.cancelled()
            });
            if matches!(prepared, Err(TrainingError::Cancelled { .. })) && trainer.step() > 0 {
                trainer.save(run.checkpoint)?;
            }
            prepared?;
        }
        sums += trainer.advance(run.corpus)?;
        since += 1;
        let cancelled = observer.cancelled();
        let last = trainer.step() == steps;
        // A device tells of several steps at once.
        if sums.melodies > 0 && (reported.elapsed() > Duration::from_secs(2) || last) {
            let examples = f64::from(since) * batch;
            let rate = examples / reported.elapsed().as_secs_f64().max(1e-9);
            let told = sums.melodies as f64;
            observer.progress(TrainProgress {
                step: trainer.step(),
                steps,
                examples: trainer.examples(),
                rate,
                cross_entropy: sums.cross_entropy / told,
                kl: sums.kl / told,
                token_accuracy: sums.right_tokens / told / trainer.config().model.steps as f64,
                seconds_left: (steps - trainer.step()) as f64 * batch / rate,
            });
            reported = Instant::now();
            sums = StepLosses::default();
            since = 0;
        }
        let mut finished = last;
        if !run.valid.is_empty() && (looks_due(trainer) || last) {
            let point = look(trainer, run.valid)?;
            trainer.record(point);
            observer.looked(trainer.curve());
            if evals_since_best(trainer.curve()) == 0 {
                observer.keep(trainer);
            }
            finished |= stopped(trainer);
        }
        if saved.elapsed() > run.checkpoint_every || cancelled || finished {
            trainer.save(run.checkpoint)?;
            if run.valid.is_empty() {
                observer.keep(trainer);
            }
            saved = Instant::now();
        }
        if cancelled && !finished {
            return Err(TrainingError::Cancelled {
                step: trainer.step(),
            });
        }
    }
    Ok(())
}

/// Whether this step is the first at or after a multiple of the config's `validate_every`.
fn looks_due(trainer: &Trainer) -> bool {
    let every = trainer.config().validate_every.max(1);
    let before = trainer.examples() - trainer.config().batch as u64;
    before / every < trainer.examples() / every
}
