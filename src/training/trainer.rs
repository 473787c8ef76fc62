//! A model in training: its state and the optimiser's steps.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use rayon::prelude::*;

use super::adam::AdamState;
use super::batch::{Batch, columns_of, draw_batch};
use super::gradient::{Layout, Objective, StepLosses, accumulate_gradient};
use super::latent_map::MOST_ENCODED;
use super::on_device::OnDevice;
use super::prior_targets::PriorTargets;
use super::state::{self, Beside, Saved};
use super::whiten::whiten;
use super::{Corpus, CorpusHash, CurvePoint, TrainingConfig, TrainingError};
use crate::melody::Tokens;
use crate::model::{Arithmetic, DeviceChoice, Engine, Parameters, Weights};

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
    draws: Option<PriorTargets>,
    /// What it learns from and is judged by, once that is known.
    learnt_from: Option<CorpusHash>,
}

impl Trainer {
    /// A trainer at step zero, with random weights.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] for a setting that no run can have, [`TrainingError::NoBfloat16`].
    pub fn new(config: TrainingConfig) -> Result<Self, TrainingError> {
        config.validate()?;
        let parameters = Parameters::initialise(&config.model, config.seed);
        Self::with(config, &parameters)
    }

    /// A trainer at step zero, with weights of an earlier run of the same sizes.
    ///
    /// # Errors
    /// As [`Trainer::new`], and [`TrainingError::Checkpoint`] if the weights have other sizes.
    pub fn start_from(
        mut config: TrainingConfig,
        weights: &Weights,
    ) -> Result<Self, TrainingError> {
        config.validate()?;
        config.started_from = Some(weights.hash().to_owned());
        Self::with(config, weights.parameters())
    }

    fn with(config: TrainingConfig, parameters: &Parameters) -> Result<Self, TrainingError> {
        let layout = Layout::new(&config.model);
        let weights = layout.flatten(parameters)?;
        let state = Saved {
            state: AdamState::new(weights),
            curve: Vec::new(),
            draws: None,
            learnt_from: None,
        };
        Self::at(config, state)
    }

    fn at(config: TrainingConfig, saved: Saved) -> Result<Self, TrainingError> {
        if !config.arithmetic.supported() {
            return Err(TrainingError::NoBfloat16);
        }
        Ok(Self {
            layout: Layout::new(&config.model),
            state: saved.state,
            config,
            adapter: None,
            curve: saved.curve,
            draws: saved.draws,
            learnt_from: saved.learnt_from,
        })
    }

    /// A trainer at the step of its checkpoint.
    ///
    /// # Errors
    /// [`TrainingError`] if the checkpoint is damaged or of a run with other settings, or no run can have the settings.
    pub fn resume(config: TrainingConfig, checkpoint: &Path) -> Result<Self, TrainingError> {
        config.validate()?;
        let saved = state::load(checkpoint, &config)?;
        Self::at(config, saved)
    }

    /// Says what the trainer learns from and is judged by; its checkpoints note a hash of it from now on. Gives whether
    /// that was known before, as it is of a trainer at the step of a checkpoint: those of earlier versions have no hash.
    ///
    /// # Errors
    /// [`TrainingError::OtherCorpus`] if it learnt from or was judged by other melodies before.
    pub fn learn_from(&mut self, corpus: &Corpus, valid: &[Tokens]) -> Result<bool, TrainingError> {
        let hash = CorpusHash::of(corpus, valid);
        let known = self.learnt_from.is_some();
        let before = self.learnt_from.get_or_insert_with(|| hash.clone());
        if *before == hash {
            return Ok(known);
        }
        Err(TrainingError::OtherCorpus {
            what: before.difference(&hash),
        })
    }

    /// Writes everything that [`Trainer::resume`] needs, whole or not at all.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the file cannot be written, [`TrainingError::Diverged`] if a device's weights
    /// are no numbers any more: the file keeps those of before.
    pub fn save(&self, checkpoint: &Path) -> Result<(), TrainingError> {
        let save = |state: &AdamState| {
            let beside = Beside {
                config: &self.config,
                curve: &self.curve,
                draws: self.draws.as_ref(),
                learnt_from: self.learnt_from.as_ref(),
            };
            state::save(checkpoint, state, beside)
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
        self.draws = Some(PriorTargets::generate(&self.config, step, &weights, watch)?);
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
                    decoder_inputs: columns_of(
                        &batch.decoder_inputs,
                        config.batch,
                        columns.clone(),
                    ),
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
