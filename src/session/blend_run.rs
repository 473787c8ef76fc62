//! A blend as a folder of files.

use std::path::Path;

use serde::Serialize;

use super::error::ExportError;
use super::generated_record::{GeneratedRecord, ModelInfo};
use super::output_folder::OutputFolder;
use super::sequence::Sequence;
use crate::latent::Interpolation;
use crate::melody::{Melody, edit_distance};
use crate::sweep::Generated;

/// A blend and the input that it was generated from.
#[derive(Clone, Copy, Debug)]
pub struct BlendRun<'a> {
    /// The blend.
    pub generated: &'a Generated,
    /// Names of the first and the last melody.
    pub ends: [&'a str; 2],
    /// Interpolation between the ends.
    pub interpolation: Interpolation,
    /// Whether the points were chosen so that consecutive melodies differ about equally, in place of equally spaced points.
    pub has_even_changes: bool,
    /// Seed of the sweep, for ends that are melodies of it.
    pub seed: u64,
    /// The model.
    pub model: ModelInfo<'a>,
}

/// The input of a blend, in its record.
#[derive(Serialize)]
struct BlendInput<'a> {
    from: &'a str,
    to: &'a str,
    #[serde(rename = "way")]
    interpolation: Interpolation,
    #[serde(rename = "even")]
    has_even_changes: bool,
    seed: u64,
    /// Edit distance between the ends.
    distance_of_ends: f64,
    /// Largest edit distance between consecutive melodies.
    largest_step: f64,
}

/// Writes a blend: `blend.csv`, `latents.npy` (float32, `[steps, latent]`), `tokens.npy` (uint8), `melodies/step_NN.mid`,
/// `piece.mid` with all of them one after another, and `run.json` last.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_blend(run: &BlendRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let generated = run.generated;
    let melodies: Vec<&Melody> = generated
        .melodies
        .iter()
        .map(|melody| &*melody.melody)
        .collect();
    let sequence = Sequence {
        generated,
        steps: run.model.steps,
        weights_hash: run.model.weights_hash,
        title: "Blend",
        table_file: "blend.csv",
        piece: &Melody::joined(melodies.iter().copied()),
        piece_description: format!("{} steps", melodies.len()),
        file_text: &|description: String| {
            format!(
                "{description}, {} to {}, weights {}, tunescape {}",
                run.ends[0],
                run.ends[1],
                run.model.weights_hash,
                env!("CARGO_PKG_VERSION")
            )
        },
    };
    let largest_step = sequence.write(&out)?;
    let distance_of_ends = match (melodies.first(), melodies.last()) {
        (Some(first), Some(last)) => edit_distance(first, last),
        _ => 0.0,
    };
    let input = BlendInput {
        from: run.ends[0],
        to: run.ends[1],
        interpolation: run.interpolation,
        has_even_changes: run.has_even_changes,
        seed: run.seed,
        distance_of_ends,
        largest_step,
    };
    out.write_record(&GeneratedRecord::new("blend", generated, run.model, input))
}
