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

/// # Shapes
/// - `tokens`: `[steps, batch]`, time-major
/// - `noise`: `[batch, latent]`, standard normal
///
/// # Errors
/// [`ModelError`] if a weight is missing or the device fails.
pub(crate) fn differentiate(
    config: &MusicVaeConfig,
    parameters: &Parameters,
    device: &Device,
    tokens: &[u8],
    noise: &[f32],
    beta: f32,
    free_nats: f32,
) -> Result<Differentiated, ModelError> {
    let device = device.clone().autodiff();
    let mut source = TensorSource::with_gradients(parameters, &device);
    let encoder = Encoder::load(&mut source, config)?;
    let decoder = Decoder::load(&mut source, config)?;
    let leaves = source.into_leaves();
    let batch = noise.len() / config.latent_size;
    let tokens: Vec<Tensor<1, Int>> = tokens
        .chunks_exact(batch)
        .map(|ids| {
            let ids: Vec<i32> = ids.iter().map(|id| i32::from(*id)).collect();
            Tensor::from_data(TensorData::new(ids, [batch]), &device)
        })
        .collect();

    let (mu, sigma) = encoder.forward(&tokens);
    let noise = TensorData::new(noise.to_vec(), [batch, config.latent_size]);
    let z = mu.clone() + sigma.clone() * Tensor::from_data(noise, &device);
    // Kingma and Welling 2014, appendix B.
    let per_dimension = (mu.clone() * mu + sigma.clone() * sigma.clone() - 1.0) * 0.5 - sigma.log();
    let kl = per_dimension.sum_dim(1);
    let mut cross_entropy: Option<Tensor<1>> = None;
    let mut right: Option<Tensor<1, Int>> = None;
    for (logits, ids) in decoder.teach(z, &tokens).into_iter().zip(&tokens) {
        let hits = logits
            .clone()
            .argmax(1)
            .reshape([batch])
            .equal(ids.clone())
            .int()
            .sum();
        let of_right = log_softmax(logits, 1).gather(1, ids.clone().reshape([batch, 1]));
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
