//! A blend as a folder of files.

use std::path::Path;

use serde::Serialize;

use super::error::ExportError;
use super::generated_record::GeneratedRecord;
use super::output_folder::OutputFolder;
use super::sequence::Sequence;
use crate::latent::Interpolation;
use crate::melody::{Melody, edit_distance};
use crate::sweep::Generated;

/// A blend and what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct BlendRun<'a> {
    /// The blend.
    pub made: &'a Generated,
    /// Names of both ends.
    pub ends: [&'a str; 2],
    /// Path between the ends.
    pub way: Interpolation,
    /// Whether the points were chosen for even changes.
    pub even: bool,
    /// Seed of the sweep that ends may belong to.
    pub seed: u64,
    /// Steps of each melody.
    pub steps: usize,
    /// Devices that decoded, as text.
    pub device: &'a str,
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

#[derive(Serialize)]
struct Ends<'a> {
    from: &'a str,
    to: &'a str,
    way: Interpolation,
    even: bool,
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
    let made = run.made;
    let melodies: Vec<&Melody> = made.melodies.iter().map(|melody| &*melody.melody).collect();
    let sequence = Sequence {
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
    let largest_step = sequence.write(&out)?;
    let distance_of_ends = match (melodies.first(), melodies.last()) {
        (Some(first), Some(last)) => edit_distance(first, last),
        _ => 0.0,
    };
    let ends = Ends {
        from: run.ends[0],
        to: run.ends[1],
        way: run.way,
        even: run.even,
        seed: run.seed,
        distance_of_ends,
        largest_step,
    };
    let model = (run.device, run.weights_hash, run.steps);
    out.write_record(&GeneratedRecord::new("blend", made, model, ends))
}
