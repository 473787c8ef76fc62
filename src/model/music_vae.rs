//! The whole model on one burn device.

use std::fmt::Display;
use std::sync::OnceLock;

use burn::prelude::*;
use burn::tensor::Element;

use super::config::MusicVaeConfig;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::error::{CheckpointError, ModelError};
use super::parameters::Parameters;
use super::sampling::Sampler;
use super::sampling::Sampling;
use super::tensor_source::TensorSource;
use super::weights::Weights;
use crate::latent::LatentPoint;
use crate::melody::Tokens;

/// A MusicVAE (Roberts et al. 2018) on one device.
///
/// Encoder and decoder are copied to the device when they are first used.
#[derive(Clone, Debug)]
pub struct MusicVae {
    config: MusicVaeConfig,
    parameters: Parameters,
    encoder: OnceLock<Encoder>,
    decoder: OnceLock<Decoder>,
    device: Device,
}

/// Decoded melodies of a batch.
#[derive(Clone, Debug, Default)]
pub struct Decoded {
    /// One per latent point.
    pub tokens: Vec<Tokens>,
    /// `[batch, steps, vocab_size]`, row-major; empty unless `keep_logits`.
    pub logits: Vec<f32>,
}

impl Decoded {
    /// Keeps the first `count` melodies.
    pub(super) fn truncate(&mut self, count: usize) {
        if let Some(logits_per_melody) = self.logits.len().checked_div(self.tokens.len()) {
            self.logits.truncate(count * logits_per_melody);
        }
        self.tokens.truncate(count);
    }

    /// Appends other melodies.
    pub(super) fn append(&mut self, mut other: Self) {
        self.tokens.append(&mut other.tokens);
        self.logits.append(&mut other.logits);
    }
}

/// The encoder's posterior for one melody: mean and standard deviation of each latent dimension.
#[derive(Clone, Debug, PartialEq)]
pub struct Posterior {
    /// Mean.
    pub mu: Vec<f32>,
    /// Standard deviation.
    pub sigma: Vec<f32>,
}

impl MusicVae {
    /// A model that runs on this device.
    #[must_use]
    pub fn new(weights: &Weights, device: &Device) -> Self {
        Self {
            config: weights.config().clone(),
            parameters: weights.parameters().clone(),
            encoder: OnceLock::new(),
            decoder: OnceLock::new(),
            device: device.clone(),
        }
    }

    fn encoder(&self) -> Result<&Encoder, CheckpointError> {
        self.get_or_load(&self.encoder, Encoder::load)
    }

    fn decoder(&self) -> Result<&Decoder, CheckpointError> {
        self.get_or_load(&self.decoder, Decoder::load)
    }

