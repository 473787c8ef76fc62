//! Encoded melodies and blends as folders of files: tables, arrays, and a MIDI file for each melody.

use std::collections::HashSet;
use std::path::Path;

use serde::Serialize;

use super::ExportError;
use super::files::{make_folder, prepare_run_folder, remove_leftovers, write_atomic};
use super::naming::digits;
use super::row_files::{Program, Record, Row};
use super::tables::{write_latents, write_tokens};
use crate::latent::{Interpolation, LatentPoint};
use crate::melody::{
    ImportReport, Melody, MidiWriteOptions, Track, edit_distance, single_track_bytes,
};
use crate::sweep::{Generated, GeneratedMelody};

/// Where an encoded melody was in its song.
#[derive(Clone, Copy, Debug)]
pub struct EncodedWindow {
    /// Its number in the list of windows, counted from 1.
    pub window: usize,
    /// First bar, counted from 1.
    pub bar: u64,
}

/// Encoded melodies and where they come from.
#[derive(Clone, Copy, Debug)]
pub struct EncodeRun<'a> {
    /// What came of encoding; its originals are the melodies.
    pub made: &'a Generated,
    /// The windows, as many as melodies.
    pub windows: &'a [EncodedWindow],
    /// Name of the song's file.
    pub song: &'a str,
    /// Name of the part.
    pub part: &'a str,
    /// What was found, corrected and left out, in sentences.
    pub remarks: &'a [String],
    /// The same in numbers.
    pub report: &'a ImportReport,
    /// Steps of each melody.
    pub steps: usize,
    /// What it was encoded and decoded on, in words.
    pub device: &'a str,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

