//! The MusicVAE objective, forward and backward through the whole model.

use super::decode::decoder_gradient;
use super::encode::{encode, encode_backward};
use super::losses::{Objective, StepLosses};
use super::pass::Pass;
use super::weight_layout::WeightLayout;
use crate::model::cpu::{exp, sigmoid};
use crate::model::{MatmulFormat, NO_TOKEN, TrainingBatch};

/// Adds the gradient of the objective, summed over the batch, to `gradient`, which has the length of `weights`
/// ([`WeightLayout::len`]). Returns the losses.
///
/// # Panics
/// If a length does not fit, or the processor does not support `matmul`.
pub fn accumulate_gradient(
    layout: &WeightLayout,
    weights: &[f32],
    batch: &TrainingBatch,
    objective: Objective,
    matmul: MatmulFormat,
    gradient: &mut [f32],
) -> StepLosses {
    let TrainingBatch { tokens, noise, .. } = batch;
    let latent = layout.mu.outputs;
    let rows = noise.len() / latent;
    let token_count = rows * layout.config.steps;
    assert_eq!(tokens.len(), token_count, "tokens of a batch");
    assert_eq!(batch.decoder_inputs.len(), token_count, "decoder inputs");
    assert!(batch.prior_draws <= rows, "draws of the prior");
    let pass = Pass {
        layout,
        weights,
        matmul,
    };
    let encoded = encode(&pass, tokens, rows);

    let encoded_rows = rows - batch.prior_draws;
    // Posterior, its sample and the KL divergence (Kingma and Welling 2014, appendix B).
    let mut losses = StepLosses {
        melodies: rows as u64,
        ..StepLosses::default()
    };
    let sigma: Vec<f32> = encoded.sigma_input.iter().map(|&x| softplus(x)).collect();
    let mut z: Vec<f32> = encoded
        .mu
        .iter()
        .zip(&sigma)
        .zip(noise)
        .map(|((mu, sigma), e)| mu + sigma * e)
        .collect();
    let encoded_end = encoded_rows * latent;
    z[encoded_end..].copy_from_slice(&noise[encoded_end..]);
    let mut kl_weight = vec![0.0; rows];
    for (b, weight) in kl_weight[..encoded_rows].iter_mut().enumerate() {
        let row = b * latent..(b + 1) * latent;
        let kl: f32 = encoded.mu[row.clone()]
            .iter()
            .zip(&sigma[row])
            .map(|(mu, sigma)| 0.5 * (mu * mu + sigma * sigma - 1.0) - sigma.ln())
            .sum();
        losses.kl += f64::from(kl);
        *weight = if kl > objective.free_nats {
            objective.beta
        } else {
            0.0
        };
    }

    let d_z = decoder_gradient(&pass, batch, &z, gradient, &mut losses);

    let mut d_mu = d_z.clone();
    let mut d_sigma_input = d_z;
    for (k, weight) in kl_weight
        .iter()
        .flat_map(|w| std::iter::repeat_n(w, latent))
        .enumerate()
    {
        d_mu[k] += weight * encoded.mu[k];
        let d_sigma = d_sigma_input[k] * noise[k] + weight * (sigma[k] - 1.0 / sigma[k]);
        d_sigma_input[k] = d_sigma * sigmoid(encoded.sigma_input[k]);
    }
    // The encoder is not used for draws of the prior.
    d_mu[encoded_end..].fill(0.0);
    d_sigma_input[encoded_end..].fill(0.0);
    encode_backward(&pass, tokens, encoded, &d_mu, &d_sigma_input, gradient);
    losses
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + exp(-x.abs()).ln_1p() + 1e-7
}

/// Decoder inputs for teacher forcing: `tokens` `[steps, batch]` shifted by one step, with [`NO_TOKEN`] at the first step.
#[must_use]
pub fn shifted_tokens(tokens: &[u8], batch: usize) -> Vec<u8> {
    let no_tokens = std::iter::repeat_n(NO_TOKEN, batch.min(tokens.len()));
    let kept_count = tokens.len().saturating_sub(batch);
    no_tokens
        .chain(tokens[..kept_count].iter().copied())
        .collect()
}
