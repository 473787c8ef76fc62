//! Evaluation of a model: reconstruction of real melodies, and draws of the prior.

use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

use serde::Serialize;

use super::batch::time_major;
use super::corpus::Corpus;
use super::error::TrainingError;
use super::feature_histograms::{FeatureHistograms, copy_fraction};
use super::gradient::{Objective, WeightLayout, accumulate_gradient, shifted_tokens};
use super::reconstruction::{ReconstructionMetrics, Reconstructions};
use crate::attributes::attribute;
use crate::latent::{LatentPoint, prior_point};
use crate::melody::{Melody, Tokens};
use crate::model::{
    CheckpointError, DeviceChoice, Engine, MatmulFormat, MelodyModel as _, Sampling, TrainingBatch,
    Weights,
};
use crate::statistics;

/// Mean KL divergence above which a latent dimension is active, in nats.
pub const ACTIVE_NATS: f64 = 0.05;
/// Number of melodies per teacher-forced batch.
const BATCH: usize = 64;

/// The metrics of one model on one corpus.
#[derive(Clone, Debug, Serialize)]
pub struct Evaluation {
    /// Number of corpus windows that were reconstructed.
    pub windows: usize,
    /// Fraction of correctly predicted tokens, given the target tokens before them, from the posterior's mean.
    pub token_accuracy_teacher_forced: f64,
    /// Fraction of correct tokens of a greedy decode from the posterior's mean.
    pub token_accuracy_greedy: f64,
    /// Of the steps with a note-on, the fraction at which the reconstruction has the same note-on.
    pub onset_accuracy: f64,
    /// Fraction of melodies with all tokens correct.
    pub exact: f64,
    /// KL divergence of the posterior from the prior, nats: sum over the dimensions, mean over the windows.
    pub kl_nats: f64,
    /// Number of dimensions whose mean KL divergence exceeds 0.05 nats.
    pub active_dimensions: usize,
    /// Number of prior draws that were decoded.
    pub prior_draws: usize,
    /// Fraction of these draws without a note.
    pub prior_empty: f64,
    /// Number of distinct melodies, token by token, as a fraction of these draws.
    pub prior_distinct: f64,
    /// Mean of [`Self::prior_overlaps`], 0 to 1.
    pub prior_overlap: f64,
    /// Overlap of each histogram of the draws with that of the corpus windows, by the histogram's id, 0 to 1: the sum over the bins
    /// of the smaller of the two fractions. Six histograms: the four attributes of the study, pitch class and note length.
    pub prior_overlaps: BTreeMap<&'static str, f64>,
    /// The same for the histograms that [`Self::prior_overlap`] leaves out: notes inside and outside the scale, pitches,
    /// intervals and pairs of them, silent steps, inter-onset intervals, onset steps, distinct pitches, steps equal to those a
    /// bar earlier.
    pub prior_further_overlaps: BTreeMap<&'static str, f64>,
    /// Mean overlap of the training corpus with the corpus windows, an upper bound of what the draws can be expected to reach.
    #[serde(rename = "learnt_overlap")]
    pub training_overlap: f64,
    /// Fraction of the draws that copy a window of the training corpus, transposed or not.
    pub prior_copies: f64,
    /// Fraction of the draws' notes inside the best-fitting diatonic scale of their melody.
    pub in_scale_prior: f64,
    /// The same for the corpus windows.
    pub in_scale_corpus: f64,
    /// Mean notes per bar of the draws that have notes.
    pub prior_notes_per_bar: f64,
    /// Its standard deviation.
    pub prior_notes_per_bar_sd: f64,
    /// Mean notes per bar of the corpus windows.
    pub corpus_notes_per_bar: f64,
    /// Its standard deviation.
    pub corpus_notes_per_bar_sd: f64,
    /// Number of windows that the training corpus has too, transposed or not; `None` if both corpora are the same.
    pub shared_windows: Option<usize>,
    /// The same metrics without these windows; `None` if no window is left or both corpora are the same.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub without_shared_windows: Option<Box<Evaluation>>,
}

/// Measures a model on `corpus`. `prior_draws` latent points are drawn from `seed`; decoding is greedy. The draws are searched for
/// copies of the windows of `training_corpus`. Unless `corpus` and `training_corpus` are the same object, [`Evaluation`] also has
/// the number of windows that both contain and, if there are others, the metrics of those.
///
/// # Errors
/// [`TrainingError`] for a hierarchical model, if the windows do not fit the model, or if the device fails.
pub fn evaluate(
    weights: &Arc<Weights>,
    corpus: &Corpus,
    training_corpus: &Corpus,
    prior_draws: usize,
    seed: u64,
    device: &DeviceChoice,
) -> Result<Evaluation, TrainingError> {
    if weights.config().hierarchy.is_some() {
        return Err(CheckpointError::Hierarchical.into());
    }
    let mut engine = Engine::open(Arc::clone(weights), device)?;
    let windows: Vec<Tokens> = corpus.windows().cloned().collect();
    let reconstructions = Reconstructions::compute(&mut engine, &windows)?;
    let prior_sample = PriorSample::generate(&mut engine, training_corpus, prior_draws, seed)?;
    let steps = weights.config().steps;
    let metrics =
        |windows: &[Tokens], correct_tokens: f64, reconstruction: &ReconstructionMetrics| {
            let teacher_forced = correct_tokens / (windows.len() * steps).max(1) as f64;
            prior_sample.evaluate(windows, teacher_forced, reconstruction)
        };
    if std::ptr::eq(corpus, training_corpus) {
        let correct = correct_tokens(weights, &windows)?;
        return Ok(metrics(
            &windows,
            correct,
            &reconstructions.metrics(|_| true),
        ));
    }
    let is_shared = corpus.windows_also_in(training_corpus);
    let [unshared_windows, shared_windows] = [false, true].map(|shared| {
        let pairs = windows.iter().zip(&is_shared);
        let selected = pairs.filter(|(_, is_shared)| **is_shared == shared);
        selected
            .map(|(window, _)| window.clone())
            .collect::<Vec<_>>()
    });
    let unshared_correct = correct_tokens(weights, &unshared_windows)?;
    let correct = unshared_correct + correct_tokens(weights, &shared_windows)?;
    let mut evaluation = metrics(&windows, correct, &reconstructions.metrics(|_| true));
    evaluation.shared_windows = Some(shared_windows.len());
    if !unshared_windows.is_empty() {
        let reconstruction = reconstructions.metrics(|index| !is_shared[index]);
        let mut unshared_evaluation = metrics(&unshared_windows, unshared_correct, &reconstruction);
        unshared_evaluation.shared_windows = Some(0);
        evaluation.without_shared_windows = Some(Box::new(unshared_evaluation));
    }
    Ok(evaluation)
}

