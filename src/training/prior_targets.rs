//! Draws of the prior as lessons: which melody each of them should give.
//!
//! Training only ever decodes points near the posteriors of real melodies, and between these lies most of the prior:
//! there a decoder mixes keys and rhythms. Encoding what it made and decoding a point near that, again and again,
//! leads step by step to melodies as the model knows them (a chain in the manner of Bengio, Yao, Alain and Vincent
//! 2013, "Generalized Denoising Auto-Encoders as Generative Models"). The decoder is then taught to go from the draw
//! straight to where its chain ends.

use std::sync::Arc;

use rand::SeedableRng as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal};

use super::{TrainingConfig, TrainingError};
use crate::latent::LatentPoint;
use crate::melody::Tokens;
use crate::model::{Decode as _, DeviceChoice, Engine, Sampling, Weights};

/// A set has fewer than two to this power draws.
const SET_BITS: u32 = 32;
/// Draws whose chains are walked between two reports.
const AT_ONCE: usize = 1024;

/// Draws of the prior and the melodies at the ends of their chains.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct PriorTargets {
    /// Which set this is; no two share a draw.
    pub set: u64,
    seed: u64,
    latent_size: usize,
    /// The end of each draw's chain, by index.
    pub melodies: Vec<Tokens>,
}

impl PriorTargets {
    /// Draws that were walked before.
    pub fn of(config: &TrainingConfig, set: u64, melodies: Vec<Tokens>) -> Self {
        Self {
            set,
            seed: config.seed,
            latent_size: config.model.latent_size,
            melodies,
        }
    }

    /// Walks the chains of the draws that belong to a step with a model. `watch` is told how many are done, and stops the
    /// work by giving false.
    ///
    /// A round decodes greedily, encodes, and goes to a point of the posterior whose standard deviation is scaled by
    /// `walk_noise`. Nothing depends on how many draws are walked, or on the machine's threads.
    ///
    /// # Errors
    /// [`TrainingError::Model`] if the model fails, [`TrainingError::Cancelled`] with `step`.
    pub fn generate(
        config: &TrainingConfig,
        step: u64,
        weights: &Arc<Weights>,
        watch: &mut dyn FnMut(usize, usize) -> bool,
    ) -> Result<Self, TrainingError> {
        let set = config.draws_of_step(step);
        let mut draws = Self::of(config, set, Vec::with_capacity(config.drawn_melodies));
        let mut engine = Engine::open(Arc::clone(weights), &DeviceChoice::Cpu)?;
        while draws.melodies.len() < config.drawn_melodies {
            if !watch(draws.melodies.len(), config.drawn_melodies) {
                return Err(TrainingError::Cancelled { step });
            }
            let from = draws.melodies.len();
            let to = config.drawn_melodies.min(from + AT_ONCE);
            let mut sources: Vec<ChaCha8Rng> = (from..to).map(|k| draws.numbers(k)).collect();
            let mut points: Vec<LatentPoint> = sources
                .iter_mut()
                .map(|numbers| LatentPoint::new(draws.normal(numbers)))
                .collect();
            for _ in 0..config.walk_rounds {
                let made = engine.decode(&points, &Sampling::Greedy)?;
                let posteriors = engine.encode(&made)?;
                for ((point, posterior), numbers) in
                    points.iter_mut().zip(posteriors).zip(&mut sources)
                {
                    let noise = draws.normal(numbers);
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
        self.normal(&mut self.numbers(index))
    }

    /// The random numbers of one draw: its point first, then its chain's noise. Batches count their streams from below.
    fn numbers(&self, index: usize) -> ChaCha8Rng {
        let mut numbers = ChaCha8Rng::seed_from_u64(self.seed);
        numbers.set_stream(u64::MAX - (self.set << SET_BITS) - index as u64);
        numbers
    }

    fn normal(&self, numbers: &mut ChaCha8Rng) -> Vec<f32> {
        (0..self.latent_size)
            .map(|_| StandardNormal.sample(numbers))
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
            PriorTargets::generate(&config, 0, &weights, &mut |_, _| true).unwrap()
        };
        let (many, few) = (walk(AT_ONCE + 5), walk(40));
        assert_eq!(many.melodies.len(), AT_ONCE + 5);
        assert_eq!(many.melodies[..40], few.melodies);
        assert_eq!(many.point(7), few.point(7));
        assert_ne!(many.point(7), many.point(8));
    }
}
