//! Training on a burn device, such as a graphics adapter: the optimiser's state stays there.
//!
//! A step uploads its batch and does not wait. Only reading losses or weights waits for the device, so that queued steps keep
//! it busy.

use burn::tensor::{Device, Tensor, TensorData};

use super::adam::{AdamState, EPSILON, StepCoefficients};
use super::config::TrainingConfig;
use super::error::TrainingError;
use super::gradient::{Objective, StepLosses};
use crate::model::{ModelError, TrainingBatch, autodiff_gradient};

/// The optimiser's state on a device; all vectors are equally long.
pub(super) struct DeviceState {
    device: Device,
    weights: Tensor<1>,
    first_moment: Tensor<1>,
    second_moment: Tensor<1>,
    average: Tensor<1>,
    /// Losses summed over the steps since the last reading, in the order of `AutodiffGradient::sums`.
    sums: Tensor<1>,
    /// Number of melodies in those sums.
    melodies_in_sums: u64,
}

impl DeviceState {
    /// Copies a state to a device.
    pub fn new(state: &AdamState, device: Device) -> Self {
        let upload = |values: &[f32]| {
            let count = values.len();
            Tensor::from_data(TensorData::new(values.to_vec(), [count]), &device)
        };
        Self {
            weights: upload(&state.weights),
            first_moment: upload(&state.first_moment),
            second_moment: upload(&state.second_moment),
            average: upload(&state.average),
            sums: Tensor::zeros([3], &device),
            melodies_in_sums: 0,
            device,
        }
    }

    /// Queues one optimiser step, counted from zero, and does not wait for it.
    pub fn train_step(
        &mut self,
        config: &TrainingConfig,
        step: u64,
        batch: &TrainingBatch,
        objective: Objective,
    ) -> Result<(), TrainingError> {
        let Objective { beta, free_nats } = objective;
        let batch_gradient =
            autodiff_gradient(&config.model, &self.weights, batch, beta, free_nats)?;
        self.sums = self.sums.clone() + batch_gradient.sums;
        self.melodies_in_sums += config.batch as u64;
        self.update(batch_gradient.gradient / config.batch as f32, config, step);
        // The next batch is sampled while the device works.
        self.device.flush().ok();
        Ok(())
    }

    /// The gradient of a batch at the current weights; waits for the device.
    pub fn gradient(
        &self,
        config: &TrainingConfig,
        batch: &TrainingBatch,
        objective: Objective,
    ) -> Result<Vec<f32>, TrainingError> {
        let Objective { beta, free_nats } = objective;
        let batch_gradient =
            autodiff_gradient(&config.model, &self.weights, batch, beta, free_nats)?;
        self.read(&batch_gradient.gradient)
    }

    /// The update of [`AdamState::update`], in the same order of operations.
    fn update(&mut self, gradient: Tensor<1>, config: &TrainingConfig, step: u64) {
        let coefficients = StepCoefficients::for_step(config, step);
        let [decay_1, decay_2] = coefficients.decays;
        let norm = (gradient.clone() * gradient.clone()).sum().sqrt();
        let scale = (norm.clamp_min(1e-12).recip() * config.clip_norm as f32).clamp_max(1.0);
        let gradient = gradient * scale;
        let squares = gradient.clone() * gradient.clone();
        self.first_moment = self.first_moment.clone() * decay_1 + gradient * (1.0 - decay_1);
        self.second_moment = self.second_moment.clone() * decay_2 + squares * (1.0 - decay_2);
        let deviation = (self.second_moment.clone() * coefficients.correction).sqrt() + EPSILON;
        self.weights =
            self.weights.clone() - self.first_moment.clone() / deviation * coefficients.rate;
        self.average = self.average.clone() * coefficients.ema_decay
            + self.weights.clone() * (1.0 - coefficients.ema_decay);
    }

    /// The losses of the steps since the last reading; waits for the device.
    pub fn read_losses(&mut self) -> Result<StepLosses, TrainingError> {
        let sums = self.read(&self.sums)?;
        let melodies = std::mem::take(&mut self.melodies_in_sums);
        self.sums = Tensor::zeros([3], &self.device);
        let [cross_entropy, kl, correct_tokens] =
            [0, 1, 2].map(|k| f64::from(sums.get(k).copied().unwrap_or(f32::NAN)));
        Ok(StepLosses {
            melodies,
            cross_entropy,
            kl,
            correct_tokens,
        })
    }

    /// The averaged weights; waits for the device.
    pub fn average(&self) -> Result<Vec<f32>, TrainingError> {
        self.read(&self.average)
    }

    /// The state after `step` steps, in memory; waits for the device.
    pub fn state(&self, step: u64) -> Result<AdamState, TrainingError> {
        Ok(AdamState {
            step,
            weights: self.read(&self.weights)?,
            first_moment: self.read(&self.first_moment)?,
            second_moment: self.read(&self.second_moment)?,
            average: self.read(&self.average)?,
        })
    }

    /// The values of a tensor; waits for the device.
    fn read(&self, tensor: &Tensor<1>) -> Result<Vec<f32>, TrainingError> {
        let data = tensor.clone().try_into_data();
        let data = data.map_err(|error| ModelError::Device {
            device: format!("{:?}", self.device),
            reason: error.to_string(),
        })?;
        Ok(data.iter::<f32>().collect())
    }
}
