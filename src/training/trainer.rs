//! A model in training: its state and the optimiser's steps.

use std::path::Path;
use std::sync::Arc;

use burn::tensor::Device;
use rayon::prelude::*;

use super::adam::AdamState;
use super::batch::{sample_batch, shard};
use super::config::TrainingConfig;
use super::corpus::Corpus;
use super::corpus_hash::CorpusHash;
use super::error::TrainingError;
use super::gradient::{Objective, StepLosses, WeightLayout, accumulate_gradient};
use super::latent_transform::MAX_FIT_MELODIES;
use super::learning_curve::CurvePoint;
use super::on_device::DeviceState;
use super::prior_targets::PriorTargets;
use super::state::{self, RunHistory};
use super::whiten::whiten;
use crate::melody::Tokens;
use crate::model::{DeviceChoice, Engine, MatmulFormat, Parameters, TrainingBatch, Weights};
use crate::progress::{Cancelled, ProgressFn};

/// Steps on a device between two readings of its losses: a reading waits for the device.
const STEPS_PER_READING: u64 = 16;

/// Number of melodies with which a device's gradient is checked.
const GRADIENT_CHECK_BATCH: usize = 8;

/// A model in training.
pub struct Trainer {
    config: TrainingConfig,
    layout: WeightLayout,
    /// With a `device_state`, only its step count is up to date.
    state: AdamState,
    /// The state on a burn device; `None` for the CPU with the hand-written gradient.
    device_state: Option<DeviceState>,
    history: RunHistory,
}

impl Trainer {
    /// A trainer at step zero, with random weights.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] for an invalid setting, [`TrainingError::NoBfloat16`].
    pub fn new(config: TrainingConfig) -> Result<Self, TrainingError> {
        config.validate()?;
        let parameters = Parameters::initialise(&config.model, config.seed);
        Self::with_parameters(config, &parameters)
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
        Self::with_parameters(config, weights.parameters())
    }

    fn with_parameters(
        config: TrainingConfig,
        parameters: &Parameters,
    ) -> Result<Self, TrainingError> {
        let weights = WeightLayout::new(&config.model).flatten(parameters)?;
        Self::with_state(config, AdamState::new(weights), RunHistory::default())
    }

    fn with_state(
        config: TrainingConfig,
        state: AdamState,
        history: RunHistory,
    ) -> Result<Self, TrainingError> {
        if !config.arithmetic.is_supported() {
            return Err(TrainingError::NoBfloat16);
        }
        Ok(Self {
            layout: WeightLayout::new(&config.model),
            config,
            state,
            device_state: None,
            history,
        })
    }

    /// A trainer that continues from a checkpoint.
    ///
    /// # Errors
    /// [`TrainingError`] if the checkpoint is damaged or of a run with other settings, or if the settings are invalid.
    pub fn resume(config: TrainingConfig, checkpoint: &Path) -> Result<Self, TrainingError> {
        config.validate()?;
        let (state, history) = state::load(checkpoint, &config)?;
        Self::with_state(config, state, history)
    }

    /// Records the melodies of training and validation, whose hash its checkpoints store. Returns whether a hash had been
    /// recorded before, as after resuming from a checkpoint (unless an earlier version wrote it).
    ///
    /// # Errors
    /// [`TrainingError::OtherCorpus`] if the hash of other melodies was recorded before.
    pub fn set_corpus(&mut self, corpus: &Corpus, valid: &[Tokens]) -> Result<bool, TrainingError> {
        let hash = CorpusHash::compute(corpus, valid);
        let was_recorded = self.history.corpus_hash.is_some();
        let recorded = self.history.corpus_hash.get_or_insert_with(|| hash.clone());
        if *recorded == hash {
            return Ok(was_recorded);
        }
        Err(TrainingError::OtherCorpus {
            what: recorded.difference(&hash),
        })
    }

    /// Writes everything that [`Trainer::resume`] needs, atomically.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the file cannot be written, [`TrainingError::Diverged`] if a device's weights
    /// are not finite; an existing file is then unchanged.
    pub fn save(&self, checkpoint: &Path) -> Result<(), TrainingError> {
        let save = |state| state::save(checkpoint, &self.config, state, &self.history);
        let Some(device_state) = &self.device_state else {
            return save(&self.state);
        };
        let state = device_state.state(self.state.step)?;
        if !state.weights.iter().all(|w| w.is_finite()) {
            return Err(self.diverged());
        }
        save(&state)
    }