/// Metrics of decoded prior draws and of the training corpus that do not depend on the evaluated windows.
struct PriorSample {
    draw_count: usize,
    empty_fraction: f64,
    distinct_fraction: f64,
    copy_fraction: f64,
    histograms: FeatureHistograms,
    training_histograms: FeatureHistograms,
    notes_per_bar: Vec<f64>,
}

impl PriorSample {
    fn generate(
        engine: &mut Engine,
        training_corpus: &Corpus,
        draws: usize,
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let latent_size = engine.weights().config().latent_size;
        let points: Vec<LatentPoint> = (0..draws as u64)
            .map(|index| prior_point(latent_size, seed, index))
            .collect();
        let melodies = engine.decode(&points, &Sampling::Greedy)?;
        let distinct = melodies.iter().collect::<HashSet<_>>().len();
        let notes_per_bar = notes_per_bar(&melodies);
        let fraction = |count: usize| count as f64 / draws.max(1) as f64;
        let training_windows: Vec<Tokens> = training_corpus.windows().cloned().collect();
        Ok(Self {
            draw_count: draws,
            empty_fraction: 1.0 - fraction(notes_per_bar.len()),
            distinct_fraction: fraction(distinct),
            copy_fraction: copy_fraction(&melodies, training_corpus.windows()),
            histograms: FeatureHistograms::compute(&melodies),
            training_histograms: FeatureHistograms::compute(&training_windows),
            notes_per_bar,
        })
    }

    /// The metrics of these windows and of the draws compared with them.
    fn evaluate(
        &self,
        windows: &[Tokens],
        teacher_forced: f64,
        reconstruction: &ReconstructionMetrics,
    ) -> Evaluation {
        let kl = &reconstruction.kl_by_dimension;
        let window_histograms = FeatureHistograms::compute(windows);
        let overlaps = |in_mean_overlap: bool| {
            self.histograms
                .overlaps(&window_histograms)
                .filter(move |(feature, _)| feature.in_mean_overlap == in_mean_overlap)
                .map(|(feature, overlap)| (feature.id, overlap))
        };
        let corpus_notes_per_bar = notes_per_bar(windows);
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
            prior_draws: self.draw_count,
            prior_empty: self.empty_fraction,
            prior_distinct: self.distinct_fraction,
            prior_overlap: self.histograms.overlap(&window_histograms),
            prior_overlaps: overlaps(true).collect(),
            prior_further_overlaps: overlaps(false).collect(),
            training_overlap: self.training_histograms.overlap(&window_histograms),
            prior_copies: self.copy_fraction,
            in_scale_prior: self.histograms.in_scale(),
            in_scale_corpus: window_histograms.in_scale(),
            prior_notes_per_bar: mean(&self.notes_per_bar),
            prior_notes_per_bar_sd: deviation(&self.notes_per_bar),
            corpus_notes_per_bar: mean(&corpus_notes_per_bar),
            corpus_notes_per_bar_sd: deviation(&corpus_notes_per_bar),
            shared_windows: None,
            without_shared_windows: None,
        }
    }
}

/// Number of tokens predicted correctly from the posterior's mean, given the target tokens before them.
///
/// # Shapes
/// - the batch of the gradient: `tokens` and `decoder_inputs` `[steps, batch]` (time first), `noise` `[batch, latent_size]`, all
///   zero for the posterior's mean
fn correct_tokens(weights: &Weights, windows: &[Tokens]) -> Result<f64, TrainingError> {
    let config = weights.config();
    let layout = WeightLayout::new(config);
    let flat = layout.flatten(weights.parameters())?;
    let objective = Objective {
        beta: 0.0,
        free_nats: 0.0,
    };
    let mut unused_gradient = vec![0.0; layout.len()];
    let correct = windows
        .chunks(BATCH)
        .map(|batch| {
            let tokens = time_major(batch, config.steps);
            let batch = TrainingBatch {
                decoder_inputs: shifted_tokens(&tokens, batch.len()),
                tokens,
                noise: vec![0.0; batch.len() * config.latent_size],
                prior_draws: 0,
            };
            accumulate_gradient(
                &layout,
                &flat,
                &batch,
                objective,
                MatmulFormat::Float32,
                &mut unused_gradient,
            )
            .correct_tokens
        })
        .sum();
    Ok(correct)
}

/// Notes per bar of every melody that has notes.
fn notes_per_bar(melodies: &[Tokens]) -> Vec<f64> {
    let Some(density) = attribute("note_density") else {
        return Vec::new();
    };
    melodies
        .iter()
        .filter_map(|tokens| (density.measure)(&Melody::from_tokens(tokens.clone())))
        .map(density.to_display_unit)
        .collect()
}
