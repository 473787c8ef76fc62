//! Generates and lists the melodies of `blend` and `path`.

use super::error::CliError;
use super::terminal::{TerminalProgress, print_line};
use crate::latent::Interpolation;
use crate::melody::edit_distance;
use crate::model::Engine;
use crate::sweep::{self, GenerateKind, GenerateRequest, Generated};

/// The interpolation that `--way` names: `linear` or `spherical`.
pub(super) fn interpolation(name: &str) -> Interpolation {
    match name {
        "linear" => Interpolation::Linear,
        _ => Interpolation::Spherical,
    }
}

/// Generates melodies with a progress bar.
pub(super) fn generate(kind: GenerateKind, engine: &mut Engine) -> Result<Generated, CliError> {
    let mut bar = TerminalProgress::new(false);
    let generated = sweep::generate(&GenerateRequest { set: 0, kind }, engine, &mut bar)?;
    bar.finish();
    Ok(generated)
}

/// Prints a line for each melody: its fraction of the path, its notes, and the edit distance from the previous one.
pub(super) fn print_steps(generated: &Generated) {
    print_line("step  share  notes  distance");
    for (step, melody) in generated.melodies.iter().enumerate() {
        let distance = step
            .checked_sub(1)
            .and_then(|previous| generated.melodies.get(previous))
            .map(|previous| edit_distance(&previous.melody, &melody.melody).to_string());
        print_line(&format!(
            "{step:>4}  {:>5.3}  {:>5}  {:>8}",
            generated.fractions.get(step).copied().unwrap_or(0.0),
            melody.melody.notes().len(),
            distance.unwrap_or_default()
        ));
    }
}
