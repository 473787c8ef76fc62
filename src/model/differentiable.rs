//! The MusicVAE objective and its gradient by burn's automatic differentiation.
//!
//! What trains on a graphics adapter, and what the hand-written gradient of the CPU is held to.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::ModelError;
use super::config::MusicVaeConfig;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::tensor_source::{TensorSource, rows_and_columns};

/// What the decoder hears where it hears no token.
pub const NO_TOKEN: u8 = u8::MAX;

/// Melodies to learn from.
///
/// # Shapes
/// All time-major: row `t * batch + b`.
#[derive(Clone, Copy, Debug)]
pub struct TrainingBatch<'a> {
    /// `[steps, batch]`: the right tokens.
    pub tokens: &'a [u8],
    /// `[steps, batch]`: what the decoder is told of the token before each step, or [`NO_TOKEN`].
    pub decoder_inputs: &'a [u8],
    /// `[batch, latent]`, standard normal: the posterior's sample is `mu + sigma * noise`.
    pub noise: &'a [f32],
    /// How many melodies at the end of the batch are draws of the prior: their noise is their latent point, and the
    /// encoder has no part in them.
    pub drawn: usize,
}

/// What one batch gives; it stays on the device, and nothing waits for it.
pub(crate) struct Differentiated {
    /// Sums over the batch: cross-entropy in nats, KL divergence from the prior in nats, and steps whose most likely
    /// token is the right one. `[3]`
    pub sums: Tensor<1>,
    /// Gradient of cross-entropy + `beta` * max(KL - `free_nats`, 0), summed over the batch, in the order of the
    /// weights.
    pub gradient: Tensor<1>,
}

/// The gradient by automatic differentiation at `weights`, a model's tensors back to back in the order of
/// [`MusicVaeConfig::tensor_shapes`], on the device where they are.
///
/// # Errors
/// [`ModelError`] if the model has no steps or a weight is missing.
pub(crate) fn differentiate(
    config: &MusicVaeConfig,
    weights: &Tensor<1>,
    batch: TrainingBatch<'_>,
    beta: f32,
    free_nats: f32,
) -> Result<Differentiated, ModelError> {
    let device = weights.device().autodiff();
    let leaves = leaves(config, weights);
    let mut source = TensorSource::Device(&leaves);
    let encoder = Encoder::load(&mut source, config)?;
    let decoder = Decoder::load(&mut source, config)?;
    let rows = batch.noise.len() / config.latent_size;
    let by_step = |ids: &[u8]| -> Vec<Tensor<1, Int>> {
        ids.chunks_exact(rows)
            .map(|ids| token_ids(config, ids, &device))
            .collect()
    };
    let (tokens, decoder_inputs) = (by_step(batch.tokens), by_step(batch.decoder_inputs));
    if tokens.is_empty() {
        return Err(ModelError::Steps {
            found: 0,
            wanted: config.steps,
        });
    }

    let (mut mu, mut sigma) = encoder.forward(&tokens);
    if batch.drawn > 0 {
        let encoded = rows.saturating_sub(batch.drawn);
        let own: Vec<f32> = (0..rows).map(|b| f32::from(b < encoded)).collect();
        let own = Tensor::<2>::from_data(TensorData::new(own, [rows, 1]), &device);
        // The prior itself: no divergence from it, and nothing for the encoder to learn.
        sigma = sigma * own.clone() + (own.clone().neg() + 1.0);
        mu = mu * own;
    }
    let noise = TensorData::new(batch.noise.to_vec(), [rows, config.latent_size]);
    let z = mu.clone() + sigma.clone() * Tensor::from_data(noise, &device);
    // Kingma and Welling 2014, appendix B.
    let per_dimension = (mu.clone() * mu + sigma.clone() * sigma.clone() - 1.0) * 0.5 - sigma.log();
    let kl = per_dimension.sum_dim(1);
    // All steps at once: one product for the logits, one softmax, one look-up.
    let logits = decoder.teacher_forced_logits(z, &decoder_inputs);
    let right = token_ids(config, batch.tokens, &device);
    let hits = logits
        .clone()
        .argmax(1)
        .reshape([batch.tokens.len()])
        .equal(right.clone())
        .float()
        .sum();
    let of_right = log_softmax(logits, 1).gather(1, right.reshape([batch.tokens.len(), 1]));
    let cross_entropy = of_right.sum().neg();
    let costly = (kl.clone() - free_nats).clamp_min(0.0).sum();
    let loss = cross_entropy.clone() + costly * beta;
    let mut gradients = loss.backward();

    let gradient = leaves
        .iter()
        .map(|(_, leaf)| {
            let [rows, columns] = leaf.dims();
            match leaf.grad_remove(&mut gradients) {
                Some(gradient) => gradient.reshape([rows * columns]),
                None => Tensor::zeros([rows * columns], &weights.device()),
            }
        })
        .collect();
    let sums = [cross_entropy, kl.sum(), hits].map(Tensor::inner);
    Ok(Differentiated {
        sums: Tensor::cat(sums.to_vec(), 0),
        gradient: Tensor::cat(gradient, 0),
    })
}

/// The tensors of a model, cut out of all weights and ready for gradients.
fn leaves(config: &MusicVaeConfig, weights: &Tensor<1>) -> Vec<(String, Tensor<2>)> {
    let mut at = 0;
    config
        .tensor_shapes()
        .into_iter()
        .map(|(name, shape)| {
            let [rows, columns] = rows_and_columns(&shape);
            let values = weights.clone().narrow(0, at, rows * columns);
            at += rows * columns;
            let tensor = Tensor::from_inner(values.reshape([rows, columns]));
            (name, tensor.require_grad())
        })
        .collect()
}

/// Ids on a device; [`NO_TOKEN`] becomes the id after the last token's.
fn token_ids(config: &MusicVaeConfig, ids: &[u8], device: &Device) -> Tensor<1, Int> {
    let ids: Vec<i32> = ids
        .iter()
        .map(|id| match *id {
            NO_TOKEN => config.tokens as i32,
            id => i32::from(id),
        })
        .collect();
    let count = ids.len();
    Tensor::from_data(TensorData::new(ids, [count]), device)
}