    /// Trains on a burn device, such as a graphics adapter, from now on.
    ///
    /// Sums are rounded in another order on each kind of device, so a run is reproducible on one kind only.
    pub fn use_device(&mut self, device: Device) {
        self.device_state = Some(DeviceState::new(&self.state, device));
    }

    /// Relative error of the device's gradient: norm of its difference from the CPU's over the norm of the CPU's, on a few
    /// melodies at the current weights. Rounding errors are far below a thousandth. 0 without a device.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if the device fails.
    pub fn device_gradient_error(&self, corpus: &Corpus) -> Result<f64, TrainingError> {
        let Some(device_state) = &self.device_state else {
            return Ok(0.0);
        };
        let config = TrainingConfig {
            batch: GRADIENT_CHECK_BATCH,
            ..self.config.clone()
        };
        let batch = self.sample_batch(&config, corpus)?;
        let objective = self.config.objective_at(self.state.step);
        let gradient = device_state.gradient(&config, &batch, objective)?;
        let (_, expected) = self.compute_gradient(&batch, objective, MatmulFormat::Float32);
        let pairs = gradient.iter().zip(&expected);
        let (error_sum, expected_sum) =
            pairs.fold((0.0, 0.0), |(error_sum, expected_sum), (a, b)| {
                let (a, b) = (f64::from(*a), f64::from(*b));
                (error_sum + (a - b) * (a - b), expected_sum + b * b)
            });
        Ok((error_sum / f64::max(expected_sum, f64::MIN_POSITIVE)).sqrt())
    }

