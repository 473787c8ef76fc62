//! How good a model is: reconstruction of real melodies, and draws of the prior.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::gradient::{Layout, Objective, accumulate_gradient, every_token_before};
use super::portrait::{Portrait, share_of_copies};
use super::reconstruction::Reconstruction;
use super::{Corpus, TrainingError};
use crate::attributes::attribute;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{Melody, Tokens};
use crate::model::{
    Arithmetic, CheckpointError, Decode as _, DeviceChoice, Engine, Sampling, TaughtBatch, Weights,
};
use crate::statistics;

/// A latent dimension counts as active above this mean KL divergence, in nats.
pub const ACTIVE_NATS: f64 = 0.05;
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
    /// Mean of the six overlaps below.
    pub prior_overlap: f64,
    /// Overlap of the draws' histograms with those of the corpus windows (sum over the bins of the smaller share): the
    /// four attributes, pitch class and note length.
    pub prior_overlaps: BTreeMap<&'static str, f64>,
    /// The same of histograms that do not count in the mean: notes inside and outside the scale, pitches, intervals and
    /// pairs of them, silent steps, time from onset to onset, onsets by step, distinct pitches, steps as a bar before.
    pub prior_further_overlaps: BTreeMap<&'static str, f64>,
    /// Mean overlap of what was learnt with the corpus windows: nearer than this the draws cannot be expected to come.
    pub learnt_overlap: f64,
    /// Share of the draws that copy a window that was learnt from, transposed or not.
    pub prior_copies: f64,
    /// Share of the draws' notes inside the best-fitting diatonic scale of their melody.
    pub in_scale_prior: f64,
    /// The same of the corpus windows.
    pub in_scale_corpus: f64,
    /// Mean notes per bar of the draws that have notes.
    pub prior_notes_per_bar: f64,
    /// Its standard deviation.
    pub prior_notes_per_bar_sd: f64,
    /// Mean notes per bar of the corpus windows.
    pub corpus_notes_per_bar: f64,
    /// Its standard deviation.
    pub corpus_notes_per_bar_sd: f64,
}

/// Measures a model on `corpus`. `prior_draws` latent points are drawn from `seed`; decoding is greedy. The draws are
/// searched for copies of the windows of `learnt`.
///
/// # Errors
/// [`TrainingError`] if the windows do not fit the model.
pub fn evaluate(
    weights: &Arc<Weights>,
    corpus: &Corpus,
    learnt: &Corpus,
    prior_draws: usize,
    seed: u64,
    device: &DeviceChoice,
) -> Result<Evaluation, TrainingError> {
    if weights.config().hierarchy.is_some() {
        return Err(CheckpointError::OnlyFlat.into());
    }
    let mut engine = Engine::open(Arc::clone(weights), device)?;
    let windows: Vec<Tokens> = corpus.windows().cloned().collect();
    let reconstruction = Reconstruction::measure(&mut engine, &windows)?;
    let kl = &reconstruction.kl_by_dimension;

    let latent_size = weights.config().latent_size;
    let draws: Vec<LatentPoint> = (0..prior_draws as u64)
        .map(|index| prior_point(latent_size, seed, index))
        .collect();
    let drawn = engine.decode(&draws, &Sampling::Greedy)?;
    let distinct = drawn.iter().collect::<HashSet<_>>().len();
    let drawn_density = notes_per_bar(&drawn);
    let corpus_density = notes_per_bar(&windows);
    let (portrait, wanted) = (Portrait::of(&drawn), Portrait::of(&windows));
    let overlaps = |judging: bool| {
        let all = portrait.overlaps(&wanted);
        let some = all.filter(move |(histogram, _)| histogram.judges == judging);
        some.map(|(histogram, overlap)| (histogram.id, overlap))
    };
    let learnt_windows: Vec<Tokens> = learnt.windows().cloned().collect();
    let learnt_portrait = Portrait::of(&learnt_windows);
    let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
    Ok(Evaluation {
        windows: windows.len(),
        token_accuracy_teacher_forced: teacher_forced(weights, &windows)?,
        token_accuracy_greedy: reconstruction.token_accuracy,
        onset_accuracy: reconstruction.onset_accuracy,
        exact: reconstruction.exact,
        kl_nats: kl.iter().sum(),
        active_dimensions: kl.iter().filter(|kl| **kl > ACTIVE_NATS).count(),
        prior_draws,
        prior_empty: 1.0 - share(drawn_density.len(), prior_draws),
        prior_distinct: share(distinct, prior_draws),
        prior_overlap: portrait.overlap(&wanted),
        prior_overlaps: overlaps(true).collect(),
        prior_further_overlaps: overlaps(false).collect(),
        learnt_overlap: learnt_portrait.overlap(&wanted),
        prior_copies: share_of_copies(&drawn, learnt.windows()),
        in_scale_prior: portrait.in_scale(),
        in_scale_corpus: wanted.in_scale(),
        prior_notes_per_bar: statistics::mean(&drawn_density).unwrap_or(f64::NAN),
        prior_notes_per_bar_sd: statistics::standard_deviation(&drawn_density).unwrap_or(f64::NAN),
        corpus_notes_per_bar: statistics::mean(&corpus_density).unwrap_or(f64::NAN),
        corpus_notes_per_bar_sd: statistics::standard_deviation(&corpus_density)
            .unwrap_or(f64::NAN),
    })
}

/// Share of tokens predicted right from the posterior's mean, given the right tokens before them.
fn teacher_forced(weights: &Weights, windows: &[Tokens]) -> Result<f64, TrainingError> {
    let config = weights.config();
    let layout = Layout::new(config);
    let flat = layout.flatten(weights.parameters())?;
    let objective = Objective {
        beta: 0.0,
        free_nats: 0.0,
    };
    let mut unused = vec![0.0; layout.len()];
    let right: f64 = windows
        .chunks(BATCH)
        .map(|batch| {
            let tokens: Vec<u8> = (0..config.steps)
                .flat_map(|t| batch.iter().map(move |melody| melody.as_slice()[t]))
                .collect();
            let taught = TaughtBatch {
                tokens: &tokens,
                heard: &every_token_before(&tokens, batch.len()),
                noise: &vec![0.0; batch.len() * config.latent_size],
                drawn: 0,
            };
            accumulate_gradient(
                &layout,
                &flat,
                taught,
                objective,
                Arithmetic::Float32,
                &mut unused,
            )
            .right_tokens
        })
        .sum();
    Ok(right / (windows.len() * config.steps).max(1) as f64)
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
