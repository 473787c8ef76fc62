//! Generates and lists the melodies of `blend` and `path`.

use std::path::Path;

use serde::Serialize;

use super::error::CliError;
use super::terminal::{TerminalProgress, is_quiet, print_json, print_line, print_written};
use crate::melody::edit_distance;
use crate::model::Engine;
use crate::sweep::{self, GenerateKind, GenerateRequest, Generated};

/// Generates melodies with a progress bar.
pub(super) fn generate(kind: GenerateKind, engine: &mut Engine) -> Result<Generated, CliError> {
    let mut bar = TerminalProgress::new();
    let generated = sweep::generate(&GenerateRequest { set: 0, kind }, engine, &mut bar)?;
    bar.finish();
    Ok(generated)
}

/// A melody of a blend or path, as it is listed.
#[derive(Serialize)]
struct ListedStep {
    step: usize,
    /// Fraction of the path.
    #[serde(rename = "share")]
    fraction: f64,
    notes: usize,
    /// Edit distance from the previous melody.
    distance: Option<f64>,
}

/// Lists the melodies, unless the command is quiet, and names the folder that they were written to.
pub(super) fn print_steps(
    generated: &Generated,
    out: Option<&Path>,
    as_json: bool,
) -> Result<(), CliError> {
    let melodies = generated.melodies.iter().enumerate();
    let steps: Vec<ListedStep> = melodies
        .map(|(step, melody)| ListedStep {
            step,
            fraction: generated.fractions.get(step).copied().unwrap_or(0.0),
            notes: melody.melody.notes().len(),
            distance: step
                .checked_sub(1)
                .and_then(|previous| generated.melodies.get(previous))
                .map(|previous| edit_distance(&previous.melody, &melody.melody)),
        })
        .collect();
    if as_json {
        let result = serde_json::json!({ "melodies": steps, "out": out });
        return Ok(print_json(&result)?);
    }
    if is_quiet() {
        return Ok(());
    }
    print_line("step  share  notes  distance");
    for step in steps {
        let distance = step.distance.map(|distance| distance.to_string());
        print_line(&format!(
            "{:>4}  {:>5.3}  {:>5}  {:>8}",
            step.step,
            step.fraction,
            step.notes,
            distance.unwrap_or_default()
        ));
    }
    if let Some(folder) = out {
        print_written(folder);
    }
    Ok(())
}
