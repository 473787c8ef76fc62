//! `tunescape learn`: fine-tunes a model on the melodies of a folder, and prints metrics before and after.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::args::LearnArgs;
use super::engine::open_weights;
use super::error::CliError;
use super::model::refuse_existing;
use super::terminal::{TerminalProgress, is_quiet, print_json, print_line, print_notice};
use super::train::{checkpoint_path, report_corpus, report_validation, show_progress};
use crate::melody::{STEPS_PER_BAR, Tokens, TrainingWindowOptions};
use crate::model::{DeviceChoice, Weights};
use crate::progress::{Observer, Progress};
use crate::training::{
    Corpus, CorpusSummary, CurvePoint, Evaluation, FineTuneInput, Split, TrainObserver,
    TrainProgress, TrainingError, evaluate, file_hashes, fine_tune, fine_tuning_config,
    rehearsal_melodies,
};

/// Number of draws of the prior for the metrics, and of melodies for `prior_reconstruction`.
const DRAWS: usize = 2_000;

pub(super) fn run(arguments: &LearnArgs) -> Result<(), CliError> {
    let time_limit = time_limit(arguments)?;
    let checkpoint = checkpoint_path(&arguments.out);
    let resumes = checkpoint.exists() && !arguments.restart;
    refuse_existing(&arguments.out, arguments.overwrite || resumes)?;
    let start_weights = open_weights(arguments.model.as_deref())?;
    let mut config = fine_tuning_config(&start_weights, arguments.seed);
    // With a number of examples the result does not depend on how fast the machine is.
    config.examples = arguments.examples.unwrap_or(MAX_EXAMPLES);
    config.validate()?;
    let options = TrainingWindowOptions {
        bars: config.model.steps / STEPS_PER_BAR,
        ..TrainingWindowOptions::default()
    };
    let corpus = Corpus::read(&arguments.folder, &Split::All, &options)?;
    report_corpus(&corpus);
    report_melodies(&corpus);
    if checkpoint.exists() && !resumes {
        remove_checkpoint(&checkpoint);
    }
    if resumes {
        print_notice(&format!("Going on from {}.", checkpoint.display()));
    }
    let learnt_from = serde_json::to_value(file_hashes(&arguments.folder, &corpus)?)?;
    let mut observer = TerminalFineTuneObserver(TerminalProgress::new());
    let input = FineTuneInput {
        learnt_from,
        time_limit,
        ..FineTuneInput::new(&start_weights, corpus, config, &checkpoint, &arguments.out)
    };
    let result = fine_tune(input, &mut observer)?;
    observer.0.finish();
    remove_checkpoint(&checkpoint);
    let (corpus, held_out) = (result.corpus, result.held_out);
    let fine_tuned = Arc::new(Weights::open(&arguments.out)?);
    let report = FineTuneReport {
        examples: result.examples,
        windows: corpus.len(),
        held_out: held_out.len(),
        model: fine_tuned.hash().to_owned(),
        started_from: start_weights.hash().to_owned(),
        before: Metrics::measure(&start_weights, &corpus, &held_out, arguments.seed)?,
        after: Metrics::measure(&fine_tuned, &corpus, &held_out, arguments.seed)?,
        // Other melodies than the rehearsal melodies.
        prior_reconstruction: prior_reconstruction(
            &start_weights,
            &fine_tuned,
            arguments.seed.wrapping_add(1),
        )?,
    };
    if arguments.json.json {
        print_json(&report)?;
    } else if !is_quiet() {
        print_line(&report.table());
        print_line(&format!("written to {}", arguments.out.display()));
    }
    Ok(())
}

/// How long the run may take; `None` if it ends after a number of examples.
fn time_limit(arguments: &LearnArgs) -> Result<Option<Duration>, CliError> {
    let minutes = arguments.minutes;
    if !(minutes > 0.0 && minutes <= MAX_MINUTES) {
        let advice = format!(
            "--minutes cannot be {minutes}; it takes a number above 0, up to {MAX_MINUTES}"
        );
        return Err(CliError::Usage(advice));
    }
    let is_timed = arguments.examples.is_none();
    Ok(is_timed.then(|| Duration::from_secs_f64(60.0 * minutes)))
}

/// Removes the checkpoint of a finished run, from which the same command would otherwise go on.
fn remove_checkpoint(checkpoint: &Path) {
    if let Err(error) = std::fs::remove_file(checkpoint)
        && error.kind() != std::io::ErrorKind::NotFound
    {
        print_notice(&format!(
            "{} could not be removed ({error}); the run is over, remove it yourself.",
            checkpoint.display()
        ));
    }
}

/// Longest run, minutes: a week.
const MAX_MINUTES: f64 = 10_080.0;
/// Examples of a run that ends by time.
const MAX_EXAMPLES: u64 = 1_000_000_000;

