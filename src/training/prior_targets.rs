//! Self-generated training targets for draws of the prior.
//!
//! Ordinary training decodes only points near the posteriors of real melodies, but most of the prior lies between these, where a
//! decoder mixes keys and rhythms. Repeated encoding of the decoded melody and decoding of a point near its posterior
//! leads to melodies like those of the corpus (a Markov chain as in Bengio, Yao, Alain and Vincent 2013, "Generalized
//! Denoising Auto-Encoders as Generative Models"). The decoder is then trained to decode the draw to the end of its chain directly.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::config::TrainingConfig;
use super::error::TrainingError;
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{DeviceChoice, Engine, MelodyModel as _, Sampling, Weights};
use crate::progress::{Cancelled, ProgressFn};

/// Binary logarithm of the maximum number of draws in a set.
const SET_BITS: u32 = 32;
/// Number of chains that are run together, between two progress reports.
const CHAINS_PER_BATCH: usize = 1024;

/// Draws from the prior and their targets: the melodies at the ends of their chains.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PriorTargets {
    /// Number of the set; no two sets share a draw.
    pub set: u64,
    seed: u64,
    latent_size: usize,
    /// The end of each draw's chain, by index.
    pub melodies: Vec<Tokens>,
}

impl PriorTargets {
    /// A set with given targets.
    pub fn with_melodies(config: &TrainingConfig, set: u64, melodies: Vec<Tokens>) -> Self {
        Self {
            set,
            seed: config.seed,
            latent_size: config.model.latent_size,
            melodies,
        }
    }

    /// Generates the set of a step by running its chains. `progress` receives the fraction done and may cancel.
    ///
    /// A round decodes greedily, encodes, and samples a point from the posterior with its standard deviation scaled by
    /// `walk_noise`. A chain depends neither on the number of draws nor on that of threads.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if the model fails, [`TrainingError::Cancelled`] with `step`.
    pub fn generate(
        config: &TrainingConfig,
        step: u64,
        weights: &Arc<Weights>,
        progress: &mut ProgressFn<'_, Cancelled>,
    ) -> Result<Self, TrainingError> {
        let set = config.prior_draw_set(step);
        let mut targets =
            Self::with_melodies(config, set, Vec::with_capacity(config.drawn_melodies));
        let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu)?;
        while targets.melodies.len() < config.drawn_melodies {
            let fraction = targets.melodies.len() as f64 / config.drawn_melodies as f64;
            progress(fraction).map_err(|Cancelled| TrainingError::Cancelled { step })?;
            let start = targets.melodies.len();
            let end = config.drawn_melodies.min(start + CHAINS_PER_BATCH);
            let mut rngs: Vec<ChaCha8Rng> = (start..end).map(|k| targets.rng(k)).collect();
            let mut points: Vec<LatentPoint> = rngs
                .iter_mut()
                .map(|rng| LatentPoint::new(targets.normal(rng)))
                .collect();
            for _ in 0..config.walk_rounds {
                let melodies = engine.decode(&points, &Sampling::Greedy)?;
                let posteriors = engine.encode(&melodies)?;
                for ((point, posterior), rng) in points.iter_mut().zip(posteriors).zip(&mut rngs) {
                    let noise = targets.normal(rng);
                    let coordinates = posterior.mu.iter().zip(&posterior.sigma).zip(noise);
                    let next_point = coordinates
                        .map(|((mu, sigma), e)| mu + config.walk_noise as f32 * sigma * e)
                        .collect();
                    *point = LatentPoint::new(next_point);
                }
            }
            targets
                .melodies
                .extend(engine.decode(&points, &Sampling::Greedy)?);
        }
        Ok(targets)
    }

    /// The latent point of a draw.
    pub fn point(&self, index: usize) -> Vec<f32> {
        self.normal(&mut self.rng(index))
    }

    /// Random generator of a draw: of its point, then of its chain's noise. Stream numbers count down from the maximum, those of
    /// batches count up from 1.
    fn rng(&self, index: usize) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        rng.set_stream(u64::MAX - (self.set << SET_BITS) - index as u64);
        rng
    }

    /// The next standard normal vector of a draw.
    fn normal(&self, rng: &mut ChaCha8Rng) -> Vec<f32> {
        (0..self.latent_size)
            .map(|_| StandardNormal.sample(rng))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::model::{MusicVaeConfig, Parameters};

    #[test]
    fn the_target_of_a_draw_does_not_depend_on_other_draws() {
        let model = MusicVaeConfig {
            latent_size: 6,
            encoder_layers: vec![12],
            decoder_layers: vec![16, 16],
            ..MusicVaeConfig::default()
        };
        let parameters = Parameters::initialise(&model, 3);
        let weights =
            Weights::new("test", model.clone(), parameters, serde_json::Value::Null).unwrap();
        let weights = Arc::new(weights);
        let generate = |drawn_melodies| {
            let config = TrainingConfig {
                model: model.clone(),
                drawn_melodies,
                walk_rounds: 3,
                ..TrainingConfig::default()
            };
            PriorTargets::generate(&config, 0, &weights, &mut |_| Ok(())).unwrap()
        };
        let (many, few) = (generate(CHAINS_PER_BATCH + 5), generate(40));
        assert_eq!(many.melodies.len(), CHAINS_PER_BATCH + 5);
        assert_eq!(many.melodies[..40], few.melodies);
        assert_eq!(many.point(7), few.point(7));
        assert_ne!(many.point(7), many.point(8));
    }
}
