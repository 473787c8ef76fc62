//! Reconstruction of melodies: encode, decode greedily from the posterior's mean, compare.

use super::error::TrainingError;
use crate::latent::LatentPoint;
use crate::melody::{HOLD, NOTE_OFF, Tokens};
use crate::model::{Engine, MelodyModel as _, Posterior, Sampling};

/// How well a model reconstructs a set of melodies.
#[derive(Clone, Debug)]
pub(super) struct ReconstructionMetrics {
    /// Fraction of correct tokens.
    pub token_accuracy: f64,
    /// Of the steps with a note-on, the fraction at which the reconstruction has the same note-on.
    pub onset_accuracy: f64,
    /// Fraction of melodies with all tokens correct.
    pub exact: f64,
    /// Mean KL divergence from the standard normal per latent dimension, nats.
    pub kl_by_dimension: Vec<f64>,
}

/// Melodies with their posteriors and reconstructions.
pub(super) struct Reconstructions<'a> {
    melodies: &'a [Tokens],
    posteriors: Vec<Posterior>,
    decoded: Vec<Tokens>,
}

impl<'a> Reconstructions<'a> {
    /// Encodes and decodes the melodies.
    ///
    /// # Errors
    /// [`TrainingError`] if the melodies do not fit the model.
    pub fn compute(engine: &mut Engine, melodies: &'a [Tokens]) -> Result<Self, TrainingError> {
        let posteriors = engine.encode(melodies)?;
        let means: Vec<LatentPoint> = posteriors
            .iter()
            .map(|posterior| LatentPoint::new(posterior.mu.clone()))
            .collect();
        let decoded = engine.decode(&means, &Sampling::Greedy)?;
        Ok(Self {
            melodies,
            posteriors,
            decoded,
        })
    }

    /// The metrics over the melodies whose index `is_included` accepts.
    pub fn metrics(&self, is_included: impl Fn(usize) -> bool) -> ReconstructionMetrics {
        let (mut tokens, mut correct, mut onsets, mut correct_onsets) = (0, 0, 0, 0);
        let (mut melodies, mut exact) = (0, 0);
        let pairs = self.melodies.iter().zip(&self.decoded).enumerate();
        for (_, (melody, decoded)) in pairs.filter(|(index, _)| is_included(*index)) {
            melodies += 1;
            exact += usize::from(melody == decoded);
            for (target, token) in melody.as_slice().iter().zip(decoded.as_slice()) {
                tokens += 1;
                correct += usize::from(target == token);
                if *target != HOLD && *target != NOTE_OFF {
                    onsets += 1;
                    correct_onsets += usize::from(target == token);
                }
            }
        }
        let posteriors = self.posteriors.iter().enumerate();
        let posteriors = posteriors.filter(|(index, _)| is_included(*index));
        let fraction = |count: usize, total: usize| count as f64 / total.max(1) as f64;
        ReconstructionMetrics {
            token_accuracy: fraction(correct, tokens),
            onset_accuracy: fraction(correct_onsets, onsets),
            exact: fraction(exact, melodies),
            kl_by_dimension: kl_by_dimension(posteriors.map(|(_, posterior)| posterior)),
        }
    }
}

impl ReconstructionMetrics {
    /// The metrics of all melodies.
    ///
    /// # Errors
    /// [`TrainingError`] if the melodies do not fit the model.
    pub fn measure(engine: &mut Engine, melodies: &[Tokens]) -> Result<Self, TrainingError> {
        Ok(Reconstructions::compute(engine, melodies)?.metrics(|_| true))
    }
}

/// Mean KL divergence of each latent dimension from the standard normal, nats; empty without posteriors.
pub(super) fn kl_by_dimension<'a>(posteriors: impl IntoIterator<Item = &'a Posterior>) -> Vec<f64> {
    let mut sums = Vec::new();
    let mut count = 0.0;
    for posterior in posteriors {
        count += 1.0;
        sums.resize(posterior.mu.len(), 0.0);
        for ((sum, mu), sigma) in sums.iter_mut().zip(&posterior.mu).zip(&posterior.sigma) {
            let (mu, sigma) = (f64::from(*mu), f64::from(*sigma).max(1e-12));
            *sum += 0.5 * (mu * mu + sigma * sigma - 1.0) - sigma.ln();
        }
    }
    sums.iter_mut().for_each(|sum| *sum /= count);
    sums
}