/// The printed report. Field names are keys of `--json`.
#[derive(Serialize)]
struct FineTuneReport {
    /// Melodies trained on, with repetition.
    examples: u64,
    /// Windows trained on.
    windows: usize,
    /// Windows held out.
    held_out: usize,
    /// Hash of the fine-tuned weights.
    model: String,
    /// Hash of the start model's weights.
    started_from: String,
    before: Metrics,
    after: Metrics,
    /// Fraction of the melodies drawn from the start model's prior that are reconstructed with every token: by the start model,
    /// then by the fine-tuned one.
    #[serde(rename = "kept")]
    prior_reconstruction: [f64; 2],
}

/// Metrics of one model on one folder.
#[derive(Serialize)]
struct Metrics {
    /// Fraction of the held-out windows that are reconstructed with every token; `None` if nothing was held out.
    exact: Option<f64>,
    /// Fraction of their note-ons at their step with their pitch.
    onsets: Option<f64>,
    /// Overlap between the histograms of draws of the prior and of the windows, mean of six histograms.
    overlap: f64,
    /// Fraction of the draws that equal a window trained on, up to transposition.
    copies: f64,
}

impl Metrics {
    fn measure(
        weights: &Arc<Weights>,
        corpus: &Corpus,
        held_out: &[Tokens],
        seed: u64,
    ) -> Result<Self, TrainingError> {
        let measure = |corpus: &Corpus, draws| {
            evaluate(weights, corpus, corpus, draws, seed, &DeviceChoice::Cpu)
        };
        let corpus_metrics = measure(corpus, DRAWS)?;
        let held_out_metrics: Option<Evaluation> = if held_out.is_empty() {
            None
        } else {
            Some(measure(&Corpus::from_windows("", held_out.to_vec()), 1)?)
        };
        Ok(Self {
            exact: held_out_metrics.as_ref().map(|metrics| metrics.exact),
            onsets: held_out_metrics
                .as_ref()
                .map(|metrics| metrics.onset_accuracy),
            overlap: corpus_metrics.prior_overlap,
            copies: corpus_metrics.prior_copies,
        })
    }
}

impl FineTuneReport {
    fn table(&self) -> String {
        let percent = |value: f64| format!("{:.1} %", 100.0 * value);
        let unknown = || "-".to_owned();
        let exact = |metrics: &Metrics| metrics.exact.map_or_else(unknown, percent);
        let onsets = |metrics: &Metrics| metrics.onsets.map_or_else(unknown, percent);
        let overlap = |metrics: &Metrics| format!("{:.3}", metrics.overlap);
        let (before, after) = (&self.before, &self.after);
        let rows = [
            ("unseen windows: every token", exact(before), exact(after)),
            ("unseen windows: notes", onsets(before), onsets(after)),
            ("draws: overlap with yours", overlap(before), overlap(after)),
            (
                "draws: copies of yours",
                percent(before.copies),
                percent(after.copies),
            ),
            (
                "what the model drew before",
                percent(self.prior_reconstruction[0]),
                percent(self.prior_reconstruction[1]),
            ),
        ];
        let mut lines = vec![format!("{:<34}{:<10}after", "", "before")];
        lines.extend(rows.map(|(name, before, after)| format!("{name:<34}{before:<10}{after}")));
        lines.join("\n")
    }
}

/// The fraction of the melodies drawn from the prior of `start_weights` that each model reconstructs with every token: the start
/// model, then the fine-tuned one.
fn prior_reconstruction(
    start_weights: &Arc<Weights>,
    fine_tuned: &Arc<Weights>,
    seed: u64,
) -> Result<[f64; 2], CliError> {
    let melodies = rehearsal_melodies(start_weights, DRAWS, seed, &mut |_| Ok(()))?;
    let drawn_corpus = Corpus::from_windows("", melodies);
    let exact = |weights: &Arc<Weights>| {
        evaluate(
            weights,
            &drawn_corpus,
            &drawn_corpus,
            1,
            seed,
            &DeviceChoice::Cpu,
        )
        .map(|metrics| metrics.exact)
    };
    Ok([exact(start_weights)?, exact(fine_tuned)?])
}

/// Says how busy the melodies are and in which keys.
fn report_melodies(corpus: &Corpus) {
    let summary = CorpusSummary::new(corpus);
    print_notice(&summary.melodies_text());
    if let Some(text) = summary.too_few_text() {
        print_notice(&text);
    }
}

/// Shows the progress of a run.
struct TerminalFineTuneObserver(TerminalProgress);

impl TrainObserver for TerminalFineTuneObserver {
    fn training_progress(&mut self, progress: TrainProgress) {
        show_progress(&mut self.0, progress);
    }

    fn validated(&mut self, curve: &[CurvePoint]) {
        report_validation(curve);
    }
}

impl Observer for TerminalFineTuneObserver {
    fn progress(&mut self, progress: Progress) {
        self.0.progress(progress);
    }

    fn cancelled(&self) -> bool {
        self.0.cancelled()
    }
}
