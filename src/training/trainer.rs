//! The training loop: batches, steps, checkpoints, resume.

use std::path::Path;
use std::time::{Duration, Instant};

use burn::tensor::Device;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal, weighted::WeightedIndex};
use rayon::prelude::*;

use super::adam::AdamState;
use super::gradient::{Layout, Objective, StepLosses, accumulate_gradient};
use super::{Corpus, TrainingConfig, TrainingError, state};
use crate::melody::{Tokens, transpose};
use crate::model::{Parameters, Weights, differentiate};

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
    /// Called at each checkpoint with the averaged weights as they stand.
    fn checkpoint(&mut self, _trainer: &Trainer) {}
    /// Looked at after each step.
    fn cancelled(&self) -> bool {
        false
    }
}

/// A model in training.
pub struct Trainer {
    config: TrainingConfig,
    layout: Layout,
    state: AdamState,
    /// Where the gradient is computed; none is the CPU with the hand-written gradient.
    adapter: Option<Device>,
}

impl Trainer {
    /// A trainer at step zero.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the sizes make no model.
    pub fn new(config: TrainingConfig) -> Result<Self, TrainingError> {
        let layout = Layout::new(&config.model);
        let weights = layout.flatten(&Parameters::initialise(&config.model, config.seed))?;
        Ok(Self {
            layout,
            state: AdamState::new(weights),
            config,
            adapter: None,
        })
    }

    /// A trainer at the step of its checkpoint.
    ///
    /// # Errors
    /// [`TrainingError`] if the checkpoint is damaged or of a run with other settings.
    pub fn resume(config: TrainingConfig, checkpoint: &Path) -> Result<Self, TrainingError> {
        let state = state::load(checkpoint, &config)?;
        Ok(Self {
            layout: Layout::new(&config.model),
            state,
            config,
            adapter: None,
        })
    }

    /// Writes everything that [`Trainer::resume`] needs, whole or not at all.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the file cannot be written.
    pub fn save(&self, checkpoint: &Path) -> Result<(), TrainingError> {
        state::save(checkpoint, &self.state, &self.config)
    }

    /// Computes gradients on a burn device, such as a graphics adapter, from now on.
    ///
    /// Sums are rounded in another order there: a run is reproducible on one kind of device.
    pub fn use_device(&mut self, device: Device) {
        self.adapter = Some(device);
    }

    /// Optimiser steps done.
    #[must_use]
    pub fn step(&self) -> u64 {
        self.state.step
    }

    /// The settings of this run.
    #[must_use]
    pub fn config(&self) -> &TrainingConfig {
        &self.config
    }

    /// The averaged weights, as they would ship now.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if they are not finite.
    pub fn weights(&self, provenance: serde_json::Value) -> Result<Weights, TrainingError> {
        let parameters = self.layout.unflatten(&self.state.average);
        Ok(Weights::new(
            "trained",
            self.config.model.clone(),
            parameters,
            provenance,
        )?)
    }

    /// One optimiser step on the batch that belongs to it.
    ///
    /// The batch is a function of seed and step number, so that a resumed run sees what the
    /// unbroken one would have seen.
    ///
    /// # Errors
    /// [`TrainingError::Diverged`] if the loss is not a number.
    pub fn advance(&mut self, corpus: &Corpus) -> Result<StepLosses, TrainingError> {
        let (melodies, noise) = self.draw_batch(corpus);
        let objective = self.config.objective(self.state.step);
        let (losses, mut sum) = match &self.adapter {
            None => self.gradient_on_cpu(&melodies, &noise, objective),
            Some(device) => self.gradient_on(device, &melodies, &noise, objective)?,
        };
        let scale = 1.0 / melodies.len() as f32;
        sum.iter_mut().for_each(|g| *g *= scale);
        if !losses.cross_entropy.is_finite() || !losses.kl.is_finite() {
            return Err(TrainingError::Diverged {
                step: self.state.step,
            });
        }
        self.state.update(&sum, &self.config);
        Ok(losses)
    }

    /// Shards side by side on the threads of the current pool.
    fn gradient_on_cpu(
        &self,
        melodies: &[Tokens],
        noise: &[f32],
        objective: Objective,
    ) -> (StepLosses, Vec<f32>) {
        let config = &self.config;
        let rows = config.batch.div_ceil(config.shards.max(1)).max(1);
        let shards: Vec<(StepLosses, Vec<f32>)> = melodies
            .par_chunks(rows)
            .zip(noise.par_chunks(rows * config.model.latent_size))
            .map(|(melodies, noise)| {
                let tokens = time_major(melodies, config.model.steps);
                let mut gradient = vec![0.0; self.layout.len()];
                let losses = accumulate_gradient(
                    &self.layout,
                    &self.state.weights,
                    &tokens,
                    noise,
                    objective,
                    &mut gradient,
                );
                (losses, gradient)
            })
            .collect();
        let mut losses = StepLosses::default();
        let mut sum = vec![0.0_f32; self.layout.len()];
        for (shard, gradient) in &shards {
            losses.cross_entropy += shard.cross_entropy;
            losses.kl += shard.kl;
            losses.right_tokens += shard.right_tokens;
            sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
        }
        (losses, sum)
    }

