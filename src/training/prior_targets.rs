//! Self-generated training targets for draws of the prior.
//!
//! Training decodes only points near the posteriors of real melodies, but most of the prior lies between these, where a
//! decoder mixes keys and rhythms. Repeated encoding of the decoded melody and decoding of a point near its posterior
//! leads to melodies like those of the corpus (a Markov chain as in Bengio, Yao, Alain and Vincent 2013, "Generalized
//! Denoising Auto-Encoders as Generative Models"). The decoder is then trained to give the end of the chain directly.

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

/// Binary logarithm of the largest number of draws of a set.
const SET_BITS: u32 = 32;
/// Chains that are run together, between two reports.
const CHAINS_PER_BATCH: usize = 1024;

/// Draws of the prior and the melodies at the ends of their chains.
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
    /// A set whose targets are known.
    pub fn with_melodies(config: &TrainingConfig, set: u64, melodies: Vec<Tokens>) -> Self {
        Self {
            set,
            seed: config.seed,
            latent_size: config.model.latent_size,
            melodies,
        }
    }

    /// Runs the chains of the draws of a step. `progress` receives the fraction done and may cancel.
    ///
    /// A round decodes greedily, encodes, and draws a point of the posterior with its standard deviation scaled by
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
        let set = config.draws_of_step(step);
        let mut draws = Self::with_melodies(config, set, Vec::with_capacity(config.drawn_melodies));
        let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu)?;
        while draws.melodies.len() < config.drawn_melodies {
            let fraction = draws.melodies.len() as f64 / config.drawn_melodies as f64;
            progress(fraction).map_err(|Cancelled| TrainingError::Cancelled { step })?;
            let from = draws.melodies.len();
            let to = config.drawn_melodies.min(from + CHAINS_PER_BATCH);
            let mut sources: Vec<ChaCha8Rng> = (from..to).map(|k| draws.generator(k)).collect();
            let mut points: Vec<LatentPoint> = sources
                .iter_mut()
                .map(|generator| LatentPoint::new(draws.normal(generator)))
                .collect();
            for _ in 0..config.walk_rounds {
                let melodies = engine.decode(&points, &Sampling::Greedy)?;
                let posteriors = engine.encode(&melodies)?;
                for ((point, posterior), generator) in
                    points.iter_mut().zip(posteriors).zip(&mut sources)
                {
                    let noise = draws.normal(generator);
                    let spread = posterior.mu.iter().zip(&posterior.sigma).zip(noise);
                    let moved = spread
                        .map(|((mu, sigma), e)| mu + config.walk_noise as f32 * sigma * e)
                        .collect();
                    *point = LatentPoint::new(moved);
                }
            }
            draws
                .melodies
                .extend(engine.decode(&points, &Sampling::Greedy)?);
        }
        Ok(draws)
    }

    /// The latent point of a draw.
    pub fn point(&self, index: usize) -> Vec<f32> {
        self.normal(&mut self.generator(index))
    }

    /// Random numbers of a draw: its point, then its chain's noise. Streams count down; those of batches count up.
    fn generator(&self, index: usize) -> ChaCha8Rng {
        let mut generator = ChaCha8Rng::seed_from_u64(self.seed);
        generator.set_stream(u64::MAX - (self.set << SET_BITS) - index as u64);
        generator
    }

    fn normal(&self, generator: &mut ChaCha8Rng) -> Vec<f32> {
        (0..self.latent_size)
            .map(|_| StandardNormal.sample(generator))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::model::{MusicVaeConfig, Parameters};

    #[test]
    fn a_draws_end_depends_on_no_other_draw() {
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
        let walk = |drawn_melodies| {
            let config = TrainingConfig {
                model: model.clone(),
                drawn_melodies,
                walk_rounds: 3,
                ..TrainingConfig::default()
            };
            PriorTargets::generate(&config, 0, &weights, &mut |_| Ok(())).unwrap()
        };
        let (many, few) = (walk(CHAINS_PER_BATCH + 5), walk(40));
        assert_eq!(many.melodies.len(), CHAINS_PER_BATCH + 5);
        assert_eq!(many.melodies[..40], few.melodies);
        assert_eq!(many.point(7), few.point(7));
        assert_ne!(many.point(7), many.point(8));
    }
}
