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
use super::latent_transform::MAX_ENCODED;
use super::learning_curve::CurvePoint;
use super::on_device::OnDevice;
use super::prior_targets::PriorTargets;
use super::state::{self, RunHistory};
use super::whiten::whiten;
use crate::melody::Tokens;
use crate::model::{DeviceChoice, Engine, MatmulFormat, Parameters, TrainingBatch, Weights};
use crate::progress::{Cancelled, ProgressFn};

/// Steps on a device between two readings of its losses, which wait for the device.
const READ_EVERY: u64 = 16;

/// Melodies of the check of a device's gradient.
const GRADIENT_CHECK_BATCH: usize = 8;

/// A model in training.
pub struct Trainer {
    config: TrainingConfig,
    layout: WeightLayout,
    /// With an adapter, only its step count is up to date.
    state: AdamState,
    /// The state on a burn device; `None` for the CPU with the hand-written gradient.
    adapter: Option<OnDevice>,
    history: RunHistory,
}

impl Trainer {
    /// A trainer at step zero, with random weights.
    ///
    /// # Errors
    /// [`TrainingError::Setting`] for a setting that no run can have, [`TrainingError::NoBfloat16`].
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
            adapter: None,
            history,
        })
    }

    /// A trainer at the step of its checkpoint.
    ///
    /// # Errors
    /// [`TrainingError`] if the checkpoint is damaged or of a run with other settings, or no run can have the settings.
    pub fn resume(config: TrainingConfig, checkpoint: &Path) -> Result<Self, TrainingError> {
        config.validate()?;
        let (state, history) = state::load(checkpoint, &config)?;
        Self::with_state(config, state, history)
    }

    /// Records the melodies of training and validation, whose hash its checkpoints store. Gives whether a hash was recorded
    /// before, as it is after resuming, except from checkpoints of earlier versions.
    ///
    /// # Errors
    /// [`TrainingError::OtherCorpus`] if the hash of other melodies was recorded before.
    pub fn set_corpus(&mut self, corpus: &Corpus, valid: &[Tokens]) -> Result<bool, TrainingError> {
        let hash = CorpusHash::compute(corpus, valid);
        let known = self.history.corpus_hash.is_some();
        let before = self.history.corpus_hash.get_or_insert_with(|| hash.clone());
        if *before == hash {
            return Ok(known);
        }
        Err(TrainingError::OtherCorpus {
            what: before.difference(&hash),
        })
    }

    /// Writes everything that [`Trainer::resume`] needs, atomically.
    ///
    /// # Errors
    /// [`TrainingError::Checkpoint`] if the file cannot be written, [`TrainingError::Diverged`] if a device's weights
    /// are not finite; the earlier file then stays.
    pub fn save(&self, checkpoint: &Path) -> Result<(), TrainingError> {
        let save = |state| state::save(checkpoint, &self.config, state, &self.history);
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

    /// Relative error of the device's gradient: norm of its difference from the CPU's over the norm of the CPU's, on a few
    /// melodies at the current weights. Rounding stays far below a thousandth. 0 without a device.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if the device fails.
    pub fn device_gradient_error(&self, corpus: &Corpus) -> Result<f64, TrainingError> {
        let Some(adapter) = &self.adapter else {
            return Ok(0.0);
        };
        let config = TrainingConfig {
            batch: GRADIENT_CHECK_BATCH,
            ..self.config.clone()
        };
        let batch = self.sample_batch(&config, corpus);
        let objective = self.config.objective(self.state.step);
        let computed = adapter.gradient(&config, &batch, objective)?;
        let (_, expected) = self.gradient_of(&batch, objective, MatmulFormat::Float32);
        let pairs = computed.iter().zip(&expected);
        let (off, all) = pairs.fold((0.0, 0.0), |(off, all), (a, b)| {
            let (a, b) = (f64::from(*a), f64::from(*b));
            (off + (a - b) * (a - b), all + b * b)
        });
        Ok((off / f64::max(all, f64::MIN_POSITIVE)).sqrt())
    }

    /// Trains on the CPU from now on, from the state before the device was used.
    pub fn use_cpu(&mut self) {
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
    /// has mean 0 and covariance 1, as the prior has. Reconstructions do not change.
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
                &engine.encode(&corpus.sample(MAX_ENCODED))?,
                self.config.whiten_shrinkage,
            );
        }
        self.to_weights(&average, provenance)
    }

    fn average(&self) -> Result<Vec<f32>, TrainingError> {
        match &self.adapter {
            None => Ok(self.state.average.clone()),
            Some(adapter) => adapter.average(),
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
        let set = self.config.draws_of_step(self.state.step);
        let targets = self.history.targets.as_ref();
        let ready = targets.is_some_and(|targets| targets.set == set);
        self.config.drawn_per_batch() > 0 && !ready
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
    /// device, only every `READ_EVERY`th step gives losses, those of all steps since the last reading.
    ///
    /// # Errors
    /// [`TrainingError::Diverged`] if the loss is not a number, [`TrainingError::Model`] if a device fails.
    pub fn advance(&mut self, corpus: &Corpus) -> Result<StepLosses, TrainingError> {
        if self.needs_prior_targets() {
            self.generate_prior_targets(&mut |_| Ok(()))?;
        }
        let batch = self.sample_batch(&self.config, corpus);
        let objective = self.config.objective(self.state.step);
        let losses = match &mut self.adapter {
            None => {
                let (losses, mut sum) = self.gradient_on_cpu(&batch, objective);
                let scale = 1.0 / self.config.batch as f32;
                sum.iter_mut().for_each(|g| *g *= scale);
                // The weights stay finite.
                if !losses.is_finite() {
                    return Err(self.diverged());
                }
                self.state.update(&sum, &self.config);
                losses
            }
            Some(adapter) => {
                adapter.advance(&self.config, self.state.step, &batch, objective)?;
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

    fn sample_batch(&self, config: &TrainingConfig, corpus: &Corpus) -> TrainingBatch {
        sample_batch(
            config,
            self.state.step,
            corpus,
            self.history.targets.as_ref(),
        )
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
            .map(|from| {
                let shard = shard(batch, size, from..size.min(from + rows));
                self.gradient_of(&shard, objective, self.config.arithmetic)
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

    fn gradient_of(
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
