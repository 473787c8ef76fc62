//! A model in training: batches and optimiser steps.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal, weighted::WeightedIndex};
use rayon::prelude::*;

use super::adam::AdamState;
use super::draws::Draws;
use super::gradient::{Layout, Objective, StepLosses, accumulate_gradient, every_token_before};
use super::latent_map::MOST_ENCODED;
use super::on_device::OnDevice;
use super::whiten::whiten;
use super::{Corpus, CurvePoint, TrainingConfig, TrainingError, state};
use crate::melody::{Tokens, transpose};
use crate::model::{Arithmetic, DeviceChoice, Engine, NOTHING, Parameters, TaughtBatch, Weights};

/// Steps on a device between two readings of its losses, each of which waits for all that it has been given.
const READ_EVERY: u64 = 16;

/// Melodies that a device's gradient is tried on.
const PROOF_BATCH: usize = 8;

/// A model in training.
pub struct Trainer {
    config: TrainingConfig,
    layout: Layout,
    /// With an adapter, only its step count is up to date.
    state: AdamState,
    /// The state on a burn device; none is the CPU with the hand-written gradient.
    adapter: Option<OnDevice>,
    /// What the looks at the `valid` split found so far.
    curve: Vec<CurvePoint>,
    /// Draws of the prior to learn from, once they are prepared.
    draws: Option<Draws>,
}

/// The melodies of one step and everything random about them.
struct Batch {
    /// `[steps, batch]`, time-major.
    tokens: Vec<u8>,
    /// `[steps, batch]`: what the decoder hears of the token before.
    heard: Vec<u8>,
    /// `[batch, latent]`.
    noise: Vec<f32>,
    /// Melodies at the end that are draws of the prior.
    drawn: usize,
}

impl Batch {
    fn taught(&self) -> TaughtBatch<'_> {
        TaughtBatch {
            tokens: &self.tokens,
            heard: &self.heard,
            noise: &self.noise,
            drawn: self.drawn,
        }
    }
}

impl Trainer {
    /// A trainer at step zero, with random weights.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the sizes make no model, [`TrainingError::NoBfloat16`].
    pub fn new(config: TrainingConfig) -> Result<Self, TrainingError> {
        let parameters = Parameters::initialise(&config.model, config.seed);
        Self::with(config, &parameters)
    }

    /// A trainer at step zero, with weights of an earlier run of the same sizes.
    ///
    /// # Errors
    /// As [`Trainer::new`].
    pub fn start_from(
        mut config: TrainingConfig,
        weights: &Weights,
    ) -> Result<Self, TrainingError> {
        config.started_from = Some(weights.hash().to_owned());
        Self::with(config, weights.parameters())
    }

    fn with(config: TrainingConfig, parameters: &Parameters) -> Result<Self, TrainingError> {
        let layout = Layout::new(&config.model);
        let weights = layout.flatten(parameters)?;
        Self::at(config, AdamState::new(weights), Vec::new(), None)
    }

    fn at(
        config: TrainingConfig,
        state: AdamState,
        curve: Vec<CurvePoint>,
        draws: Option<Draws>,
    ) -> Result<Self, TrainingError> {
        if !config.arithmetic.supported() {
            return Err(TrainingError::NoBfloat16);
        }
        Ok(Self {
            layout: Layout::new(&config.model),
            state,
            config,
            adapter: None,
            curve,
            draws,
        })
    }

    /// A trainer at the step of its checkpoint.
    ///
    /// # Errors
    /// [`TrainingError`] if the checkpoint is damaged or of a run with other settings.
    pub fn resume(config: TrainingConfig, checkpoint: &Path) -> Result<Self, TrainingError> {
        let (state, curve, draws) = state::load(checkpoint, &config)?;
        Self::at(config, state, curve, draws)
    }

    /// Writes everything that [`Trainer::resume`] needs, whole or not at all.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the file cannot be written, [`TrainingError::Diverged`] if a device's weights
    /// are no numbers any more: the file keeps those of before.
    pub fn save(&self, checkpoint: &Path) -> Result<(), TrainingError> {
        let save = |state: &AdamState| {
            let draws = self.draws.as_ref();
            state::save(checkpoint, state, &self.config, &self.curve, draws)
        };
        let Some(adapter) = &self.adapter else {
            return save(&self.state);
        };
        let state = adapter.state(self.state.step)?;
        if !state.weights.iter().all(|w| w.is_finite()) {
            return Err(self.diverged());
        }
        save(&state)
    }

    /// Trains on a burn device, such as a graphics adapter, from now on.
    ///
    /// Sums are rounded in another order there: a run is reproducible on one kind of device.
    pub fn use_device(&mut self, device: Device) {
        self.adapter = Some(OnDevice::new(&self.state, device));
    }

