//! A path as a folder of files: a table, arrays, a MIDI file for each melody, and the whole as one piece.

use std::path::Path;

use serde::Serialize;

use super::ExportError;
use super::files::{prepare_run_folder, write_whole};
use super::made_files::{latent_size, write_all, write_points, write_steps};
use super::naming::digits;
use super::tables::write_tokens;
use crate::latent::Way;
use crate::melody::{Melody, MidiWriteOptions, Track, Walk, single_track_bytes};
use crate::sweep::Made;

/// A path and what it leads through.
#[derive(Clone, Copy, Debug)]
pub struct PathRun<'a> {
    /// What came of it.
    pub made: &'a Made,
    /// What it leads through, as it was named.
    pub through: &'a [String],
    /// Which way from each to the next.
    pub way: Way,
    /// How the piece walks it.
    pub walk: Walk,
    /// Sixteenths that each melody is heard in the piece.
    pub every: usize,
    /// Seed of the sweep that names may belong to.
    pub seed: u64,
    /// Steps of each melody.
    pub steps: usize,
    /// What it was decoded on, in words.
    pub device: &'a str,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

#[derive(Serialize)]
struct Record<'a> {
    program: &'static str,
    version: &'static str,
    kind: &'static str,
    weights_hash: &'a str,
    device: &'a str,
    latent_size: usize,
    steps: usize,
    melodies: usize,
    through: &'a [String],
    way: Way,
    seed: u64,
    walk: Walk,
    every_sixteenths: usize,
    /// Largest edit distance between neighbours.
    largest_step: f64,
}

/// Writes a path: `path.csv`, `latents.npy` (float32, `[melodies, latent]`), `tokens.npy` (uint8), `melodies/step_NN.mid`,
/// `piece.mid` with all of them as they are heard, and `run.json` last.
///
/// # Errors
/// As [`super::write_run`].
pub fn write_path(run: &PathRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    prepare_run_folder(folder, overwrite)?;
    let made = run.made;
    let width = digits(made.melodies.len(), 2);
    let names: Vec<String> = (0..made.melodies.len())
        .map(|step| format!("step_{step:0width$}.mid"))
        .collect();
    let text = |what: String| {
        format!(
            "{what} of a path through {}, seed {}, weights {}, tunescape {}",
            run.through.join(", "),
            run.seed,
            run.weights_hash,
            env!("CARGO_PKG_VERSION")
        )
    };
    let titles: Vec<(String, String)> = (0..made.melodies.len())
        .map(|step| (format!("Path, step {step}"), text(format!("step {step}"))))
        .collect();
    let melodies: Vec<&Melody> = made.melodies.iter().map(|melody| &*melody.melody).collect();
    write_all(folder, "melodies", "step_", &names, &melodies, &titles)?;

    let visits = run.walk.visits(melodies.len());
    let row: Vec<&Melody> = visits
        .iter()
        .filter_map(|visit| melodies.get(*visit).copied())
        .collect();
    let piece = Melody::walked(&row, run.every);
    let track = Track {
        melody: &piece,
        name: "Path".to_owned(),
        text: text(format!("{} melodies", melodies.len())),
    };
    let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
    write_whole(&folder.join("piece.mid"), true, |out| out.write_all(&bytes))?;

    write_points(&folder.join("latents.npy"), &made.melodies)?;
    write_whole(&folder.join("tokens.npy"), true, |out| {
        write_tokens(out, run.steps, melodies.iter().copied())
    })?;
    let to_next = write_steps(&folder.join("path.csv"), made, &names)?;
    let record = Record {
        program: "tunescape",
        version: env!("CARGO_PKG_VERSION"),
        kind: "path",
        weights_hash: run.weights_hash,
        device: run.device,
        latent_size: latent_size(&made.melodies),
        steps: run.steps,
        melodies: made.melodies.len(),
        through: run.through,
        way: run.way,
        seed: run.seed,
        walk: run.walk,
        every_sixteenths: run.every,
        largest_step: to_next.iter().copied().fold(0.0, f64::max),
    };
    write_whole(&folder.join("run.json"), true, |out| {
        serde_json::to_writer_pretty(&mut *out, &record)?;
        out.write_all(b"\n")
    })
}
