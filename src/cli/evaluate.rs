//! `tunescape evaluate`: the metrics of a model, as a table and as JSON.

use super::args::EvaluateArgs;
use super::engine::open_weights;
use super::error::CliError;
use super::terminal::{print_json, print_line};
use crate::melody::{STEPS_PER_BAR, TrainingWindowOptions};
use crate::training::{Corpus, Evaluation, Split, evaluate};

pub(super) fn run(arguments: &EvaluateArgs) -> Result<(), CliError> {
    if arguments.draws == 0 {
        let advice = "--draws cannot be 0; it takes a whole number, 1 or more";
        return Err(CliError::Usage(advice.to_owned()));
    }
    let weights = open_weights(arguments.weights.as_deref())?;
    let split = arguments
        .split
        .as_ref()
        .map_or(Split::All, |name| Split::Named {
            table: arguments
                .split_file
                .clone()
                .unwrap_or_else(|| arguments.corpus.join("split.csv")),
            name: name.clone(),
        });
    let options = TrainingWindowOptions {
        bars: weights.config().steps / STEPS_PER_BAR,
        ..TrainingWindowOptions::default()
    };
    let corpus = Corpus::read(&arguments.corpus, &split, &options)?;
    // The `train` rows of the split table are the training corpus.
    let training_corpus = match &split {
        Split::Named { table, .. } => {
            let train_split = Split::Named {
                table: table.clone(),
                name: "train".to_owned(),
            };
            Some(Corpus::read(&arguments.corpus, &train_split, &options)?)
        }
        Split::All => None,
    };
    let metrics = evaluate(
        &weights,
        &corpus,
        training_corpus.as_ref().unwrap_or(&corpus),
        arguments.draws,
        arguments.seed,
        &arguments.device,
    )?;
    let legacy_file = arguments.json.as_ref().and_then(Option::as_ref);
    for path in arguments.metrics_out.iter().chain(legacy_file) {
        let text = serde_json::to_string_pretty(&metrics)?;
        std::fs::write(path, text + "\n").map_err(|source| CliError::file(path, source))?;
    }
    if matches!(arguments.json, Some(None)) {
        return Ok(print_json(&metrics)?);
    }
    print_line(&metrics_table(&metrics));
    Ok(())
}

/// The metrics as text, one per line. A second column has the metrics without the windows that the training split contains too.
fn metrics_table(metrics: &Evaluation) -> String {
    let all_rows = rows(metrics);
    let mut lines = Vec::new();
    if let Some(shared) = metrics.shared_windows {
        let fraction = 100.0 * shared as f64 / metrics.windows.max(1) as f64;
        let shared = format!("{shared} ({fraction:.1} %)");
        lines.push(format!("{:<34}{shared}", "windows that train has too"));
    }
    let Some(metrics_without_shared) = &metrics.without_shared_windows else {
        lines.extend(
            all_rows
                .iter()
                .map(|(name, all)| format!("{name:<34}{all}")),
        );
        return lines.join("\n");
    };
    lines.push(format!("{:<34}{:<16}without these", "", "all windows"));
    for ((name, all), (_, without_shared)) in all_rows.iter().zip(rows(metrics_without_shared)) {
        lines.push(format!("{name:<34}{all:<16}{without_shared}"));
    }
    lines.join("\n")
}

/// Each metric's name and value.
fn rows(metrics: &Evaluation) -> Vec<(String, String)> {
    let percent = |fraction: f64| format!("{:.1} %", 100.0 * fraction);
    let rows = [
        ("windows", metrics.windows.to_string()),
        (
            "token accuracy, teacher-forced",
            format!("{:.3}", metrics.token_accuracy_teacher_forced),
        ),
        (
            "token accuracy, greedy",
            format!("{:.3}", metrics.token_accuracy_greedy),
        ),
        (
            "onset accuracy, greedy",
            format!("{:.3}", metrics.onset_accuracy),
        ),
        ("exact reconstructions", percent(metrics.exact)),
        ("KL divergence, nats", format!("{:.1}", metrics.kl_nats)),
        ("active dimensions", metrics.active_dimensions.to_string()),
        ("prior: draws", metrics.prior_draws.to_string()),
        ("prior: empty", percent(metrics.prior_empty)),
        ("prior: distinct", percent(metrics.prior_distinct)),
        (
            "prior: histogram overlap, mean",
            format!("{:.3}", metrics.prior_overlap),
        ),
        (
            "  overlap of the training corpus",
            format!("{:.3}", metrics.training_overlap),
        ),
        (
            "prior: copies from training corpus",
            percent(metrics.prior_copies),
        ),
        ("prior: notes in scale", percent(metrics.in_scale_prior)),
        ("corpus: notes in scale", percent(metrics.in_scale_corpus)),
        (
            "prior: notes per bar",
            format!(
                "{:.2} ± {:.2}",
                metrics.prior_notes_per_bar, metrics.prior_notes_per_bar_sd
            ),
        ),
        (
            "corpus: notes per bar",
            format!(
                "{:.2} ± {:.2}",
                metrics.corpus_notes_per_bar, metrics.corpus_notes_per_bar_sd
            ),
        ),
    ];
    let overlaps = metrics
        .prior_overlaps
        .iter()
        .chain(&metrics.prior_further_overlaps)
        .map(|(name, overlap)| (format!("  overlap, {name}"), format!("{overlap:.3}")));
    let rows = rows.map(|(name, value)| (name.to_owned(), value));
    rows.into_iter().chain(overlaps).collect()
}
