//! A path as a folder of files: a table, arrays, a MIDI file for each melody, and the whole as one piece.

use std::path::Path;

use serde::Serialize;

use super::ExportError;
use super::files::prepare_run_folder;
use super::made_files::latent_size;
use super::row_files::{Program, Record, Row};
use crate::latent::Interpolation;
use crate::melody::{Melody, PlayOrder};
use crate::sweep::Generated;

/// A path and what it leads through.
#[derive(Clone, Copy, Debug)]
pub struct PathRun<'a> {
    /// What came of it.
    pub made: &'a Generated,
    /// What it leads through, as it was named.
    pub through: &'a [String],
    /// Which way from each to the next.
    pub way: Interpolation,
    /// How the piece walks it.
    pub walk: PlayOrder,
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
struct Through<'a> {
    through: &'a [String],
    way: Interpolation,
    seed: u64,
    walk: PlayOrder,
    every_sixteenths: usize,
    /// Largest edit distance between neighbours.
    largest_step: f64,
}

/// Writes a path: `path.csv`, `latents.npy` (float32, `[melodies, latent]`), `tokens.npy` (uint8), `melodies/step_NN.mid`,
/// `piece.mid` with all of them as they are heard, and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_path(run: &PathRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    prepare_run_folder(folder, overwrite)?;
    let made = run.made;
    let melodies = &made.melodies;
    let visits = run.walk.visits(melodies.len());
    let in_order: Vec<&Melody> = visits
        .iter()
        .filter_map(|visit| Some(&*melodies.get(*visit)?.melody))
        .collect();
    let row = Row {
        made,
        steps: run.steps,
        title: "Path",
        table: "path.csv",
        piece: &Melody::medley(&in_order, run.every),
        piece_text: format!("{} melodies", melodies.len()),
        text: &|what: String| {
            format!(
                "{what} of a path through {}, seed {}, weights {}, tunescape {}",
                run.through.join(", "),
                run.seed,
                run.weights_hash,
                env!("CARGO_PKG_VERSION")
            )
        },
    };
    let largest_step = row.write(folder)?;
    let record = Record {
        program: Program::default(),
        kind: "path",
        weights_hash: run.weights_hash,
        device: run.device,
        latent_size: latent_size(melodies),
        steps: run.steps,
        melodies: melodies.len(),
        from: Through {
            through: run.through,
            way: run.way,
            seed: run.seed,
            walk: run.walk,
            every_sixteenths: run.every,
            largest_step,
        },
    };
    record.write(folder)
}
