//! Fits decoded draws of the prior to the histograms of a corpus, after training.
//!
//! Even if the aggregated posterior has the prior's mean and covariance (`whiten`), draws differ from the corpus: points
//! between the posteriors decode to average melodies, so that busy and sparse melodies and wide leaps are rare, and to
//! mixtures of keys. The mean and scale of the draws along each latent dimension can be changed without changing any
//! reconstruction ([`LatentTransform`]). They are optimised so that the histograms of decoded draws approach those of the
//! corpus, by simulated moments (McFadden 1989). Greedy decoding has no gradient, so the score-function gradient is used
//! (Williams 1992), with antithetic draws.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::config::TrainingConfig;
use super::corpus::Corpus;
use super::error::TrainingError;
use super::evaluate::ACTIVE_NATS;
use super::feature_histograms::{FeatureHistograms, frequencies};
use super::gradient::WeightLayout;
use super::latent_transform::{LatentTransform, MAX_FIT_MELODIES};
use super::melody_features::MELODY_FEATURES;
use super::reconstruction::kl_by_dimension;
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::{DeviceChoice, Engine, MelodyModel as _, Posterior, Sampling, Weights};
use crate::progress::{Cancelled, ProgressFn};

/// Length of the first round's step, in standard deviations of the prior; it decreases linearly to 0.
const INITIAL_STEP: f64 = 0.15;
/// Weight of the earlier rounds' direction in a round's direction, since a round's own draws are few and give a noisy one.
const MOMENTUM: f64 = 0.7;
/// First random stream of this file; batches use the streams from 1 up, `prior_targets` those from the maximum down.
const FIRST_STREAM: u64 = 1 << 63;
/// Key of the number of calibration rounds in the provenance of the weights.
const FITTED_KEY: &str = "fitted_rounds";

/// Whether these weights are a result of [`calibrate_prior`].
#[must_use]
pub fn prior_is_calibrated(weights: &Weights) -> bool {
    weights.provenance().get(FITTED_KEY).is_some()
}

/// Shifts and scales the active latent dimensions of `weights` so that the histograms of decoded draws of the prior
/// approach those of `corpus`; reconstructions do not change. `config` has the numbers of rounds and draws.
/// `progress` receives the fraction done and may cancel.
///
/// # Errors
/// [`TrainingError::Model`] if the model fails, [`TrainingError::Cancelled`].
pub fn calibrate_prior(
    weights: &Arc<Weights>,
    corpus: &Corpus,
    config: &TrainingConfig,
    progress: &mut ProgressFn<'_, Cancelled>,
) -> Result<Weights, TrainingError> {
    let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu)?;
    let posteriors = engine.encode(&corpus.sample(MAX_FIT_MELODIES))?;
    let melodies: Vec<Tokens> = corpus.windows().cloned().collect();
    let corpus_histograms = FeatureHistograms::compute(&melodies);
    let mut distribution = DrawDistribution::prior(&posteriors);
    for round in 0..config.fit_rounds {
        progress(round as f64 / config.fit_rounds as f64).map_err(|Cancelled| {
            TrainingError::Cancelled {
                step: config.steps(),
            }
        })?;
        let noise = antithetic_noise(config, round, weights.config().latent_size);
        let points: Vec<LatentPoint> = noise
            .iter()
            .map(|noise| distribution.point(noise))
            .collect();
        let rewards = rewards(
            &engine.decode(&points, &Sampling::Greedy)?,
            &corpus_histograms,
        );
        let remaining = 1.0 - round as f64 / config.fit_rounds as f64;
        distribution.update(&noise, &rewards, INITIAL_STEP * remaining);
    }
    let layout = WeightLayout::new(weights.config());
    let mut flat = layout.flatten(weights.parameters())?;
    distribution
        .transform()
        .apply(&layout, &mut flat, &posteriors);
    let mut provenance = weights.provenance().clone();
    if let Some(provenance) = provenance.as_object_mut() {
        provenance.insert(FITTED_KEY.to_owned(), config.fit_rounds.into());
    }
    Ok(Weights::new(
        weights.name(),
        weights.config().clone(),
        layout.unflatten(&flat),
        provenance,
    )?)
}

/// The distribution of draws: a Gaussian with diagonal covariance.
struct DrawDistribution {
    /// 1 for an active dimension; 0 for the others, which are not changed.
    active: DVector<f64>,
    mean: DVector<f64>,
    /// Logarithm of the standard deviation.
    log_scale: DVector<f64>,
    /// Gradients with respect to mean and log scale, with momentum.
    gradients: [DVector<f64>; 2],
}

