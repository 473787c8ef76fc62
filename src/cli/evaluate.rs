//! `tunescape evaluate`: the figures of a model, as a table and as JSON.

use super::args::EvaluateArgs;
use super::engine::weights;
use super::error::CliError;
use super::terminal::print_line;
use crate::melody::{STEPS_PER_BAR, TrainingWindowOptions};
use crate::training::{Corpus, Evaluation, Split, evaluate};

pub(super) fn run(arguments: &EvaluateArgs) -> Result<(), CliError> {
    if arguments.draws == 0 {
        let advice = "--draws cannot be 0; it takes a whole number, 1 or more";
        return Err(CliError::Usage(advice.to_owned()));
    }
    let weights = weights(arguments.weights.as_deref())?;
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
            let train = Split::Named {
                table: table.clone(),
                name: "train".to_owned(),
            };
            Some(Corpus::read(&arguments.corpus, &train, &options)?)
        }
        Split::All => None,
    };
    let figures = evaluate(
        &weights,
        &corpus,
        training_corpus.as_ref().unwrap_or(&corpus),
        arguments.draws,
        arguments.seed,
        &arguments.device,
    )?;
    print_line(&table(&figures));
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&figures)?;
        std::fs::write(path, text + "\n").map_err(|source| CliError::file(path, source))?;
    }
    Ok(())
}

/// The figures as text, one per line; a second column has those without the windows that the training split has too.
fn table(figures: &Evaluation) -> String {
    let all = rows(figures);
    let mut lines = Vec::new();
    if let Some(shared) = figures.shared_windows {
        let fraction = 100.0 * shared as f64 / figures.windows.max(1) as f64;
        let shared = format!("{shared} ({fraction:.1} %)");
        lines.push(format!("{:<34}{shared}", "windows that train has too"));
    }
    let Some(without) = &figures.without_shared_windows else {
        lines.extend(all.iter().map(|(name, all)| format!("{name:<34}{all}")));
        return lines.join("\n");
    };
    lines.push(format!("{:<34}{:<16}without these", "", "all windows"));
    for ((name, all), (_, without)) in all.iter().zip(rows(without)) {
        lines.push(format!("{name:<34}{all:<16}{without}"));
    }
    lines.join("\n")
}

/// Each figure's name and value.
fn rows(figures: &Evaluation) -> Vec<(String, String)> {
    let percent = |fraction: f64| format!("{:.1} %", 100.0 * fraction);
    let rows = [
        ("windows", figures.windows.to_string()),
        (
            "token accuracy, teacher-forced",
            format!("{:.3}", figures.token_accuracy_teacher_forced),
        ),
        (
            "token accuracy, greedy",
            format!("{:.3}", figures.token_accuracy_greedy),
        ),
        (
            "onset accuracy, greedy",
            format!("{:.3}", figures.onset_accuracy),
        ),
        ("exact reconstructions", percent(figures.exact)),
        ("KL divergence, nats", format!("{:.1}", figures.kl_nats)),
        ("active dimensions", figures.active_dimensions.to_string()),
        ("prior: draws", figures.prior_draws.to_string()),
        ("prior: empty", percent(figures.prior_empty)),
        ("prior: distinct", percent(figures.prior_distinct)),
        (
            "prior: histogram overlap, mean",
            format!("{:.3}", figures.prior_overlap),
        ),
        (
            "  what was learnt overlaps by",
            format!("{:.3}", figures.training_overlap),
        ),
        (
            "prior: copies of what was learnt",
            percent(figures.prior_copies),
        ),
        ("prior: notes in scale", percent(figures.in_scale_prior)),
        ("corpus: notes in scale", percent(figures.in_scale_corpus)),
        (
            "prior: notes per bar",
            format!(
                "{:.2} ± {:.2}",
                figures.prior_notes_per_bar, figures.prior_notes_per_bar_sd
            ),
        ),
        (
            "corpus: notes per bar",
            format!(
                "{:.2} ± {:.2}",
                figures.corpus_notes_per_bar, figures.corpus_notes_per_bar_sd
            ),
        ),
    ];
    let overlaps = figures
        .prior_overlaps
        .iter()
        .chain(&figures.prior_further_overlaps)
        .map(|(name, overlap)| (format!("  overlap, {name}"), format!("{overlap:.3}")));
    let rows = rows.map(|(name, value)| (name.to_owned(), value));
    rows.into_iter().chain(overlaps).collect()
}
