//! `tunescape evaluate`: the figures of a model, as a table and as JSON.

use super::args::EvaluateArgs;
use super::progress::print;
use super::{CliError, weights};
use crate::melody::{STEPS_PER_BAR, WindowOptions};
use crate::training::{Corpus, Evaluation, Split, evaluate};

pub(super) fn run(arguments: &EvaluateArgs) -> Result<(), CliError> {
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
    let options = WindowOptions {
        bars: weights.config().steps / STEPS_PER_BAR,
        ..WindowOptions::default()
    };
    let corpus = Corpus::read(&arguments.corpus, &split, &options)?;
    let figures = evaluate(
        &weights,
        &corpus,
        arguments.draws,
        arguments.seed,
        &arguments.device,
    )?;
    print(&table(&figures));
    if let Some(path) = &arguments.json {
        let text = serde_json::to_string_pretty(&figures).unwrap_or_default();
        std::fs::write(path, text + "\n").map_err(|source| CliError::File {
            path: path.clone(),
            source,
        })?;
    }
    Ok(())
}

fn table(figures: &Evaluation) -> String {
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
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
    rows.map(|(name, value)| format!("{name:<32}{value}"))
        .join("\n")
}