    /// Encoder or decoder, copied to the device if it is not there yet.
    fn get_or_load<'a, T>(
        &self,
        slot: &'a OnceLock<T>,
        load: impl Fn(&mut TensorSource<'_>, &MusicVaeConfig) -> Result<T, CheckpointError>,
    ) -> Result<&'a T, CheckpointError> {
        if let Some(loaded) = slot.get() {
            return Ok(loaded);
        }
        let loaded = load(
            &mut TensorSource::Cpu(&self.parameters, &self.device),
            &self.config,
        )?;
        Ok(slot.get_or_init(|| loaded))
    }

    /// The model's sizes.
    #[must_use]
    pub fn config(&self) -> &MusicVaeConfig {
        &self.config
    }

    /// Decodes a batch of rows together.
    ///
    /// # Errors
    /// [`ModelError`] if a point does not fit the latent space or the device fails.
    pub fn decode_batch(
        &self,
        latents: &[LatentPoint],
        sampling: &Sampling,
        keep_logits: bool,
    ) -> Result<Decoded, ModelError> {
        let (batch, steps) = (latents.len(), self.config.steps);
        let width = self.config.latent_size;
        let z = TensorData::new(latent_rows(latents, width)?, [batch, width]);
        if batch == 0 {
            return Ok(Decoded::default());
        }
        let z = Tensor::from_data(z, &self.device);
        let mut sampler = Sampler::new(sampling, batch);
        let noise = (0..steps)
            .map(|_| self.noise(&mut sampler, batch))
            .collect::<Option<Vec<_>>>();
        let temperature = sampler.temperature();
        let decoded = self
            .decoder()?
            .decode(z, steps, temperature, noise.as_deref(), keep_logits);
        let ids_by_step: Vec<i32> =
            self.to_values(Tensor::cat(decoded.tokens, 0).try_into_data())?;
        let tokens = (0..batch)
            .map(|row| {
                let melody = (0..steps)
                    .map(|t| u8::try_from(ids_by_step[t * batch + row]).unwrap_or(u8::MAX))
                    .collect();
                Tokens::new(melody).map_err(|error| self.device_error(error.to_string()))
            })
            .collect::<Result<_, _>>()?;
        let logits = if keep_logits {
            let stacked: Tensor<3> = Tensor::stack(decoded.logits, 1);
            self.to_values(stacked.try_into_data())?
        } else {
            Vec::new()
        };
        Ok(Decoded { tokens, logits })
    }

    /// The posterior of each melody.
    ///
    /// # Errors
    /// [`ModelError`] if a melody is of another length than the model's or the device fails.
    pub fn encode(&self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        let (batch, steps, latent) = (melodies.len(), self.config.steps, self.config.latent_size);
        if let Some(melody) = melodies.iter().find(|melody| melody.len() != steps) {
            return Err(ModelError::Steps {
                found: melody.len(),
                expected: steps,
            });
        }
        if batch == 0 {
            return Ok(Vec::new());
        }
        let tokens: Vec<Tensor<1, Int>> = (0..steps)
            .map(|t| {
                let ids: Vec<i32> = melodies
                    .iter()
                    .map(|m| i32::from(m.as_slice()[t]))
                    .collect();
                Tensor::from_data(TensorData::new(ids, [batch]), &self.device)
            })
            .collect();
        let (mu, sigma) = self.encoder()?.forward(&tokens);
        let (mu, sigma) = (
            self.to_values::<f32>(mu.try_into_data())?,
            self.to_values::<f32>(sigma.try_into_data())?,
        );
        let posteriors = mu.chunks_exact(latent).zip(sigma.chunks_exact(latent));
        Ok(posteriors
            .map(|(mu, sigma)| Posterior {
                mu: mu.to_vec(),
                sigma: sigma.to_vec(),
            })
            .collect())
    }

    /// Noise `[batch, vocab_size]` of the next step; none when greedy.
    fn noise(&self, sampler: &mut Sampler, batch: usize) -> Option<Tensor<2>> {
        let vocab_size = self.config.vocab_size;
        let rows: Option<Vec<Vec<f32>>> = (0..batch)
            .map(|row| sampler.noise(row, vocab_size))
            .collect();
        let data = TensorData::new(rows?.concat(), [batch, vocab_size]);
        Some(Tensor::from_data(data, &self.device))
    }

    /// The values of a tensor's data, which was read back from the device.
    fn to_values<E: Element>(
        &self,
        data: Result<TensorData, impl Display>,
    ) -> Result<Vec<E>, ModelError> {
        let data = data.map_err(|error| self.device_error(error.to_string()))?;
        data.convert::<E>()
            .try_to_vec::<E>()
            .map_err(|error| self.device_error(format!("{error:?}")))
    }

    fn device_error(&self, reason: String) -> ModelError {
        ModelError::Device {
            device: format!("{:?}", self.device),
            reason,
        }
    }
}

/// Latent points as rows `[points, width]`, after a check of their width and values.
///
/// # Errors
/// [`ModelError::LatentWidth`] and [`ModelError::LatentNotFinite`].
pub(crate) fn latent_rows(latents: &[LatentPoint], width: usize) -> Result<Vec<f32>, ModelError> {
    let mut values = Vec::with_capacity(latents.len() * width);
    for point in latents {
        if point.len() != width {
            return Err(ModelError::LatentWidth {
                found: point.len(),
                expected: width,
            });
        }
        if !point.as_slice().iter().all(|x| x.is_finite()) {
            return Err(ModelError::LatentNotFinite);
        }
        values.extend_from_slice(point.as_slice());
    }
    Ok(values)
}