    /// The whole batch by automatic differentiation.
    fn gradient_on(
        &self,
        device: &Device,
        melodies: &[Tokens],
        noise: &[f32],
        objective: Objective,
    ) -> Result<(StepLosses, Vec<f32>), TrainingError> {
        let config = &self.config.model;
        let found = differentiate(
            config,
            &self.layout.unflatten(&self.state.weights),
            device,
            &time_major(melodies, config.steps),
            noise,
            objective.beta,
            objective.free_nats,
        )?;
        let losses = StepLosses {
            cross_entropy: found.cross_entropy,
            kl: found.kl,
            right_tokens: found.right_tokens,
        };
        Ok((losses, self.layout.flatten(&found.gradient)?))
    }

    /// The melodies of the next step, transposed, and the posterior's noise for them.
    fn draw_batch(&self, corpus: &Corpus) -> (Vec<Tokens>, Vec<f32>) {
        let config = &self.config;
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(self.state.step + 1);
        let shares = corpus
            .sources
            .iter()
            .map(|s| (s.windows.len() as f64).powf(config.balance));
        let mut melodies = Vec::with_capacity(config.batch);
        if let Ok(pick_source) = WeightedIndex::new(shares) {
            while melodies.len() < config.batch {
                let source = &corpus.sources[pick_source.sample(&mut rng)];
                let melody = &source.windows[rng.random_range(0..source.windows.len())];
                let reach = config.transpose_semitones;
                let moved = transpose(melody, rng.random_range(-reach..=reach));
                melodies.push(moved.unwrap_or_else(|| melody.clone()));
            }
        }
        let count = melodies.len() * config.model.latent_size;
        let noise = (0..count)
            .map(|_| StandardNormal.sample(&mut rng))
            .collect();
        (melodies, noise)
    }
}

/// `[steps, batch]` from melodies of `steps` tokens.
fn time_major(melodies: &[Tokens], steps: usize) -> Vec<u8> {
    (0..steps)
        .flat_map(|t| melodies.iter().map(move |m| m.as_slice()[t]))
        .collect()
}

/// Runs to the end of the config's examples, with a checkpoint every `checkpoint_every`.
///
/// # Errors
/// [`TrainingError`]; at [`TrainingError::Cancelled`] a checkpoint has been written.
pub fn train(
    trainer: &mut Trainer,
    corpus: &Corpus,
    checkpoint: &Path,
    checkpoint_every: Duration,
    observer: &mut dyn TrainObserver,
) -> Result<(), TrainingError> {
    let steps = trainer.config.steps();
    let batch = trainer.config.batch as f64;
    let mut saved = Instant::now();
    let mut reported = Instant::now();
    let mut sums = StepLosses::default();
    let mut since = 0_u32;
    while trainer.step() < steps {
        let losses = trainer.advance(corpus)?;
        sums.cross_entropy += losses.cross_entropy;
        sums.kl += losses.kl;
        sums.right_tokens += losses.right_tokens;
        since += 1;
        let cancelled = observer.cancelled();
        let last = trainer.step() == steps;
        if reported.elapsed() > Duration::from_secs(2) || last {
            let examples = f64::from(since) * batch;
            let rate = examples / reported.elapsed().as_secs_f64().max(1e-9);
            observer.progress(TrainProgress {
                step: trainer.step(),
                steps,
                examples: trainer.step() * trainer.config.batch as u64,
                rate,
                cross_entropy: sums.cross_entropy / examples,
                kl: sums.kl / examples,
                token_accuracy: sums.right_tokens / examples / trainer.config.model.steps as f64,
                seconds_left: (steps - trainer.step()) as f64 * batch / rate,
            });
            reported = Instant::now();
            sums = StepLosses::default();
            since = 0;
        }
        if saved.elapsed() > checkpoint_every || cancelled || last {
            trainer.save(checkpoint)?;
            observer.checkpoint(trainer);
            saved = Instant::now();
        }
        if cancelled && !last {
            return Err(TrainingError::Cancelled {
                step: trainer.step(),
            });
        }
    }
    Ok(())
}
