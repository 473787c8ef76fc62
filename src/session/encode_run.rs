//! Encoded melodies as a folder of files.

use std::path::Path;

use serde::Serialize;

use super::error::ExportError;
use super::generated_record::{GeneratedRecord, ModelInfo};
use super::naming::digits;
use super::output_folder::OutputFolder;
use super::share::{share_with_notes, text_with_shares};
use super::tables::{ColumnValues, cell, header};
use crate::attributes::AttributeRow;
use crate::latent::LatentPoint;
use crate::melody::{ImportReport, Melody, Reconstruction, Track};
use crate::sweep::Generated;

/// Position of an encoded melody in its song.
#[derive(Clone, Copy, Debug)]
pub struct EncodedWindow {
    /// Number of the window, counted from 1.
    pub window: usize,
    /// First bar, counted from 1.
    pub bar: u64,
}

/// Encoded melodies and their origin.
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
    /// Counts of the import.
    pub report: &'a ImportReport,
    /// The model.
    pub model: ModelInfo<'a>,
}

/// The input of encoded melodies, in their record.
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
    let originals = generated.originals.iter();
    let originals: Vec<&Melody> = originals.map(|(melody, _)| &**melody).collect();
    let decoded = generated.melodies.iter();
    let decoded: Vec<&Melody> = decoded.map(|melody| &*melody.melody).collect();
    write_melodies(run, &out, "melodies", "window", &originals)?;
    write_melodies(run, &out, "reconstructions", "reconstruction", &decoded)?;
    write_posteriors(generated, &out)?;
    for (name, melodies) in [
        ("tokens.npy", originals),
        ("reconstructed_tokens.npy", decoded),
    ] {
        out.write_tokens(name, run.model.steps, melodies.into_iter())?;
    }
    write_table(run, &out)?;
    let mean = |measure: fn(&Reconstruction) -> f64| {
        let qualities = generated
            .originals
            .iter()
            .map(|(_, quality)| measure(quality));
        qualities.sum::<f64>() / generated.originals.len().max(1) as f64
    };
    let input = EncodeInput {
        song: run.song,
        track: run.part,
        notices: run.notices,
        import: run.report,
        mean_token_accuracy: mean(|quality| quality.token_accuracy),
        mean_onset_accuracy: mean(|quality| quality.onset_accuracy),
    };
    out.write_record(&GeneratedRecord::new("encode", generated, run.model, input))
}

/// File names of the melodies, in the order of the windows.
fn file_names(run: &EncodeRun<'_>) -> Vec<String> {
    let numbers = run.windows.iter().map(|window| window.window);
    let width = digits(numbers.clone().max().map_or(0, |last| last + 1), 3);
    numbers
        .map(|number| format!("window_{number:0width$}.mid"))
        .collect()
}

/// Writes the melody of each window into `folder`; the text in each file begins with `label`.
fn write_melodies(
    run: &EncodeRun<'_>,
    out: &OutputFolder,
    folder: &str,
    label: &str,
    melodies: &[&Melody],
) -> Result<(), ExportError> {
    let windows = file_names(run).into_iter().zip(run.windows);
    let melodies = melodies.iter().zip(&run.generated.melodies);
    let tracks = windows
        .zip(melodies)
        .map(|((file, position), (melody, encoded))| {
            let text = format!(
                "{label} of {}, {}, bar {}, weights {}, tunescape {}",
                run.song,
                run.part,
                position.bar,
                run.model.weights_hash,
                env!("CARGO_PKG_VERSION")
            );
            let hash = run.model.weights_hash;
            let shared = share_with_notes(hash, &encoded.latent, melody.tokens());
            let text = text_with_shares(&text, [shared]);
            let name = format!("{}, bar {}", run.song, position.bar);
            (file, Track { melody, name, text })
        });
    out.write_melodies(folder, &["window_"], tracks)
}

/// Writes `mu.npy` and `sigma.npy`.
fn write_posteriors(generated: &Generated, out: &OutputFolder) -> Result<(), ExportError> {
    let latent_size = generated.latent_size();
    let means = generated
        .melodies
        .iter()
        .map(|melody| melody.latent.clone());
    out.write_latents("mu.npy", generated.melodies.len(), latent_size, means)?;
    let sigmas = generated.posteriors.iter().map(|p| p.sigma.clone());
    let sigmas = sigmas.map(LatentPoint::new);
    out.write_latents("sigma.npy", generated.posteriors.len(), latent_size, sigmas)
}

/// Writes `windows.csv`; the attributes are those of the window, not of its reconstruction.
fn write_table(run: &EncodeRun<'_>, out: &OutputFolder) -> Result<(), ExportError> {
    out.write("windows.csv", |out| {
        let mut table = csv::Writer::from_writer(out);
        let columns =
            "window,bar,notes,token_accuracy,onset_accuracy,edit_distance,melody,reconstruction";
        table.write_record(header(columns, &[]))?;
        let windows = file_names(run).into_iter().zip(run.windows);
        for ((name, position), (melody, quality)) in windows.zip(&run.generated.originals) {
            let mut record = vec![
                position.window.to_string(),
                position.bar.to_string(),
                melody.notes().len().to_string(),
                quality.token_accuracy.to_string(),
                quality.onset_accuracy.to_string(),
                quality.distance.to_string(),
                format!("melodies/{name}"),
                format!("reconstructions/{name}"),
            ];
            let values = ColumnValues::from_row(&AttributeRow::measure(melody));
            record.extend(values.leading.into_iter().chain(values.trailing).map(cell));
            table.write_record(record)?;
        }
        table.flush()
    })
}
