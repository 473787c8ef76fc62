//! Encoded melodies as a folder of files.

use std::path::Path;

use serde::Serialize;

use super::error::ExportError;
use super::generated_record::{GeneratedRecord, ModelInfo};
use super::naming::digits;
use super::output_folder::OutputFolder;
use crate::latent::LatentPoint;
use crate::melody::{ImportReport, Melody, Track};
use crate::sweep::Generated;

/// Position of an encoded melody in its song.
#[derive(Clone, Copy, Debug)]
pub struct EncodedWindow {
    /// Number of the window, counted from 1.
    pub window: usize,
    /// First bar, counted from 1.
    pub bar: u64,
}

/// Encoded melodies and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct EncodeRun<'a> {
    /// The result of encoding.
    pub generated: &'a Generated,
    /// The window of each melody.
    pub windows: &'a [EncodedWindow],
    /// Name of the song's file.
    pub song: &'a str,
    /// Name of the part.
    pub part: &'a str,
    /// Notices of the import, in sentences.
    pub notices: &'a [String],
    /// The same in numbers.
    pub report: &'a ImportReport,
    /// The model.
    pub model: ModelInfo<'a>,
}

/// What melodies were encoded from, in their record.
#[derive(Serialize)]
struct EncodeInput<'a> {
    song: &'a str,
    track: &'a str,
    #[serde(rename = "remarks")]
    notices: &'a [String],
    import: &'a ImportReport,
    mean_token_accuracy: f64,
    mean_onset_accuracy: f64,
}

/// Writes encoded melodies: `windows.csv`, `mu.npy` and `sigma.npy` (float32, `[windows, latent]`), `tokens.npy` and
/// `reconstructed_tokens.npy` (uint8, `[windows, steps]`), `melodies/window_NNN.mid`, `reconstructions/window_NNN.mid`,
/// and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_encoded(
    run: &EncodeRun<'_>,
    folder: &Path,
    overwrite: bool,
) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let generated = run.generated;
    let last = run.windows.iter().map(|w| w.window).max();
    let width = digits(last.map_or(0, |last| last + 1), 3);
    let name = |at: &EncodedWindow| format!("window_{:0width$}.mid", at.window);
    let track = |what: &str, at: &EncodedWindow, melody| {
        let text = format!(
            "{what} of {}, {}, bar {}, weights {}, tunescape {}",
            run.song,
            run.part,
            at.bar,
            run.model.weights_hash,
            env!("CARGO_PKG_VERSION")
        );
        let title = format!("{}, bar {}", run.song, at.bar);
        (
            name(at),
            Track {
                melody,
                name: title,
                text,
            },
        )
    };
    let originals: Vec<&Melody> = generated
        .originals
        .iter()
        .map(|(melody, _)| &**melody)
        .collect();
    let decoded: Vec<&Melody> = generated
        .melodies
        .iter()
        .map(|melody| &*melody.melody)
        .collect();
    for (inner, what, melodies) in [
        ("melodies", "window", &originals),
        ("reconstructions", "reconstruction", &decoded),
    ] {
        let pairs = run.windows.iter().zip(melodies);
        let tracks = pairs.map(|(at, melody)| track(what, at, *melody));
        out.write_melodies(inner, &["window_"], tracks)?;
    }
    let (count, latent_size) = (generated.posteriors.len(), generated.latent_size());
    let means = generated
        .melodies
        .iter()
        .map(|melody| melody.latent.clone());
    out.write_latents("mu.npy", generated.melodies.len(), latent_size, means)?;
    let sigmas = generated.posteriors.iter().map(|p| p.sigma.clone());
    out.write_latents(
        "sigma.npy",
        count,
        latent_size,
        sigmas.map(LatentPoint::new),
    )?;
    for (name, melodies) in [
        ("tokens.npy", &originals),
        ("reconstructed_tokens.npy", &decoded),
    ] {
        out.write_tokens(name, run.model.steps, melodies.iter().copied())?;
    }
    write_table(run, &out, name)?;
    let count = generated.originals.len().max(1) as f64;
    let input = EncodeInput {
        song: run.song,
        track: run.part,
        notices: run.notices,
        import: run.report,
        mean_token_accuracy: generated
            .originals
            .iter()
            .map(|(_, q)| q.tokens)
            .sum::<f64>()
            / count,
        mean_onset_accuracy: generated
            .originals
            .iter()
            .map(|(_, q)| q.onsets)
            .sum::<f64>()
            / count,
    };
    out.write_record(&GeneratedRecord::new("encode", generated, run.model, input))
}

/// Writes `windows.csv`, with the file name of each window by `file_name`.
fn write_table(
    run: &EncodeRun<'_>,
    out: &OutputFolder,
    file_name: impl Fn(&EncodedWindow) -> String,
) -> Result<(), ExportError> {
    out.write("windows.csv", |out| {
        let mut table = csv::Writer::from_writer(out);
        let columns =
            "window,bar,notes,token_accuracy,onset_accuracy,edit_distance,melody,reconstruction";
        table.write_record(columns.split(','))?;
        for (at, (melody, quality)) in run.windows.iter().zip(&run.generated.originals) {
            let name = file_name(at);
            table.write_record([
                at.window.to_string(),
                at.bar.to_string(),
                melody.notes().len().to_string(),
                quality.tokens.to_string(),
                quality.onsets.to_string(),
                quality.distance.to_string(),
                format!("melodies/{name}"),
                format!("reconstructions/{name}"),
            ])?;
        }
        table.flush()
    })
}
