//! Samples the batch of a training step.

use std::ops::Range;

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rand_distr::{Distribution as _, StandardNormal, weighted::WeightedIndex};

use super::config::TrainingConfig;
use super::corpus::Corpus;
use super::gradient::shifted_tokens;
use super::prior_targets::PriorTargets;
use crate::melody::{Tokens, transpose};
use crate::model::{NO_TOKEN, TrainingBatch};

/// Samples the batch of a step, counted from zero: transposed melodies with noise for the posterior, then draws from the
/// prior. Depends on `config.seed` and `step` alone. Without windows in the corpus it has only the draws.
pub(super) fn sample_batch(
    config: &TrainingConfig,
    step: u64,
    corpus: &Corpus,
    targets: Option<&PriorTargets>,
) -> TrainingBatch {
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    rng.set_stream(step + 1);
    let targets = targets.filter(|targets| !targets.melodies.is_empty());
    let prior_draws = targets.map_or(0, |_| config.prior_draws_per_batch());
    let weights = corpus.sources.iter().map(|source| {
        // Zero to the power of zero would be one.
        let is_empty = source.windows.is_empty();
        let weight = (source.windows.len() as f64).powf(config.balance);
        if is_empty { 0.0 } else { weight }
    });
    let mut melodies: Vec<Tokens> = Vec::with_capacity(config.batch);
    if let Ok(source_distribution) = WeightedIndex::new(weights) {
        while melodies.len() < config.batch - prior_draws {
            let is_rehearsal = !corpus.rehearsal.is_empty()
                && rng.random_bool(config.rehearsal_share.clamp(0.0, 1.0));
            let windows = if is_rehearsal {
                &corpus.rehearsal
            } else {
                &corpus.sources[source_distribution.sample(&mut rng)].windows
            };
            let melody = &windows[rng.random_range(0..windows.len())];
            let max_semitones = if rng.random_bool(config.transpose_share.clamp(0.0, 1.0)) {
                config.transpose_semitones
            } else {
                0
            };
            let transposed = transpose(melody, rng.random_range(-max_semitones..=max_semitones));
            melodies.push(transposed.unwrap_or_else(|| melody.clone()));
        }
    }
    let noise_count = melodies.len() * config.model.latent_size;
    let mut noise: Vec<f32> = (0..noise_count)
        .map(|_| StandardNormal.sample(&mut rng))
        .collect();
    if let Some(targets) = targets {
        for _ in 0..prior_draws {
            let index = rng.random_range(0..targets.melodies.len());
            melodies.push(targets.melodies[index].clone());
            noise.extend(targets.point(index));
        }
    }
    let tokens = time_major(&melodies, config.model.steps);
    let mut decoder_inputs = shifted_tokens(&tokens, melodies.len());
    for id in &mut decoder_inputs {
        if rng.random_bool(config.token_dropout.clamp(0.0, 1.0)) {
            *id = NO_TOKEN;
        }
    }
    TrainingBatch {
        tokens,
        decoder_inputs,
        noise,
        prior_draws,
    }
}

/// The tokens of melodies of `steps` tokens as `[steps, batch]`.
pub(super) fn time_major(melodies: &[Tokens], steps: usize) -> Vec<u8> {
    (0..steps)
        .flat_map(|t| melodies.iter().map(move |m| m.as_slice()[t]))
        .collect()
}

/// The melodies `rows` of a batch of `size` melodies.
pub(super) fn shard(batch: &TrainingBatch, size: usize, rows: Range<usize>) -> TrainingBatch {
    let latent = batch.noise.len() / size;
    let first_prior_draw = size - batch.prior_draws;
    TrainingBatch {
        tokens: columns(&batch.tokens, size, rows.clone()),
        decoder_inputs: columns(&batch.decoder_inputs, size, rows.clone()),
        noise: batch.noise[rows.start * latent..rows.end * latent].to_vec(),
        prior_draws: rows.end.saturating_sub(first_prior_draw.max(rows.start)),
    }
}

/// Columns `columns` of `[steps, width]`.
fn columns(values: &[u8], width: usize, columns: Range<usize>) -> Vec<u8> {
    values
        .chunks_exact(width)
        .flat_map(|row| &row[columns.clone()])
        .copied()
        .collect()
}
