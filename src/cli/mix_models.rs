//! `tunescape mix-models`: writes the weighted mean of two models.

use serde_json::json;

use super::args::MixModelsArgs;
use super::engine::open_weights;
use super::error::CliError;
use super::model::refuse_existing;
use super::terminal::{is_quiet, print_json, print_line};
use crate::model::{FloatFormat, mix_weights, percent_text};

pub(super) fn run(arguments: &MixModelsArgs) -> Result<(), CliError> {
    refuse_existing(&arguments.out, arguments.overwrite)?;
    let first = open_weights(arguments.model.as_deref())?;
    let second = open_weights(Some(&arguments.second))?;
    let fraction = arguments.fraction;
    let mixed = mix_weights(&first, &second, fraction)?;
    mixed.save(&arguments.out, FloatFormat::Float32)?;
    if arguments.json.json {
        let model = |name: &str, hash: &str| json!({ "name": name, "hash": hash });
        print_json(&json!({
            "model": mixed.hash(),
            "fraction": fraction,
            "mixed_from": [
                model(first.name(), first.hash()),
                model(second.name(), second.hash()),
            ],
        }))?;
    } else if !is_quiet() {
        print_line(&format!(
            "{} of {} and {} of {} written to {}",
            percent_text(1.0 - fraction),
            first.name(),
            percent_text(fraction),
            second.name(),
            arguments.out.display()
        ));
    }
    Ok(())
}