    /// Trains on the CPU from now on, from the state before the device was used.
    pub fn use_cpu(&mut self) {
        self.device_state = None;
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

    /// The validations so far, oldest first.
    #[must_use]
    pub fn curve(&self) -> &[CurvePoint] {
        &self.history.curve
    }

    /// Adds a validation.
    pub(super) fn add_validation(&mut self, point: CurvePoint) {
        self.history.curve.push(point);
    }

    /// Melodies trained on so far, with repetition.
    #[must_use]
    pub fn examples(&self) -> u64 {
        self.state.step * self.config.batch as u64
    }

    /// The averaged weights.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if they are not finite, [`TrainingError::Model`] if a device fails.
    pub fn weights(&self, provenance: serde_json::Value) -> Result<Weights, TrainingError> {
        self.to_weights(&self.average()?, provenance)
    }

    /// The averaged weights as the result of training: with `whiten` in the config, the aggregated posterior of the corpus
    /// has mean 0 and the identity as covariance, like the prior. Reconstructions do not change.
    ///
    /// # Errors
    /// As [`Trainer::weights`].
    pub fn final_weights(
        &self,
        corpus: &Corpus,
        provenance: serde_json::Value,
    ) -> Result<Weights, TrainingError> {
        let mut average = self.average()?;
        if self.config.whiten {
            let weights = self.to_weights(&average, serde_json::Value::Null)?;
            let engine = Engine::open(Arc::new(weights), &DeviceChoice::Cpu)?;
            whiten(
                &self.layout,
                &mut average,
                &engine.encode(&corpus.sample(MAX_FIT_MELODIES))?,
                self.config.whiten_shrinkage,
            );
        }
        self.to_weights(&average, provenance)
    }

    fn average(&self) -> Result<Vec<f32>, TrainingError> {
        match &self.device_state {
            None => Ok(self.state.average.clone()),
            Some(device_state) => device_state.average(),
        }
    }

    fn to_weights(
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

    /// Whether the next step trains on draws of the prior whose targets are not generated yet.
    #[must_use]
    pub fn needs_prior_targets(&self) -> bool {
        let set = self.config.prior_draw_set(self.state.step);
        let targets = self.history.targets.as_ref();
        let is_ready = targets.is_some_and(|targets| targets.set == set);
        self.config.prior_draws_per_batch() > 0 && !is_ready
    }

    /// Generates the targets of the prior draws with the averaged weights. May take minutes; `progress` receives the
    /// fraction done and may cancel.
    ///
    /// # Errors
    /// [`TrainingError::NoStartWeights`] if the run started from random weights, [`TrainingError::Cancelled`],
    /// [`TrainingError::Model`].
    pub fn generate_prior_targets(
        &mut self,
        progress: &mut ProgressFn<'_, Cancelled>,
    ) -> Result<(), TrainingError> {
        if self.config.started_from.is_none() {
            return Err(TrainingError::NoStartWeights);
        }
        let weights = Arc::new(self.weights(serde_json::Value::Null)?);
        let step = self.state.step;
        let targets = PriorTargets::generate(&self.config, step, &weights, progress)?;
        self.history.targets = Some(targets);
        Ok(())
    }

    /// One optimiser step.
    ///
    /// Its batch is a function of seed and step number, so that a resumed run continues like an uninterrupted one. On a
    /// device, only every `STEPS_PER_READING`th step returns losses, which are those of all steps since the last reading.
    ///
    /// # Errors
    /// [`TrainingError::Diverged`] if the loss is not a number, [`TrainingError::Model`] if a device fails,
    /// [`TrainingError::NoMelodies`] for an empty corpus.
    pub fn train_step(&mut self, corpus: &Corpus) -> Result<StepLosses, TrainingError> {
        if self.needs_prior_targets() {
            self.generate_prior_targets(&mut |_| Ok(()))?;
        }
        let batch = self.sample_batch(&self.config, corpus)?;
        let objective = self.config.objective_at(self.state.step);
        let losses = match &mut self.device_state {
            None => {
                let (losses, mut sum) = self.gradient_on_cpu(&batch, objective);
                let scale = 1.0 / self.config.batch as f32;
                sum.iter_mut().for_each(|g| *g *= scale);
                // Checked before the update, so that the weights stay finite.
                if !losses.is_finite() {
                    return Err(self.diverged());
                }
                self.state.update(&sum, &self.config);
                losses
            }
            Some(device_state) => {
                device_state.train_step(&self.config, self.state.step, &batch, objective)?;
                self.state.step += 1;
                let reads_losses = self.state.step.is_multiple_of(STEPS_PER_READING)
                    || self.state.step == self.config.steps();
                if reads_losses {
                    device_state.read_losses()?
                } else {
                    StepLosses::default()
                }
            }
        };
        if !losses.is_finite() {
            return Err(self.diverged());
        }
        Ok(losses)
    }

    fn diverged(&self) -> TrainingError {
        TrainingError::Diverged {
            step: self.state.step,
        }
    }

    /// The batch of the present step.
    ///
    /// # Errors
    /// [`TrainingError::NoMelodies`] if the corpus has no window to fill it with.
    fn sample_batch(
        &self,
        config: &TrainingConfig,
        corpus: &Corpus,
    ) -> Result<TrainingBatch, TrainingError> {
        let targets = self.history.targets.as_ref();
        let batch = sample_batch(config, self.state.step, corpus, targets);
        if batch.tokens.len() < config.batch * config.model.steps {
            return Err(TrainingError::NoMelodies);
        }
        Ok(batch)
    }

    /// Losses and gradient, summed over the batch; its shards run in parallel on the threads of the
    /// current pool.
    fn gradient_on_cpu(
        &self,
        batch: &TrainingBatch,
        objective: Objective,
    ) -> (StepLosses, Vec<f32>) {
        let size = self.config.batch;
        let rows = size.div_ceil(self.config.shards.max(1)).max(1);
        let shards: Vec<(StepLosses, Vec<f32>)> = (0..size)
            .into_par_iter()
            .step_by(rows)
            .map(|first_row| {
                let shard = shard(batch, size, first_row..size.min(first_row + rows));
                self.compute_gradient(&shard, objective, self.config.arithmetic)
            })
            .collect();
        let mut losses = StepLosses::default();
        let mut sum = vec![0.0_f32; self.layout.len()];
        for (shard_losses, gradient) in &shards {
            losses += *shard_losses;
            sum.iter_mut().zip(gradient).for_each(|(sum, g)| *sum += g);
        }
        (losses, sum)
    }

    fn compute_gradient(
        &self,
        batch: &TrainingBatch,
        objective: Objective,
        arithmetic: MatmulFormat,
    ) -> (StepLosses, Vec<f32>) {
        let mut gradient = vec![0.0; self.layout.len()];
        let weights = &self.state.weights;
        let losses = accumulate_gradient(
            &self.layout,
            weights,
            batch,
            objective,
            arithmetic,
            &mut gradient,
        );
        (losses, gradient)
    }
}
