//! A path as a folder of files.

use std::path::Path;

use serde::Serialize;

use super::error::ExportError;
use super::generated_record::{GeneratedRecord, ModelInfo};
use super::output_folder::OutputFolder;
use super::sequence::Sequence;
use crate::latent::Interpolation;
use crate::melody::{Melody, PlayOrder};
use crate::sweep::Generated;

/// A path and the input that it was generated from.
#[derive(Clone, Copy, Debug)]
pub struct PathRun<'a> {
    /// The melodies of the path.
    pub generated: &'a Generated,
    /// Names of the points that it passes through.
    pub point_names: &'a [String],
    /// Interpolation from each point to the next.
    pub interpolation: Interpolation,
    /// Order of the melodies in the piece.
    pub order: PlayOrder,
    /// Steps that are played of each melody in the piece.
    pub steps_per_melody: usize,
    /// Seed of the sweep, for points that are melodies of it.
    pub seed: u64,
    /// The model.
    pub model: ModelInfo<'a>,
}

/// The input of a path, in its record.
#[derive(Serialize)]
struct PathInput<'a> {
    #[serde(rename = "through")]
    point_names: &'a [String],
    #[serde(rename = "way")]
    interpolation: Interpolation,
    seed: u64,
    #[serde(rename = "walk")]
    order: PlayOrder,
    #[serde(rename = "every_sixteenths")]
    steps_per_melody: usize,
    /// Largest edit distance between consecutive melodies.
    largest_step: f64,
}

/// Writes a path: `path.csv`, `latents.npy` (float32, `[melodies, latent]`), `tokens.npy` (uint8), `melodies/step_NN.mid`,
/// `piece.mid` with all of them in play order, and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_path(run: &PathRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let generated = run.generated;
    let melodies = &generated.melodies;
    let visits = run.order.pass_indices(melodies.len());
    let melodies_in_play_order: Vec<&Melody> = visits
        .iter()
        .filter_map(|visit| Some(&*melodies.get(*visit)?.melody))
        .collect();
    let sequence = Sequence {
        generated,
        steps: run.model.steps,
        weights_hash: run.model.weights_hash,
        title: "Path",
        table_file: "path.csv",
        piece: &Melody::alternate(&melodies_in_play_order, run.steps_per_melody),
        piece_description: format!("{} melodies", melodies.len()),
        file_text: &|description: String| {
            format!(
                "{description} of a path through {}, seed {}, weights {}, tunescape {}",
                run.point_names.join(", "),
                run.seed,
                run.model.weights_hash,
                env!("CARGO_PKG_VERSION")
            )
        },
    };
    let largest_step = sequence.write(&out)?;
    let input = PathInput {
        point_names: run.point_names,
        interpolation: run.interpolation,
        seed: run.seed,
        order: run.order,
        steps_per_melody: run.steps_per_melody,
        largest_step,
    };
    out.write_record(&GeneratedRecord::new("path", generated, run.model, input))
}