impl DrawDistribution {
    /// The prior, with the dimensions that are active in `posteriors`.
    fn prior(posteriors: &[Posterior]) -> Self {
        let active = kl_by_dimension(posteriors).into_iter();
        let active = active.map(|nats| f64::from(u8::from(nats > ACTIVE_NATS)));
        let active = DVector::from_vec(active.collect());
        let zeros = DVector::zeros(active.len());
        Self {
            active,
            mean: zeros.clone(),
            log_scale: zeros.clone(),
            gradients: [zeros.clone(), zeros],
        }
    }

    fn scale(&self) -> DVector<f64> {
        self.log_scale.map(f64::exp)
    }

    /// The point at `noise` standard deviations from the mean.
    fn point(&self, noise: &DVector<f64>) -> LatentPoint {
        let coordinates = &self.mean + self.scale().component_mul(noise);
        LatentPoint::new(coordinates.iter().map(|value| *value as f32).collect())
    }

    /// Moves the distribution by `length` along the natural gradient of the reward (Amari 1998).
    fn update(&mut self, noise: &[DVector<f64>], rewards: &[f64], length: f64) {
        let mut gradients = [(); 2].map(|()| DVector::zeros(self.active.len()));
        let weight = 1.0 / noise.len().max(1) as f64;
        for (noise, reward) in noise.iter().zip(rewards) {
            gradients[0].axpy(weight * reward, noise, 1.0);
            gradients[1].axpy(weight * reward, &noise.map(|e| e * e - 1.0), 1.0);
        }
        for (smoothed, gradient) in self.gradients.iter_mut().zip(&gradients) {
            *smoothed =
                &*smoothed * MOMENTUM + gradient.component_mul(&self.active) * (1.0 - MOMENTUM);
        }
        // The Fisher information is 1 for a mean in standard deviations and 2 for the logarithm of a scale.
        let [mean, log_scale] = &self.gradients;
        let norm = (mean.norm_squared() + log_scale.norm_squared() / 2.0).sqrt();
        if norm > 0.0 {
            self.mean += self.scale().component_mul(mean) * (length / norm);
            self.log_scale += log_scale * (length / norm / 2.0);
        }
    }

    /// The latent transform that turns draws from the prior into draws from this distribution.
    fn transform(&self) -> LatentTransform {
        let scale = self.scale();
        LatentTransform {
            mean: DMatrix::from_row_slice(1, self.mean.len(), self.mean.as_slice()),
            matrix: DMatrix::from_diagonal(&scale),
            inverse: DMatrix::from_diagonal(&scale.map(f64::recip)),
        }
    }
}

/// Standard normal numbers for the draws of a round, in pairs of opposite sign.
fn antithetic_noise(config: &TrainingConfig, round: usize, size: usize) -> Vec<DVector<f64>> {
    let pairs = config.fit_draws.div_ceil(2);
    (0..pairs)
        .flat_map(|pair| {
            let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
            rng.set_stream(FIRST_STREAM + (round * pairs + pair) as u64);
            let noise = DVector::from_fn(size, |_, _| StandardNormal.sample(&mut rng));
            [noise.clone(), -noise]
        })
        .collect()
}

/// Reward of each melody: the derivative of the weighted sum of overlaps with `target` by the melody's weight in the set.
fn rewards(melodies: &[Tokens], target: &FeatureHistograms) -> Vec<f64> {
    let decoded: Vec<Melody> = melodies.iter().cloned().map(Melody::from_tokens).collect();
    let mut rewards = vec![0.0; decoded.len()];
    for (index, feature) in MELODY_FEATURES
        .iter()
        .enumerate()
        .filter(|(_, feature)| feature.fit_weight > 0.0)
    {
        let bins: Vec<Vec<usize>> = decoded.iter().map(feature.bins).collect();
        let bin_count: usize = bins.iter().map(Vec::len).sum();
        if bin_count == 0 {
            continue;
        }
        let (current, target) = (frequencies(bins.iter().cloned()), target.frequencies(index));
        // Only bins with too small a frequency increase the overlap.
        let is_lacking = |bin: &usize| current[*bin] < target.get(*bin).copied().unwrap_or(0.0);
        let lacking_frequency: f64 = (0..current.len())
            .filter(is_lacking)
            .map(|bin| current[bin])
            .sum();
        let scale = feature.fit_weight * decoded.len() as f64 / bin_count as f64;
        for (reward, bins) in rewards.iter_mut().zip(&bins) {
            let lacking_count = bins.iter().filter(|bin| is_lacking(bin)).count();
            *reward += scale * (lacking_count as f64 - bins.len() as f64 * lacking_frequency);
        }
    }
    rewards
}
