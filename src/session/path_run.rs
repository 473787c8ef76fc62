//! A path as a folder of files.

use std::path::Path;

use serde::Serialize;

use super::error::ExportError;
use super::generated_record::GeneratedRecord;
use super::output_folder::OutputFolder;
use super::sequence::Sequence;
use crate::latent::Interpolation;
use crate::melody::{Melody, PlayOrder};
use crate::sweep::Generated;

/// A path and what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct PathRun<'a> {
    /// The melodies of the path.
    pub made: &'a Generated,
    /// Names of the points it passes.
    pub through: &'a [String],
    /// Path from each point to the next.
    pub way: Interpolation,
    /// Order of the melodies in the piece.
    pub order: PlayOrder,
    /// Sixteenths of each melody in the piece.
    pub every: usize,
    /// Seed of the sweep that names may belong to.
    pub seed: u64,
    /// Steps of each melody.
    pub steps: usize,
    /// Devices that decoded, as text.
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
    /// Largest edit distance between consecutive melodies.
    largest_step: f64,
}

/// Writes a path: `path.csv`, `latents.npy` (float32, `[melodies, latent]`), `tokens.npy` (uint8), `melodies/step_NN.mid`,
/// `piece.mid` with all of them as they are played, and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_path(run: &PathRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let made = run.made;
    let melodies = &made.melodies;
    let visits = run.order.visits(melodies.len());
    let in_order: Vec<&Melody> = visits
        .iter()
        .filter_map(|visit| Some(&*melodies.get(*visit)?.melody))
        .collect();
    let sequence = Sequence {
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
    let largest_step = sequence.write(&out)?;
    let through = Through {
        through: run.through,
        way: run.way,
        seed: run.seed,
        walk: run.order,
        every_sixteenths: run.every,
        largest_step,
    };
    let model = (run.device, run.weights_hash, run.steps);
    out.write_record(&GeneratedRecord::new("path", made, model, through))
}