    /// How far the device's gradient is from the CPU's: length of the difference over the length of the gradient, on
    /// a few melodies at the present weights. Rounding alone stays far below a thousandth; 0 without a device.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if the device fails.
    pub fn device_error(&self, corpus: &Corpus) -> Result<f64, TrainingError> {
        let Some(adapter) = &self.adapter else {
            return Ok(0.0);
        };
        let config = TrainingConfig {
            batch: PROOF_BATCH,
            ..self.config.clone()
        };
        let batch = draw_batch(&config, self.state.step, corpus, self.draws.as_ref());
        let objective = self.config.objective(self.state.step);
        let found = adapter.gradient(&config, batch.taught(), objective)?;
        let mut wanted = vec![0.0; self.layout.len()];
        accumulate_gradient(
            &self.layout,
            &self.state.weights,
            batch.taught(),
            objective,
            Arithmetic::Float32,
            &mut wanted,
        );
        let pairs = found.iter().zip(&wanted);
        let (off, all) = pairs.fold((0.0, 0.0), |(off, all), (a, b)| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (off + (a - b) * (a - b), all + b * b)
        });
        Ok((off / f64::max(all, f64::MIN_POSITIVE)).sqrt())
    }

    /// Trains on the CPU from now on, as if no step had been made on a device.
    pub fn leave_device(&mut self) {
        self.adapter = None;
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

    /// What the looks at the `valid` split found so far, oldest first.
    #[must_use]
    pub fn curve(&self) -> &[CurvePoint] {
        &self.curve
    }

    /// Adds a look at the `valid` split.
    pub(super) fn record(&mut self, point: CurvePoint) {
        self.curve.push(point);
    }

    /// Melodies learnt from so far, with repetition.
    #[must_use]
    pub fn examples(&self) -> u64 {
        self.state.step * self.config.batch as u64
    }

    /// The averaged weights.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if they are not finite, [`TrainingError::Model`] if a device fails.
    pub fn weights(&self, provenance: serde_json::Value) -> Result<Weights, TrainingError> {
        self.packed(&self.average()?, provenance)
    }

    /// The averaged weights as they ship: with `whiten` in the config, the posteriors of the corpus together have mean
    /// 0 and covariance 1, as the prior has. Every reconstruction stays as it was.
    ///
    /// # Errors
    /// As [`Trainer::weights`].
    pub fn shipping_weights(
        &self,
        corpus: &Corpus,
        provenance: serde_json::Value,
    ) -> Result<Weights, TrainingError> {
        let mut average = self.average()?;
        if self.config.whiten {
            let weights = self.packed(&average, serde_json::Value::Null)?;
            let engine = Engine::open(Arc::new(weights), &DeviceChoice::Cpu)?;
            whiten(
                &self.layout,
                &mut average,
                &engine.encode(&corpus.sample(MOST_ENCODED))?,
            );
        }
        self.packed(&average, provenance)
    }

    fn average(&self) -> Result<Vec<f32>, TrainingError> {
        match &self.adapter {
            None => Ok(self.state.average.clone()),
            Some(adapter) => adapter.average(),
        }
    }

    fn packed(
        &self,
        weights: &[f32],
        provenance: serde_json::Value,
    ) -> Result<Weights, TrainingError> {
        let parameters = self.layout.unflatten(weights);
        Ok(Weights::new(
            "trained",
            self.config.model.clone(),
            parameters,
            provenance,
        )?)
    }

    /// Whether the next step learns from draws of the prior and [`Trainer::prepare`] has still to say what they should
    /// give.
    #[must_use]
    pub fn unprepared(&self) -> bool {
        let set = self.config.draws_of_step(self.state.step);
        let ready = self.draws.as_ref().is_some_and(|draws| draws.set == set);
        self.config.drawn_per_batch() > 0 && !ready
    }

    /// Finds out what draws of the prior should give, with the averaged weights. May take minutes; `watch`
    /// is told how many are done of how many, and stops the work by giving false.
    ///
    /// # Errors
    /// [`TrainingError::NothingToDrawWith`] if the run started from random weights, [`TrainingError::Cancelled`],
    /// [`TrainingError::Model`].
    pub fn prepare(
        &mut self,
        watch: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<(), TrainingError> {
        if self.config.started_from.is_none() {
            return Err(TrainingError::NothingToDrawWith);
        }
        let weights = Arc::new(self.weights(serde_json::Value::Null)?);
        let step = self.state.step;
        self.draws = Some(Draws::walk(&self.config, step, &weights, watch)?);
        Ok(())
    }

    /// One optimiser step on the batch that belongs to it.
    ///
    /// The batch is a function of seed and step number, so that a resumed run sees what the
    /// unbroken one would have seen. On a device, the losses of several steps come together with the last of them, and
    /// the steps before it give none.
    ///
    /// # Errors
    /// [`TrainingError::Diverged`] if the loss is not a number, [`TrainingError::Model`] if a device fails.
    pub fn advance(&mut self, corpus: &Corpus) -> Result<StepLosses, TrainingError> {
        if self.unprepared() {
            self.prepare(&mut |_, _| true)?;
        }
        let batch = draw_batch(&self.config, self.state.step, corpus, self.draws.as_ref());
        let objective = self.config.objective(self.state.step);
        let losses = match &mut self.adapter {
            None => {
                let (losses, mut sum) = self.gradient_on_cpu(&batch, objective);
                let scale = 1.0 / self.config.batch as f32;
                sum.iter_mut().for_each(|g| *g *= scale);
                if !losses.finite() {
                    return Err(self.diverged());
                }
                self.state.update(&sum, &self.config);
                losses
            }
            Some(adapter) => {
                adapter.advance(&self.config, self.state.step, batch.taught(), objective)?;
                self.state.step += 1;
                let due = self.state.step.is_multiple_of(READ_EVERY)
                    || self.state.step == self.config.steps();
                if due {
                    adapter.read_losses()?
                } else {
                    StepLosses::default()
                }
            }
        };
        if !losses.finite() {
            return Err(self.diverged());
        }
        Ok(losses)
    }

    fn diverged(&self) -> TrainingError {
        TrainingError::Diverged {
            step: self.state.step,
        }
    }

    /// Shards side by side on the threads of the current pool.
    fn gradient_on_cpu(&self, batch: &Batch, objective: Objective) -> (StepLosses, Vec<f32>) {
        let config = &self.config;
        let latent = config.model.latent_size;
        let rows = config.batch.div_ceil(config.shards.max(1)).max(1);
        let first_drawn = config.batch - batch.drawn;
        let shards: Vec<(StepLosses, Vec<f32>)> = (0..config.batch)
            .into_par_iter()
            .step_by(rows)
            .map(|from| {
                let columns = from..config.batch.min(from + rows);
                let shard = Batch {
                    tokens: columns_of(&batch.tokens, config.batch, columns.clone()),
                    heard: columns_of(&batch.heard, config.batch, columns.clone()),
                    noise: batch.noise[columns.start * latent..columns.end * latent].to_vec(),
                    drawn: columns.end.saturating_sub(first_drawn.max(columns.start)),
                };
                let mut gradient = vec![0.0; self.layout.len()];
                let losses = accumulate_gradient(
                    &self.layout,
                    &self.state.weights,
                    shard.taught(),
                    objective,
                    config.arithmetic,
                    &mut gradient,
                );
                (losses, gradient)
            })
            .collect();
        let mut losses = StepLosses::default();
        let mut sum = vec![0.0_f32; self.layout.len()];
        for (shard, gradient) in &shards {
            losses += *shard;
            sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
        }
        (losses, sum)
    }
}

/// The melodies of the step after `step` others, transposed, with the posterior's noise for them; at the end, draws of
/// the prior.
fn draw_batch(config: &TrainingConfig, step: u64, corpus: &Corpus, draws: Option<&Draws>) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(step + 1);
    let draws = draws.filter(|draws| !draws.melodies.is_empty());
    let drawn = draws.map_or(0, |_| config.drawn_per_batch());
    let shares = corpus
        .sources
        .iter()
        .map(|s| (s.windows.len() as f64).powf(config.balance));
    let mut melodies: Vec<Tokens> = Vec::with_capacity(config.batch);
    if let Ok(pick_source) = WeightedIndex::new(shares) {
        while melodies.len() < config.batch - drawn {
            let source = &corpus.sources[pick_source.sample(&mut rng)];
            let melody = &source.windows[rng.random_range(0..source.windows.len())];
            let reach = if rng.random_bool(config.transpose_share.clamp(0.0, 1.0)) {
                config.transpose_semitones
            } else {
                0
            };
            let moved = transpose(melody, rng.random_range(-reach..=reach));
            melodies.push(moved.unwrap_or_else(|| melody.clone()));
        }
    }
    let count = melodies.len() * config.model.latent_size;
    let mut noise: Vec<f32> = (0..count)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect();
    if let Some(draws) = draws {
        for _ in 0..drawn {
            let index = rng.random_range(0..draws.melodies.len());
            melodies.push(draws.melodies[index].clone());
            noise.extend(draws.point(index));
        }
    }
    let tokens = time_major(&melodies, config.model.steps);
    let mut heard = every_token_before(&tokens, melodies.len());
    for id in &mut heard {
        if rng.random_bool(config.token_dropout.clamp(0.0, 1.0)) {
            *id = NOTHING;
        }
    }
    Batch {
        tokens,
        heard,
        noise,
        drawn,
    }
}

/// `[steps, batch]` from melodies of `steps` tokens.
fn time_major(melodies: &[Tokens], steps: usize) -> Vec<u8> {
    (0..steps)
        .flat_map(|t| melodies.iter().map(move |m| m.as_slice()[t]))
        .collect()
}

/// Some columns of `[steps, width]`.
fn columns_of(values: &[u8], width: usize, columns: std::ops::Range<usize>) -> Vec<u8> {
    values
        .chunks_exact(width)
        .flat_map(|row| &row[columns.clone()])
        .copied()
        .collect()
}
