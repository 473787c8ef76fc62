//! The MusicVAE objective and its gradient by burn's automatic differentiation.
//!
//! What trains on a graphics adapter, and what the hand-written gradient of the CPU is held to.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::config::MusicVaeConfig;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::tensor_source::TensorSource;
use super::{HostTensor, ModelError, Parameters};

/// Sums over the melodies of a batch, and the gradient of
/// cross-entropy + `beta` * max(KL - `free_nats`, 0), summed likewise.
pub(crate) struct Differentiated {
    /// Cross-entropy over all steps, nats.
    pub cross_entropy: f64,
    /// KL divergence from the prior, nats.
    pub kl: f64,
    /// Steps whose most likely token is the right one.
    pub right_tokens: f64,
    /// The gradient, by the names of the weights.
    pub gradient: Parameters,
}

/// What the decoder hears where it hears no token.
pub(crate) const NOTHING: u8 = u8::MAX;

/// Melodies to learn from.
///
/// # Shapes
/// All time-major: row `t * batch + b`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct TaughtBatch<'a> {
    /// `[steps, batch]`: the right tokens.
    pub tokens: &'a [u8],
    /// `[steps, batch]`: what the decoder is told of the token before each step, or [`NOTHING`].
    pub heard: &'a [u8],
    /// `[batch, latent]`, standard normal: the posterior's sample is `mu + sigma * noise`.
    pub noise: &'a [f32],
}

/// The gradient by automatic differentiation, and the losses.
///
/// # Errors
/// [`ModelError`] if a weight is missing or the device fails.
pub(crate) fn differentiate(
    config: &MusicVaeConfig,
    parameters: &Parameters,
    device: &Device,
    batch: TaughtBatch<'_>,
    beta: f32,
    free_nats: f32,
) -> Result<Differentiated, ModelError> {
    let device = device.clone().autodiff();
    let mut source = TensorSource::with_gradients(parameters, &device);
    let encoder = Encoder::load(&mut source, config)?;
    let decoder = Decoder::load(&mut source, config)?;
    let leaves = source.into_leaves();
    let rows = batch.noise.len() / config.latent_size;
    let by_step = |ids: &[u8]| -> Vec<Tensor<1, Int>> {
        ids.chunks_exact(rows)
            .map(|ids| {
                let ids = ids.iter().map(|id| match *id {
                    NOTHING => config.tokens as i32,
                    id => i32::from(id),
                });
                Tensor::from_data(TensorData::new(ids.collect(), [rows]), &device)
            })
            .collect()
    };
    let (tokens, heard) = (by_step(batch.tokens), by_step(batch.heard));

    let (mu, sigma) = encoder.forward(&tokens);
    let noise = TensorData::new(batch.noise.to_vec(), [rows, config.latent_size]);
    let z = mu.clone() + sigma.clone() * Tensor::from_data(noise, &device);
    // Kingma and Welling 2014, appendix B.
    let per_dimension = (mu.clone() * mu + sigma.clone() * sigma.clone() - 1.0) * 0.5 - sigma.log();
    let kl = per_dimension.sum_dim(1);
    let mut cross_entropy: Option<Tensor<1>> = None;
    let mut right: Option<Tensor<1, Int>> = None;
    for (logits, ids) in decoder.teach(z, &heard).into_iter().zip(&tokens) {
        let hits = logits
            .clone()
            .argmax(1)
            .reshape([rows])
            .equal(ids.clone())
            .int()
            .sum();
        let of_right = log_softmax(logits, 1).gather(1, ids.clone().reshape([rows, 1]));
        let loss = of_right.sum().neg();
        cross_entropy = Some(cross_entropy.map_or(loss.clone(), |sum| sum + loss));
        right = Some(right.map_or(hits.clone(), |sum| sum + hits));
    }
    let (Some(cross_entropy), Some(right)) = (cross_entropy, right) else {
        return Err(ModelError::Steps {
            found: 0,
            wanted: config.steps,
        });
    };
    let costly = (kl.clone() - free_nats).clamp_min(0.0).sum();
    let loss = cross_entropy.clone() + costly * beta;
    let mut gradients = loss.backward();

    let failed = |reason: String| ModelError::Device {
        device: format!("{device:?}"),
        reason,
    };
    let scalar = |tensor: Tensor<1>| -> Result<f64, ModelError> {
        let data = tensor
            .try_into_data()
            .map_err(|error| failed(error.to_string()))?;
        Ok(data.iter::<f64>().next().unwrap_or(f64::NAN))
    };
    let mut gradient = Parameters::default();
    for (name, leaf) in leaves {
        let shape = parameters.require(&name)?.shape.clone();
        let values = match leaf.grad_remove(&mut gradients) {
            Some(tensor) => {
                let data = tensor
                    .try_into_data()
                    .map_err(|error| failed(error.to_string()))?;
                data.iter::<f32>().collect()
            }
            None => vec![0.0; shape.iter().product()],
        };
        gradient.insert(name, HostTensor { shape, values });
    }
    Ok(Differentiated {
        cross_entropy: scalar(cross_entropy)?,
        kl: scalar(kl.sum())?,
        right_tokens: scalar(right.float())?,
        gradient,
    })
}
