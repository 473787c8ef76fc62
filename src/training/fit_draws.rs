//! Fits draws of the prior to a corpus by what they sound like, after training.
//!
//! When the posteriors together have the prior's mean and covariance (`whiten`), draws are still unlike the corpus: what
//! lies between the posteriors is decoded to something nearer to the middle, so that busy and sparse melodies and wide
//! leaps are rare, and to mixtures that leave their key. How far a draw reaches along a latent dimension is free to
//! choose without touching a single reconstruction ([`LatentMap`]), and is chosen here so that the histograms of decoded
//! draws come near those of the melodies learnt from: simulated moments (McFadden 1989). No gradient leads through a
//! greedy decoder, so the score function's is taken (Williams 1992), with draws in opposite pairs.

use std::sync::Arc;

use nalgebra::{DMatrix, DVector};
use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::evaluate::ACTIVE_NATS;
use super::feature_histograms::{FeatureHistograms, shares};
use super::gradient::Layout;
use super::histograms::HISTOGRAMS;
use super::latent_map::{LatentMap, MOST_ENCODED};
use super::reconstruction::kl_by_dimension;
use super::{Corpus, TrainingConfig, TrainingError};
use crate::latent::LatentPoint;
use crate::melody::{Melody, Tokens};
use crate::model::{Decode as _, DeviceChoice, Engine, Posterior, Sampling, Weights};

/// Length of the first round's step, in standard deviations of the prior; later ones are shorter in proportion to the
/// rounds left.
const FIRST_STEP: f64 = 0.15;
/// Share of the direction of the rounds before in a round's own: one round's draws give a rough one.
const MEMORY: f64 = 0.7;
/// Streams of random numbers from here on are this file's; batches and `draws` count theirs from the two ends.
const FIRST_STREAM: u64 = 1 << 63;
/// Where the provenance of weights says with how many rounds their draws were fitted.
const FITTED: &str = "fitted_rounds";

/// Whether [`fit_draws`] has made these weights.
#[must_use]
pub fn draws_are_fitted(weights: &Weights) -> bool {
    weights.provenance().get(FITTED).is_some()
}

/// Moves and stretches the active latent dimensions of `weights` so that decoded draws of the prior come near `corpus` in
/// histograms; every reconstruction stays as it was. `config` says with how many rounds and draws. `watch` is told how
/// many rounds are done of how many, and stops the work by giving false.
///
/// # Errors
/// [`TrainingError::Model`] if the model fails, [`TrainingError::Cancelled`].
pub fn fit_draws(
    weights: &Arc<Weights>,
    corpus: &Corpus,
    config: &TrainingConfig,
    watch: &mut dyn FnMut(usize, usize) -> bool,
) -> Result<Weights, TrainingError> {
    let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu)?;
    let posteriors = engine.encode(&corpus.sample(MOST_ENCODED))?;
    let melodies: Vec<Tokens> = corpus.windows().cloned().collect();
    let wanted = FeatureHistograms::of(&melodies);
    let mut spread = Spread::of_the_prior(&posteriors);
    for round in 0..config.fit_rounds {
        if !watch(round, config.fit_rounds) {
            return Err(TrainingError::Cancelled {
                step: config.steps(),
            });
        }
        let noise = opposite_pairs(config, round, weights.config().latent_size);
        let points: Vec<LatentPoint> = noise.iter().map(|noise| spread.point(noise)).collect();
        let rewards = rewards(&engine.decode(&points, &Sampling::Greedy)?, &wanted);
        let left = 1.0 - round as f64 / config.fit_rounds as f64;
        spread.advance(&noise, &rewards, FIRST_STEP * left);
    }
    let layout = Layout::new(weights.config());
    let mut flat = layout.flatten(weights.parameters())?;
    spread.map().apply(&layout, &mut flat, &posteriors);
    let mut provenance = weights.provenance().clone();
    if let Some(provenance) = provenance.as_object_mut() {
        provenance.insert(FITTED.to_owned(), config.fit_rounds.into());
    }
    Ok(Weights::new(
        weights.name(),
        weights.config().clone(),
        layout.unflatten(&flat),
        provenance,
    )?)
}

/// How far draws reach along each latent dimension: a Gaussian without correlations.
struct Spread {
    /// 1 for a dimension that melodies depend on, 0 for the others, which stay as they are.
    active: DVector<f64>,
    mean: DVector<f64>,
    /// Logarithm of the standard deviation.
    log_scale: DVector<f64>,
    /// Slopes of the rounds so far by mean and by logarithm of scale, the latest counting most.
    slopes: [DVector<f64>; 2],
}

