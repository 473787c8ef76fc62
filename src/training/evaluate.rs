//! How good a model is: reconstruction of real melodies, and draws of the prior.

use std::collections::HashSet;
use std::sync::Arc;

use serde::Serialize;

use super::gradient::{Layout, Objective, accumulate_gradient};
use super::{Corpus, TrainingError};
use crate::attributes::attribute;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{HOLD, Melody, NOTE_OFF, Tokens};
use crate::model::{Decode as _, DeviceChoice, Engine, Posterior, Sampling, Weights};
use crate::statistics;

/// A latent dimension counts as active above this mean KL divergence, in nats.
const ACTIVE_NATS: f64 = 0.05;
/// Melodies per teacher-forced batch.
const BATCH: usize = 64;

/// The figures of one model on one corpus.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Windows of the corpus that were reconstructed.
    pub windows: usize,
    /// Share of tokens predicted right, given the right tokens before, from the posterior's mean.
    pub token_accuracy_teacher_forced: f64,
    /// Share of tokens right when decoding greedily from the posterior's mean.
    pub token_accuracy_greedy: f64,
    /// Of the steps with a note-on, the share at which the reconstruction has the same note-on.
    pub onset_accuracy: f64,
    /// Share of melodies of which every token is right.
    pub exact: f64,
    /// Mean KL divergence of the posterior from the prior, nats per melody.
    pub kl_nats: f64,
    /// Dimensions whose mean KL divergence exceeds 0.05 nats.
    pub active_dimensions: usize,
    /// Draws of the prior that were decoded.
    pub prior_draws: usize,
    /// Of these, the share without a note.
    pub prior_empty: f64,
    /// Of these, the share unlike every other, token by token.
    pub prior_distinct: f64,
    /// Mean notes per bar of the draws that have notes.
    pub prior_notes_per_bar: f64,
    /// Its standard deviation.
    pub prior_notes_per_bar_sd: f64,
    /// Mean notes per bar of the corpus windows.
    pub corpus_notes_per_bar: f64,
    /// Its standard deviation.
    pub corpus_notes_per_bar_sd: f64,
}

/// Measures a model. `prior_draws` latent points are drawn from `seed`; decoding is greedy.
///
/// # Errors
/// [`TrainingError`] if the windows do not fit the model.
pub fn evaluate(
    weights: &Arc<Weights>,
    corpus: &Corpus,
    prior_draws: usize,
    seed: u64,
    device: &DeviceChoice,
) -> Result<Evaluation, TrainingError> {
    let mut engine = Engine::open(Arc::clone(weights), device)?;
    let windows: Vec<Tokens> = corpus.windows().cloned().collect();
    let posteriors = engine.encode(&windows)?;
    let means: Vec<LatentPoint> = posteriors
        .iter()
        .map(|p| LatentPoint::new(p.mu.clone()))
        .collect();
    let decoded = engine.decode(&means, &Sampling::Greedy)?;

    let tokens = windows.iter().map(Tokens::len).sum::<usize>() as f64;
    let mut right = 0;
    let (mut onsets, mut right_onsets) = (0, 0);
    for (wanted, found) in windows.iter().zip(&decoded) {
        for (wanted, found) in wanted.as_slice().iter().zip(found.as_slice()) {
            right += usize::from(wanted == found);
            if *wanted != HOLD && *wanted != NOTE_OFF {
                onsets += 1;
                right_onsets += usize::from(wanted == found);
            }
        }
    }
    let exact = windows
        .iter()
        .zip(&decoded)
        .filter(|(wanted, found)| wanted == found)
        .count();
    let kl = kl_by_dimension(&posteriors);

    let latent_size = weights.config().latent_size;
    let draws: Vec<LatentPoint> = (0..prior_draws as u64)
        .map(|index| prior_point(latent_size, seed, index))
        .collect();
    let drawn = engine.decode(&draws, &Sampling::Greedy)?;
    let distinct = drawn.iter().collect::<HashSet<_>>().len();
    let drawn_density = notes_per_bar(&drawn);
    let corpus_density = notes_per_bar(&windows);
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    Ok(Evaluation {
        windows: windows.len(),
        token_accuracy_teacher_forced: teacher_forced(weights, &windows)? / tokens,
        token_accuracy_greedy: right as f64 / tokens,
        onset_accuracy: share(right_onsets, onsets),
        exact: share(exact, windows.len()),
        kl_nats: kl.iter().sum(),
        active_dimensions: kl.iter().filter(|kl| **kl > ACTIVE_NATS).count(),
        prior_draws,
        prior_empty: 1.0 - share(drawn_density.len(), prior_draws),
        prior_distinct: share(distinct, prior_draws),
        prior_notes_per_bar: statistics::mean(&drawn_density).unwrap_or(f64::NAN),
        prior_notes_per_bar_sd: statistics::standard_deviation(&drawn_density).unwrap_or(f64::NAN),
        corpus_notes_per_bar: statistics::mean(&corpus_density).unwrap_or(f64::NAN),
        corpus_notes_per_bar_sd: statistics::standard_deviation(&corpus_density)
            .unwrap_or(f64::NAN),
    })
}

/// Tokens predicted right from the posterior's mean, given the right tokens before them.
fn teacher_forced(weights: &Weights, windows: &[Tokens]) -> Result<f64, TrainingError> {
    let config = weights.config();
    let layout = Layout::new(config);
    let flat = layout.flatten(weights.parameters())?;
    let objective = Objective {
        beta: 0.0,
        free_nats: 0.0,
    };
    let mut unused = vec![0.0; layout.len()];
    Ok(windows
        .chunks(BATCH)
        .map(|batch| {
            let tokens: Vec<u8> = (0..config.steps)
                .flat_map(|t| batch.iter().map(move |melody| melody.as_slice()[t]))
                .collect();
            let no_noise = vec![0.0; batch.len() * config.latent_size];
            accumulate_gradient(&layout, &flat, &tokens, &no_noise, objective, &mut unused)
                .right_tokens
        })
        .sum())
}

/// Mean KL divergence from the standard normal per dimension, nats.
fn kl_by_dimension(posteriors: &[Posterior]) -> Vec<f64> {
    let mut sums = vec![0.0; posteriors.first().map_or(0, |p| p.mu.len())];
    for posterior in posteriors {
        for ((sum, mu), sigma) in sums.iter_mut().zip(&posterior.mu).zip(&posterior.sigma) {
            let (mu, sigma) = (f64::from(*mu), f64::from(*sigma).max(1e-12));
            *sum += 0.5 * (mu * mu + sigma * sigma - 1.0) - sigma.ln();
        }
    }
    sums.iter()
        .map(|sum| sum / posteriors.len() as f64)
        .collect()
}

/// Notes per bar of every melody that has notes.
fn notes_per_bar(melodies: &[Tokens]) -> Vec<f64> {
    let Some(density) = attribute("note_density") else {
        return Vec::new();
    };
    melodies
        .iter()
        .filter_map(|tokens| (density.measure)(&Melody::from_tokens(tokens.clone())))
        .map(density.display_scale)
        .collect()
}
