//! `tunescape inspect` and `tunescape convert`: describing a checkpoint, and writing it as a safetensors file or a folder.

use std::path::Path;

use serde_json::json;

use super::args::{ConvertArgs, InspectArgs};
use super::error::CliError;
use super::terminal::print_line;
use crate::files::entry_exists;
use crate::model::{FloatFormat, Weights};
use crate::session::check_output_folder;
use crate::wording::{count_with_noun, noun_form};

/// Prints the format, sizes and hash of a checkpoint.
pub(super) fn inspect(arguments: &InspectArgs) -> Result<(), CliError> {
    let weights = Weights::open_or_default(arguments.file.as_deref())?;
    print_line(&if arguments.json.json {
        as_json(&weights)
    } else {
        as_lines(&weights)
    });
    Ok(())
}

/// Writes a checkpoint as a safetensors file.
pub(super) fn convert(arguments: &ConvertArgs) -> Result<(), CliError> {
    let out = arguments.output.as_path();
    if arguments.folder {
        check_output_folder(out, arguments.overwrite)?;
    } else {
        refuse_existing(out, arguments.overwrite)?;
    }
    let weights = Weights::open(&arguments.input)?;
    let format = if arguments.half {
        FloatFormat::Float16
    } else {
        FloatFormat::Float32
    };
    if arguments.folder {
        weights.save_folder(out, format)?;
    } else {
        weights.save(out, format)?;
    }
    print_line(&format!(
        "{} ({}) written to {}",
        weights.name(),
        weights.format(),
        out.display()
    ));
    Ok(())
}

/// An error if the path exists and may not be overwritten.
pub(super) fn refuse_existing(path: &Path, overwrite: bool) -> Result<(), CliError> {
    if overwrite || !entry_exists(path) {
        return Ok(());
    }
    Err(CliError::AlreadyExists {
        path: path.to_owned(),
    })
}

fn as_lines(weights: &Weights) -> String {
    let config = weights.config();
    let layers = |units: &[usize]| {
        let units: Vec<String> = units.iter().map(usize::to_string).collect();
        units.join(" + ")
    };
    let mut rows = vec![
        ("name", weights.name().to_owned()),
        ("format", weights.format().to_string()),
        ("kind", kind(weights).to_owned()),
        ("melody", {
            let bars = config.bars();
            format!(
                "{bars} {}, {}, {}",
                noun_form(bars.ceil() as usize, "bar"),
                count_with_noun(config.steps, "step"),
                count_with_noun(config.vocab_size, "token")
            )
        }),
        ("latent size", config.latent_size.to_string()),
        (
            "encoder",
            format!("bidirectional LSTM {}", layers(&config.encoder_layers)),
        ),
    ];
    if let Some(hierarchy) = &config.hierarchy {
        let segment_layers = &hierarchy.segment_encoder_layers;
        if !segment_layers.is_empty() {
            rows.push((
                "encoder of segments",
                format!("bidirectional LSTM {}", layers(segment_layers)),
            ));
        }
        rows.push((
            "conductor",
            format!(
                "LSTM {}, {} of {}",
                layers(&hierarchy.conductor_layers),
                count_with_noun(hierarchy.segments, "segment"),
                count_with_noun(config.segment_steps(), "step")
            ),
        ));
    }
    rows.push((
        "decoder",
        format!("LSTM {}", layers(&config.decoder_layers)),
    ));
    rows.push(("parameters", config.parameter_count().to_string()));
    rows.push(("hash", weights.hash().to_owned()));
    rows.iter()
        .map(|(name, value)| format!("{name:<24}{value}"))
        .collect::<Vec<_>>()
        .join("\n")
}

fn as_json(weights: &Weights) -> String {
    let config = weights.config();
    let value = json!({
        "name": weights.name(),
        "form": weights.format().to_string(),
        "kind": kind(weights),
        "bars": config.bars(),
        "config": config,
        "parameters": config.parameter_count(),
        "hash": weights.hash(),
        "provenance": weights.provenance(),
    });
    serde_json::to_string_pretty(&value).unwrap_or_default()
}

/// The kind of model, as text.
fn kind(weights: &Weights) -> &'static str {
    if weights.config().hierarchy.is_some() {
        "hierarchical MusicVAE of melodies"
    } else {
        "flat MusicVAE of melodies"
    }
}
