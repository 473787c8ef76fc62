//! The MusicVAE objective, forwards and backwards through the whole model.

use super::decode::decode_and_back;
use super::encode::{encode, encode_back};
use super::layout::Layout;
use super::pass::Pass;
use crate::model::host::{exp, sigmoid};
use crate::model::{Arithmetic, NO_TOKEN, TrainingBatch};

/// The loss that training minimises, per melody:
/// cross-entropy summed over the steps + `beta` * max(KL divergence - `free_nats`, 0).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    /// Weight of the KL divergence from the prior.
    pub beta: f32,
    /// KL divergence per melody that costs nothing, in nats.
    pub free_nats: f32,
}

/// Sums over the melodies of one batch or several.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StepLosses {
    /// Melodies summed over.
    pub melodies: u64,
    /// Cross-entropy over all steps, nats.
    pub cross_entropy: f64,
    /// KL divergence from the prior, nats.
    pub kl: f64,
    /// Steps whose most likely token is the right one, given the right tokens before it.
    pub right_tokens: f64,
}

impl StepLosses {
    /// Whether the losses are numbers.
    #[must_use]
    pub fn finite(&self) -> bool {
        self.cross_entropy.is_finite() && self.kl.is_finite()
    }
}

impl std::ops::AddAssign for StepLosses {
    fn add_assign(&mut self, more: Self) {
        self.melodies += more.melodies;
        self.cross_entropy += more.cross_entropy;
        self.kl += more.kl;
        self.right_tokens += more.right_tokens;
    }
}

/// Adds the gradient of the objective, summed over the batch, to `gradient` ([`Layout::len`], as are `weights`).
///
/// # Panics
/// If a length does not fit, or the processor cannot do this arithmetic.
pub fn accumulate_gradient(
    layout: &Layout,
    weights: &[f32],
    taught: TrainingBatch<'_>,
    objective: Objective,
    arithmetic: Arithmetic,
    gradient: &mut [f32],
) -> StepLosses {
    let TrainingBatch {
        tokens,
        decoder_inputs,
        noise,
        drawn,
    } = taught;
    let batch = noise.len() / layout.mu.outputs;
    let positions = batch * layout.config.steps;
    assert_eq!(tokens.len(), positions, "tokens of a batch");
    assert_eq!(
        decoder_inputs.len(),
        positions,
        "tokens that the decoder hears"
    );
    assert!(drawn <= batch, "draws of the prior");
    let pass = Pass {
        layout,
        weights,
        arithmetic,
    };
    let encoded = encode(&pass, tokens, batch);

    let encoded_rows = (batch - drawn) * layout.mu.outputs;
    // Posterior, its sample and the KL divergence (Kingma and Welling 2014, appendix B).
    let mut losses = StepLosses {
        melodies: batch as u64,
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
    z[encoded_rows..].copy_from_slice(&noise[encoded_rows..]);
    let latent = layout.mu.outputs;
    let mut kl_weight = vec![0.0; batch];
    for (b, weight) in kl_weight[..batch - drawn].iter_mut().enumerate() {
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

    let from_z = decode_and_back(&pass, taught, &z, batch, gradient, &mut losses);

    let mut from_mu = from_z.clone();
    let mut from_sigma_input = from_z;
    for (k, weight) in kl_weight
        .iter()
        .flat_map(|w| std::iter::repeat_n(w, latent))
        .enumerate()
    {
        from_mu[k] += weight * encoded.mu[k];
        let from_sigma = from_sigma_input[k] * noise[k] + weight * (sigma[k] - 1.0 / sigma[k]);
        from_sigma_input[k] = from_sigma * sigmoid(encoded.sigma_input[k]);
    }
    // The encoder has no part in a draw of the prior.
    from_mu[encoded_rows..].fill(0.0);
    from_sigma_input[encoded_rows..].fill(0.0);
    encode_back(
        &pass,
        tokens,
        encoded,
        &from_mu,
        &from_sigma_input,
        gradient,
    );
    losses
}

/// `ln(1 + exp(x))` without overflow.
fn softplus(x: f32) -> f32 {
    x.max(0.0) + exp(-x.abs()).ln_1p() + 1e-7
}

/// What a decoder hears when it is told every token before: none at the first step. `tokens` `[steps, batch]`.
#[must_use]
pub fn every_token_before(tokens: &[u8], batch: usize) -> Vec<u8> {
    let first = std::iter::repeat_n(NO_TOKEN, batch.min(tokens.len()));
    let rest = tokens.len().saturating_sub(batch);
    first.chain(tokens[..rest].iter().copied()).collect()
}
