//! The batch of a step: which melodies, how they are moved, and the random numbers beside them.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal, weighted::WeightedIndex};

use super::gradient::every_token_before;
use super::prior_targets::PriorTargets;
use super::{Corpus, TrainingConfig};
use crate::melody::{Tokens, transpose};
use crate::model::{NO_TOKEN, TrainingBatch};

/// The melodies of one step and everything random about them.
pub(super) struct Batch {
    /// `[steps, batch]`, time-major.
    pub tokens: Vec<u8>,
    /// `[steps, batch]`: what the decoder hears of the token before.
    pub decoder_inputs: Vec<u8>,
    /// `[batch, latent]`.
    pub noise: Vec<f32>,
    /// Melodies at the end that are draws of the prior.
    pub drawn: usize,
}

impl Batch {
    pub fn taught(&self) -> TrainingBatch<'_> {
        TrainingBatch {
            tokens: &self.tokens,
            decoder_inputs: &self.decoder_inputs,
            noise: &self.noise,
            drawn: self.drawn,
        }
    }
}

/// The melodies of the step after `step` others, transposed, with the posterior's noise for them; at the end, draws of
/// the prior.
pub(super) fn draw_batch(
    config: &TrainingConfig,
    step: u64,
    corpus: &Corpus,
    draws: Option<&PriorTargets>,
) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(step + 1);
    let draws = draws.filter(|draws| !draws.melodies.is_empty());
    let drawn = draws.map_or(0, |_| config.drawn_per_batch());
    let shares = corpus
        .sources
        .iter()
        .map(|s| (s.windows.len() as f64).powf(config.balance));
    let mut melodies: Vec<Tokens> = Vec::with_capacity(config.batch);
    if let Ok(pick_source) = WeightedIndex::new(shares) {
        while melodies.len() < config.batch - drawn {
            let source = &corpus.sources[pick_source.sample(&mut rng)];
            let melody = &source.windows[rng.random_range(0..source.windows.len())];
            let reach = if rng.random_bool(config.transpose_share.clamp(0.0, 1.0)) {
                config.transpose_semitones
            } else {
                0
            };
            let moved = transpose(melody, rng.random_range(-reach..=reach));
            melodies.push(moved.unwrap_or_else(|| melody.clone()));
        }
    }
    let count = melodies.len() * config.model.latent_size;
    let mut noise: Vec<f32> = (0..count)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect();
    if let Some(draws) = draws {
        for _ in 0..drawn {
            let index = rng.random_range(0..draws.melodies.len());
            melodies.push(draws.melodies[index].clone());
            noise.extend(draws.point(index));
        }
    }
    let tokens = time_major(&melodies, config.model.steps);
    let mut decoder_inputs = every_token_before(&tokens, melodies.len());
    for id in &mut decoder_inputs {
        if rng.random_bool(config.token_dropout.clamp(0.0, 1.0)) {
            *id = NO_TOKEN;
        }
    }
    Batch {
        tokens,
        decoder_inputs,
        noise,
        drawn,
    }
}

/// `[steps, batch]` from melodies of `steps` tokens.
fn time_major(melodies: &[Tokens], steps: usize) -> Vec<u8> {
    (0..steps)
        .flat_map(|t| melodies.iter().map(move |m| m.as_slice()[t]))
        .collect()
}

/// Some columns of `[steps, width]`.
pub(super) fn columns_of(values: &[u8], width: usize, columns: std::ops::Range<usize>) -> Vec<u8> {
    values
        .chunks_exact(width)
        .flat_map(|row| &row[columns.clone()])
        .copied()
        .collect()
}
