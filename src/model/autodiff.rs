//! The MusicVAE objective and its gradient by burn's automatic differentiation.
//!
//! Used for training on a graphics adapter, and as the reference of the CPU's hand-written gradient.

use burn::prelude::*;
use burn::tensor::activation::log_softmax;

use super::config::MusicVaeConfig;
use super::decoder::Decoder;
use super::encoder::Encoder;
use super::error::ModelError;
use super::tensor_source::{TensorSource, rows_and_columns};

/// Decoder input id that stands for no token, as at the first step.
pub const NO_TOKEN: u8 = u8::MAX;

/// A batch of melodies to train on.
///
/// # Shapes
/// All time-major: row `t * batch + b`.
#[derive(Clone, Debug)]
pub struct TrainingBatch {
    /// `[steps, batch]`: the target tokens.
    pub tokens: Vec<u8>,
    /// `[steps, batch]`: the token before each step that the decoder reads, or [`NO_TOKEN`].
    pub decoder_inputs: Vec<u8>,
    /// `[batch, latent]`, standard normal: the posterior's sample is `mu + sigma * noise`.
    pub noise: Vec<f32>,
    /// Number of melodies at the end of the batch that are draws from the prior: their noise is their
    /// latent point, and their encoding is not used.
    pub prior_draws: usize,
}

/// Losses and gradient of one batch, on the device, not read back.
pub(crate) struct AutodiffGradient {
    /// `[3]`, sums over the batch: cross-entropy in nats, KL divergence from the prior in nats, correctly predicted tokens.
    pub sums: Tensor<1>,
    /// Gradient of cross-entropy + `beta` * max(KL - `free_nats`, 0), summed over the batch, in the order of the
    /// weights.
    pub gradient: Tensor<1>,
}

/// The gradient at `weights`, a model's tensors back to back in the order of [`MusicVaeConfig::tensor_shapes`], on
/// their device.
///
/// # Errors
/// [`ModelError`] if the model has no steps or a weight is missing.
pub(crate) fn autodiff_gradient(
    config: &MusicVaeConfig,
    weights: &Tensor<1>,
    batch: &TrainingBatch,
    beta: f32,
    free_nats: f32,
) -> Result<AutodiffGradient, ModelError> {
    let device = weights.device().autodiff();
    let leaf_tensors = leaf_tensors(config, weights);
    let mut source = TensorSource::Device(&leaf_tensors);
    let encoder = Encoder::load(&mut source, config)?;
    let decoder = Decoder::load(&mut source, config)?;
    let rows = batch.noise.len() / config.latent_size;
    let by_step = |ids: &[u8]| -> Vec<Tensor<1, Int>> {
        ids.chunks_exact(rows)
            .map(|ids| token_ids(config, ids, &device))
            .collect()
    };
    let (tokens, decoder_inputs) = (by_step(&batch.tokens), by_step(&batch.decoder_inputs));
    if tokens.is_empty() {
        return Err(ModelError::Steps {
            found: 0,
            expected: config.steps,
        });
    }

    let (mut mu, mut sigma) = encoder.forward(&tokens);
    if batch.prior_draws > 0 {
        let encoded = rows.saturating_sub(batch.prior_draws);
        let mask: Vec<f32> = (0..rows).map(|b| f32::from(b < encoded)).collect();
        let mask = Tensor::<2>::from_data(TensorData::new(mask, [rows, 1]), &device);
        // The posterior of a prior draw is the prior: no divergence, no gradient for the encoder.
        sigma = sigma * mask.clone() + (mask.clone().neg() + 1.0);
        mu = mu * mask;
    }
    let noise = TensorData::new(batch.noise.clone(), [rows, config.latent_size]);
    let z = mu.clone() + sigma.clone() * Tensor::from_data(noise, &device);
    // Kingma and Welling 2014, appendix B.
    let per_dimension = (mu.clone() * mu + sigma.clone() * sigma.clone() - 1.0) * 0.5 - sigma.log();
    let kl = per_dimension.sum_dim(1);
    let logits = decoder.teacher_forced_logits(z, &decoder_inputs);
    let targets = token_ids(config, &batch.tokens, &device);
    let correct = logits
        .clone()
        .argmax(1)
        .reshape([batch.tokens.len()])
        .equal(targets.clone())
        .float()
        .sum();
    let target_log_probabilities =
        log_softmax(logits, 1).gather(1, targets.reshape([batch.tokens.len(), 1]));
    let cross_entropy = target_log_probabilities.sum().neg();
    let kl_cost = (kl.clone() - free_nats).clamp_min(0.0).sum();
    let loss = cross_entropy.clone() + kl_cost * beta;
    let mut gradients = loss.backward();

    let gradient = leaf_tensors
        .iter()
        .map(|(_, leaf)| {
            let [rows, columns] = leaf.dims();
            match leaf.grad_remove(&mut gradients) {
                Some(gradient) => gradient.reshape([rows * columns]),
                None => Tensor::zeros([rows * columns], &weights.device()),
            }
        })
        .collect();
    let sums = [cross_entropy, kl.sum(), correct].map(Tensor::inner);
    Ok(AutodiffGradient {
        sums: Tensor::cat(sums.to_vec(), 0),
        gradient: Tensor::cat(gradient, 0),
    })
}

/// The tensors of a model as slices of all weights, tracked for gradients.
fn leaf_tensors(config: &MusicVaeConfig, weights: &Tensor<1>) -> Vec<(String, Tensor<2>)> {
    let mut offset = 0;
    config
        .tensor_shapes()
        .into_iter()
        .map(|(name, shape)| {
            let [rows, columns] = rows_and_columns(&shape);
            let values = weights.clone().narrow(0, offset, rows * columns);
            offset += rows * columns;
            let tensor = Tensor::from_inner(values.reshape([rows, columns]));
            (name, tensor.require_grad())
        })
        .collect()
}

/// Token ids on a device; [`NO_TOKEN`] becomes the id `vocab_size`, one after the last token.
fn token_ids(config: &MusicVaeConfig, ids: &[u8], device: &Device) -> Tensor<1, Int> {
    let ids: Vec<i32> = ids
        .iter()
        .map(|id| match *id {
            NO_TOKEN => config.vocab_size as i32,
            id => i32::from(id),
        })
        .collect();
    let count = ids.len();
    Tensor::from_data(TensorData::new(ids, [count]), device)
}