/// A blend and what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct BlendRun<'a> {
    /// What came of it.
    pub made: &'a Generated,
    /// Both ends, as they were named.
    pub ends: [&'a str; 2],
    /// Which way.
    pub way: Interpolation,
    /// Whether the points were chosen for even changes.
    pub even: bool,
    /// Seed of the sweep that ends may belong to.
    pub seed: u64,
    /// Steps of each melody.
    pub steps: usize,
    /// What it was decoded on, in words.
    pub device: &'a str,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum From<'a> {
    Song {
        song: &'a str,
        track: &'a str,
        remarks: &'a [String],
        import: &'a ImportReport,
        mean_token_accuracy: f64,
        mean_onset_accuracy: f64,
    },
    Ends {
        from: &'a str,
        to: &'a str,
        way: Interpolation,
        even: bool,
        seed: u64,
        /// Edit distance between the ends, and the largest between neighbours.
        distance_of_ends: f64,
        largest_step: f64,
    },
}

/// Writes encoded melodies: `windows.csv`, `mu.npy` and `sigma.npy` (float32, `[windows, latent]`), `tokens.npy` and
/// `reconstructed_tokens.npy` (uint8, `[windows, steps]`), `melodies/window_NNN.mid`,
/// `reconstructions/window_NNN.mid`, and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_encoded(
    run: &EncodeRun<'_>,
    folder: &Path,
    overwrite: bool,
) -> Result<(), ExportError> {
    prepare_run_folder(folder, overwrite)?;
    let made = run.made;
    let width = digits(
        run.windows.iter().map(|w| w.window + 1).max().unwrap_or(0),
        3,
    );
    let names: Vec<String> = run
        .windows
        .iter()
        .map(|window| format!("window_{:0width$}.mid", window.window))
        .collect();
    let text = |what: &str, at: &EncodedWindow| {
        format!(
            "{what} of {}, {}, bar {}, weights {}, tunescape {}",
            run.song,
            run.part,
            at.bar,
            run.weights_hash,
            env!("CARGO_PKG_VERSION")
        )
    };
    let titled = |what: &str| -> Vec<(String, String)> {
        run.windows
            .iter()
            .map(|at| (format!("{}, bar {}", run.song, at.bar), text(what, at)))
            .collect()
    };
    let own: Vec<&Melody> = made.originals.iter().map(|(melody, _)| &**melody).collect();
    let back: Vec<&Melody> = made.melodies.iter().map(|melody| &*melody.melody).collect();
    write_all(
        folder,
        "melodies",
        "window_",
        &names,
        &own,
        &titled("window"),
    )?;
    let told = titled("reconstruction");
    write_all(folder, "reconstructions", "window_", &names, &back, &told)?;

    let into = |name: &str| folder.join(name);
    let latent_size = latent_size(&made.melodies);
    let sigmas = || {
        made.posteriors
            .iter()
            .map(|p| LatentPoint::new(p.sigma.clone()))
    };
    write_points(&into("mu.npy"), &made.melodies)?;
    write_atomic(&into("sigma.npy"), true, |out| {
        write_latents(out, made.posteriors.len(), latent_size, sigmas())
    })?;
    for (name, melodies) in [("tokens.npy", &own), ("reconstructed_tokens.npy", &back)] {
        write_atomic(&into(name), true, |out| {
            write_tokens(out, run.steps, melodies.iter().copied())
        })?;
    }
    write_atomic(&into("windows.csv"), true, |out| {
        let mut table = csv::Writer::from_writer(out);
        table.write_record([
            "window",
            "bar",
            "notes",
            "token_accuracy",
            "onset_accuracy",
            "edit_distance",
            "melody",
            "reconstruction",
        ])?;
        for ((at, (melody, quality)), name) in run.windows.iter().zip(&made.originals).zip(&names) {
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
    })?;
    let count = made.originals.len().max(1) as f64;
    let record = Record {
        program: Program::default(),
        kind: "encode",
        weights_hash: run.weights_hash,
        device: run.device,
        latent_size,
        steps: run.steps,
        melodies: made.melodies.len(),
        from: From::Song {
            song: run.song,
            track: run.part,
            remarks: run.remarks,
            import: run.report,
            mean_token_accuracy: made.originals.iter().map(|(_, q)| q.tokens).sum::<f64>() / count,
            mean_onset_accuracy: made.originals.iter().map(|(_, q)| q.onsets).sum::<f64>() / count,
        },
    };
    record.write(folder)
}

/// Writes a blend: `blend.csv`, `latents.npy` (float32, `[steps, latent]`), `tokens.npy` (uint8), `melodies/step_NN.mid`,
/// `piece.mid` with all of them one after another, and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_blend(run: &BlendRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    prepare_run_folder(folder, overwrite)?;
    let made = run.made;
    let melodies: Vec<&Melody> = made.melodies.iter().map(|melody| &*melody.melody).collect();
    let row = Row {
        made,
        steps: run.steps,
        title: "Blend",
        table: "blend.csv",
        piece: &Melody::joined(melodies.iter().copied()),
        piece_text: format!("{} steps", melodies.len()),
        text: &|what: String| {
            format!(
                "{what}, {} to {}, weights {}, tunescape {}",
                run.ends[0],
                run.ends[1],
                run.weights_hash,
                env!("CARGO_PKG_VERSION")
            )
        },
    };
    let largest_step = row.write(folder)?;
    let ends = match (melodies.first(), melodies.last()) {
        (Some(first), Some(last)) => edit_distance(first, last),
        _ => 0.0,
    };
    let record = Record {
        program: Program::default(),
        kind: "blend",
        weights_hash: run.weights_hash,
        device: run.device,
        latent_size: latent_size(&made.melodies),
        steps: run.steps,
        melodies: made.melodies.len(),
        from: From::Ends {
            from: run.ends[0],
            to: run.ends[1],
            way: run.way,
            even: run.even,
            seed: run.seed,
            distance_of_ends: ends,
            largest_step,
        },
    };
    record.write(folder)
}

pub(super) fn latent_size(melodies: &[GeneratedMelody]) -> usize {
    melodies.first().map_or(0, |melody| melody.latent.len())
}

pub(super) fn write_points(path: &Path, melodies: &[GeneratedMelody]) -> Result<(), ExportError> {
    let points = melodies.iter().map(|melody| melody.latent.clone());
    write_atomic(path, true, |out| {
        write_latents(out, melodies.len(), latent_size(melodies), points)
    })
}

/// Writes melodies into a folder inside the run's, and removes an earlier run's.
pub(super) fn write_all(
    folder: &Path,
    inner: &str,
    prefix: &str,
    names: &[String],
    melodies: &[&Melody],
    titles: &[(String, String)],
) -> Result<(), ExportError> {
    let inner = folder.join(inner);
    make_folder(&inner)?;
    for ((name, melody), (title, text)) in names.iter().zip(melodies).zip(titles) {
        let track = Track {
            melody,
            name: title.clone(),
            text: text.clone(),
        };
        let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
        write_atomic(&inner.join(name), true, |out| out.write_all(&bytes))?;
    }
    let written: HashSet<String> = names.iter().cloned().collect();
    remove_leftovers(&inner, &[prefix], &written)
}