impl Spread {
    fn of_the_prior(posteriors: &[Posterior]) -> Self {
        let active = kl_by_dimension(posteriors).into_iter();
        let active = active.map(|nats| f64::from(u8::from(nats > ACTIVE_NATS)));
        let active = DVector::from_vec(active.collect());
        let zeros = DVector::zeros(active.len());
        Self {
            active,
            mean: zeros.clone(),
            log_scale: zeros.clone(),
            slopes: [zeros.clone(), zeros],
        }
    }

    fn scale(&self) -> DVector<f64> {
        self.log_scale.map(f64::exp)
    }

    /// The point at `noise` standard deviations from the mean.
    fn point(&self, noise: &DVector<f64>) -> LatentPoint {
        let reached = &self.mean + self.scale().component_mul(noise);
        LatentPoint::new(reached.iter().map(|value| *value as f32).collect())
    }

    /// A step of the given length to where higher rewards come from, along the natural gradient (Amari 1998).
    fn advance(&mut self, noise: &[DVector<f64>], rewards: &[f64], length: f64) {
        let mut slopes = [(); 2].map(|()| DVector::zeros(self.active.len()));
        let share = 1.0 / noise.len().max(1) as f64;
        for (noise, reward) in noise.iter().zip(rewards) {
            slopes[0].axpy(share * reward, noise, 1.0);
            slopes[1].axpy(share * reward, &noise.map(|e| e * e - 1.0), 1.0);
        }
        for (kept, slope) in self.slopes.iter_mut().zip(&slopes) {
            *kept = &*kept * MEMORY + slope.component_mul(&self.active) * (1.0 - MEMORY);
        }
        // The Fisher information is 1 for a mean in standard deviations and 2 for the logarithm of a scale.
        let [mean, log_scale] = &self.slopes;
        let norm = (mean.norm_squared() + log_scale.norm_squared() / 2.0).sqrt();
        if norm > 0.0 {
            self.mean += self.scale().component_mul(mean) * (length / norm);
            self.log_scale += log_scale * (length / norm / 2.0);
        }
    }

    /// The latent space in which draws of the prior are draws of this.
    fn map(&self) -> LatentMap {
        let scale = self.scale();
        LatentMap {
            mean: DMatrix::from_row_slice(1, self.mean.len(), self.mean.as_slice()),
            root: DMatrix::from_diagonal(&scale),
            inverse: DMatrix::from_diagonal(&scale.map(f64::recip)),
        }
    }
}

/// Standard normal numbers for the draws of a round: each has its opposite beside it.
fn opposite_pairs(config: &TrainingConfig, round: usize, size: usize) -> Vec<DVector<f64>> {
    let pairs = config.fit_draws.div_ceil(2);
    (0..pairs)
        .flat_map(|pair| {
            let mut numbers = ChaCha8Rng::seed_from_u64(config.seed);
            numbers.set_stream(FIRST_STREAM + (round * pairs + pair) as u64);
            let noise = DVector::from_fn(size, |_, _| StandardNormal.sample(&mut numbers));
            [noise.clone(), -noise]
        })
        .collect()
}

/// How much each melody brings the histograms of all nearer to those wanted: the derivative of the weighted sum of
/// overlaps by the melody's own weight in the set.
fn rewards(melodies: &[Tokens], wanted: &FeatureHistograms) -> Vec<f64> {
    let decoder_inputs: Vec<Melody> = melodies.iter().cloned().map(Melody::from_tokens).collect();
    let mut rewards = vec![0.0; decoder_inputs.len()];
    for (place, histogram) in HISTOGRAMS
        .iter()
        .enumerate()
        .filter(|(_, h)| h.fitted > 0.0)
    {
        let bins: Vec<Vec<usize>> = decoder_inputs.iter().map(histogram.bins).collect();
        let counted: usize = bins.iter().map(Vec::len).sum();
        if counted == 0 {
            continue;
        }
        let (found, wanted) = (shares(bins.iter().cloned()), wanted.shares(place));
        // Only what there is too little of makes the overlap larger.
        let lacking = |bin: &usize| found[*bin] < wanted.get(*bin).copied().unwrap_or(0.0);
        let held: f64 = (0..found.len()).filter(lacking).map(|bin| found[bin]).sum();
        let scale = histogram.fitted * decoder_inputs.len() as f64 / counted as f64;
        for (reward, bins) in rewards.iter_mut().zip(&bins) {
            let own = bins.iter().filter(|bin| lacking(bin)).count();
            *reward += scale * (own as f64 - bins.len() as f64 * held);
        }
    }
    rewards
}
