//! How good a model is: reconstruction of real melodies, and draws of the prior.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::feature_histograms::{FeatureHistograms, share_of_copies};
use super::gradient::{Layout, Objective, accumulate_gradient, every_token_before};
use super::reconstruction::{Reconstructed, Reconstruction};
use super::{Corpus, TrainingError};
use crate::attributes::attribute;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{Melody, Tokens};
use crate::model::{
    Arithmetic, CheckpointError, Decode as _, DeviceChoice, Engine, Sampling, TrainingBatch,
    Weights,
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
    /// Windows that are also among those that were learnt from, transposed or not; none where a corpus is judged by
    /// itself.
    pub shared_windows: Option<usize>,
    /// The same figures without these windows; none where none is left or a corpus is judged by itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_shared_windows: Option<Box<Evaluation>>,
}

/// Measures a model on `corpus`. `prior_draws` latent points are drawn from `seed`; decoding is greedy. The draws are
/// searched for copies of the windows of `learnt`. Where `learnt` is another corpus, all is also told without the windows
/// that both have.
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
    let reconstructed = Reconstructed::make(&mut engine, &windows)?;
    let drawn = Drawn::make(&mut engine, learnt, prior_draws, seed)?;
    let steps = weights.config().steps;
    let figures = |windows: &[Tokens], right_tokens: f64, reconstruction: &Reconstruction| {
        let teacher_forced = right_tokens / (windows.len() * steps).max(1) as f64;
        drawn.beside(windows, teacher_forced, reconstruction)
    };
    if std::ptr::eq(corpus, learnt) {
        let right = right_tokens(weights, &windows)?;
        return Ok(figures(&windows, right, &reconstructed.figures(|_| true)));
    }
    let shared = corpus.shared_with(learnt);
    let [own, others] = [false, true].map(|wanted| {
        let pairs = windows.iter().zip(&shared);
        let some = pairs.filter(|(_, shared)| **shared == wanted);
        some.map(|(window, _)| window.clone()).collect::<Vec<_>>()
    });
    let own_right = right_tokens(weights, &own)?;
    let right = own_right + right_tokens(weights, &others)?;
    let mut all = figures(&windows, right, &reconstructed.figures(|_| true));
    all.shared_windows = Some(others.len());
    if !own.is_empty() {
        let reconstruction = reconstructed.figures(|place| !shared[place]);
        let mut without = figures(&own, own_right, &reconstruction);
        without.shared_windows = Some(0);
        all.without_shared_windows = Some(Box::new(without));
    }
    Ok(all)
}

/// Decoded draws of the prior, and what was learnt from: what is the same whatever windows they are compared with.
struct Drawn {
    draws: usize,
    empty: f64,
    distinct: f64,
    copies: f64,
    histograms: FeatureHistograms,
    learnt: FeatureHistograms,
    notes_per_bar: Vec<f64>,
}

impl Drawn {
    fn make(
        engine: &mut Engine,
        learnt: &Corpus,
        draws: usize,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let latent_size = engine.weights().config().latent_size;
        let points: Vec<LatentPoint> = (0..draws as u64)
            .map(|index| prior_point(latent_size, seed, index))
            .collect();
        let drawn = engine.decode(&points, &Sampling::Greedy)?;
        let distinct = drawn.iter().collect::<HashSet<_>>().len();
        let notes_per_bar = notes_per_bar(&drawn);
        let share = |part: usize| part as f64 / draws.max(1) as f64;
        let learnt_windows: Vec<Tokens> = learnt.windows().cloned().collect();
        Ok(Self {
            draws,
            empty: 1.0 - share(notes_per_bar.len()),
            distinct: share(distinct),
            copies: share_of_copies(&drawn, learnt.windows()),
            histograms: FeatureHistograms::of(&drawn),
            learnt: FeatureHistograms::of(&learnt_windows),
            notes_per_bar,
        })
    }

    /// The figures of these windows and of the draws beside them.
    fn beside(
        &self,
        windows: &[Tokens],
        teacher_forced: f64,
        reconstruction: &Reconstruction,
    ) -> Evaluation {
        let kl = &reconstruction.kl_by_dimension;
        let wanted = FeatureHistograms::of(windows);
        let overlaps = |judging: bool| {
            let all = self.histograms.overlaps(&wanted);
            let some = all.filter(move |(histogram, _)| histogram.judges == judging);
            some.map(|(histogram, overlap)| (histogram.id, overlap))
        };
        let corpus = notes_per_bar(windows);
        let mean = |values: &[f64]| statistics::mean(values).unwrap_or(f64::NAN);
        let deviation = |values: &[f64]| statistics::standard_deviation(values).unwrap_or(f64::NAN);
        Evaluation {
            windows: windows.len(),
            token_accuracy_teacher_forced: teacher_forced,
            token_accuracy_greedy: reconstruction.token_accuracy,
            onset_accuracy: reconstruction.onset_accuracy,
            exact: reconstruction.exact,
            kl_nats: kl.iter().sum(),
            active_dimensions: kl.iter().filter(|kl| **kl > ACTIVE_NATS).count(),
            prior_draws: self.draws,
            prior_empty: self.empty,
            prior_distinct: self.distinct,
            prior_overlap: self.histograms.overlap(&wanted),
            prior_overlaps: overlaps(true).collect(),
            prior_further_overlaps: overlaps(false).collect(),
            learnt_overlap: self.learnt.overlap(&wanted),
            prior_copies: self.copies,
            in_scale_prior: self.histograms.in_scale(),
            in_scale_corpus: wanted.in_scale(),
            prior_notes_per_bar: mean(&self.notes_per_bar),
            prior_notes_per_bar_sd: deviation(&self.notes_per_bar),
            corpus_notes_per_bar: mean(&corpus),
            corpus_notes_per_bar_sd: deviation(&corpus),
            shared_windows: None,
            without_shared_windows: None,
        }
    }
}

/// Tokens predicted right from the posterior's mean, given the right tokens before them.
fn right_tokens(weights: &Weights, windows: &[Tokens]) -> Result<f64, TrainingError> {
    let config = weights.config();
    let layout = Layout::new(config);
    let flat = layout.flatten(weights.parameters())?;
    let objective = Objective {
        beta: 0.0,
        free_nats: 0.0,
    };
    let mut unused = vec![0.0; layout.len()];
    let right = windows
        .chunks(BATCH)
        .map(|batch| {
            let tokens: Vec<u8> = (0..config.steps)
                .flat_map(|t| batch.iter().map(move |melody| melody.as_slice()[t]))
                .collect();
            let taught = TrainingBatch {
                tokens: &tokens,
                decoder_inputs: &every_token_before(&tokens, batch.len()),
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
    Ok(right)
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
