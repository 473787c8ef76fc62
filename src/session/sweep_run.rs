//! A sweep as a folder of files.
//!
//! | file | content |
//! |---|---|
//! | `melodies/region_RRR_sample_SS.mid` | one MIDI file per sample, silent ones too |
//! | `centres/region_RRR.mid` | one per region: the melody of its centre |
//! | `melodies.tar` | with [`MelodyFiles::Archive`], in place of these folders: their files in one archive |
//! | `samples.csv` | one row per sample, in order; attributes of an empty melody are blank |
//! | `regions.csv` | one row per region: counts, means over its samples, map position |
//! | `latents.npy` | `[regions * samples, dimensions]` float32, in the order of `samples.csv` |
//! | `centroids.npy` | `[regions, dimensions]` float32 |
//! | `tokens.npy` | `[regions * samples, steps]` uint8 |
//! | `run.json` | config, seed, weights, version, device, counts, map quality, layout and its quality; written last |

use std::path::Path;

use super::error::ExportError;
use super::naming::{SampleNames, provenance};
use super::output_folder::OutputFolder;
use super::run_record::{PROGRAM, RunRecord, VERSION};
use super::share::{ShareSource, SharedMelody, share_exact_point, text_with_shares};
use super::tables::{ColumnValues, RegionRow, SampleRow, write_regions, write_samples};
use crate::melody::Track;
use crate::statistics::mean;
use crate::sweep::{MelodyCounts, MelodyEntry, Sweep, sampling_of};

/// Prefixes of the names of melodies of sweeps and steering runs.
const MELODY_PREFIXES: [&str; 2] = ["region_", "steered_"];

/// How the MIDI files of a sweep are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MelodyFiles {
    /// One MIDI file per melody, in the folders `melodies` and `centres`.
    #[default]
    SeparateFiles,
    /// The same files in one archive, `melodies.tar`. Writing thousands of small files takes longer than decoding their melodies.
    Archive,
}

/// Name of the archive of [`MelodyFiles::Archive`].
const ARCHIVE_FILE: &str = "melodies.tar";

/// Writes a sweep to `folder`, which is created if it does not exist.
///
/// `run.json` comes last: a folder that has it is complete. With `overwrite` an earlier run in the folder is replaced, and
/// its remaining melodies are removed; other files in the folder stay.
///
/// # Errors
/// [`ExportError::FolderNotEmpty`] if the folder is in use and `overwrite` is off; [`ExportError::Write`] if the system
/// does not allow writing.
pub fn write_sweep(
    sweep: &Sweep,
    folder: &Path,
    melody_files: MelodyFiles,
    overwrite: bool,
) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let plan = &sweep.plan;
    let samples_per_region = plan.config.samples as usize;
    let names = SampleNames::new(plan.region_centres.len(), samples_per_region);
    let regions = || (0..).zip(sweep.samples.chunks(samples_per_region.max(1)));

    let row = |region: u32, sample: u32, entry| {
        SampleRow::new(region, sample, names.sample(region, sample), entry)
    };
    let rows: Vec<SampleRow<'_>> = regions()
        .flat_map(|(region, entries)| {
            (0..)
                .zip(entries)
                .map(move |(sample, entry)| row(region, sample, entry))
        })
        .collect();
    let samples = rows.iter().map(SampleRow::file_name).zip(&sweep.samples);
    let centres = (0..).map(|region| format!("{}.mid", names.region(region)));
    let centres = centres.zip(&sweep.centres);
    let share = |entry: &MelodyEntry| {
        share_exact_point(&ShareSource {
            weights_hash: sweep.weights_hash.clone(),
            latent: plan.latent(entry.id)?,
            sampling: sampling_of(&plan.config, entry.id),
            tokens: entry.melody.tokens().clone(),
        })
        .ok()
    };
    let source = MelodySource {
        seed: plan.config.seed,
        weights_hash: &sweep.weights_hash,
        share: &share,
    };
    write_melody_files(&out, melody_files, samples, centres, source)?;

    write_arrays(&out, sweep)?;
    out.write("samples.csv", |out| write_samples(out, &rows))?;
    let region_rows: Vec<RegionRow> = regions()
        .zip(&sweep.centres)
        .map(|((region, entries), centre)| region_row(region, entries, centre.position))
        .collect();
    out.write("regions.csv", |out| write_regions(out, &region_rows))?;

    let summary = sweep.summary();
    out.write_record(&RunRecord {
        program: PROGRAM,
        version: VERSION,
        kind: "sweep",
        seed: plan.config.seed,
        weights_hash: &sweep.weights_hash,
        device: &summary.device,
        devices: sweep.devices.iter().map(String::as_str).collect(),
        latent_size: plan.latent_size(),
        steps: sweep.steps,
        config: &plan.config,
        sigma: plan.sigma,
        counts: summary.samples,
        centre_counts: Some(summary.centres),
        attributes: summary.attributes,
        map_quality: plan.quality,
        layout: sweep.layout_quality.as_ref(),
        spread: Some(summary.spread),
        seconds: Some(sweep.seconds),
        steering: None,
    })
}

/// Writes the latent points of samples and centres, and the samples' tokens.
fn write_arrays(out: &OutputFolder, sweep: &Sweep) -> Result<(), ExportError> {
    let plan = &sweep.plan;
    let latent_size = plan.latent_size();
    let count = sweep.samples.len();
    let latents = sweep.samples.iter().filter_map(|e| plan.latent(e.id));
    out.write_latents("latents.npy", count, latent_size, latents)?;
    let (count, region_centres) = (
        plan.region_centres.len(),
        plan.region_centres.iter().cloned(),
    );
    out.write_latents("centroids.npy", count, latent_size, region_centres)?;
    let tokens = sweep.samples.iter().map(|entry| &*entry.melody);
    out.write_tokens("tokens.npy", sweep.steps, tokens)
}

/// Writes the melodies of the samples and of the centres, and removes those that an earlier run stored in the other way.
fn write_melody_files<'a>(
    out: &OutputFolder,
    melody_files: MelodyFiles,
    samples: impl Iterator<Item = (String, &'a MelodyEntry)>,
    centres: impl Iterator<Item = (String, &'a MelodyEntry)>,
    source: MelodySource<'_>,
) -> Result<(), ExportError> {
    match melody_files {
        MelodyFiles::SeparateFiles => {
            write_melodies(out, "melodies", samples, source)?;
            write_melodies(out, "centres", centres, source)?;
            out.remove(ARCHIVE_FILE)
        }
        MelodyFiles::Archive => {
            let samples = samples.map(|(name, entry)| (format!("melodies/{name}"), entry));
            let centres = centres.map(|(name, entry)| (format!("centres/{name}"), entry));
            let all = samples.chain(centres);
            out.write_archive(ARCHIVE_FILE, all.map(|melody| named_track(melody, source)))?;
            out.remove_melodies("melodies", &MELODY_PREFIXES)?;
            out.remove_melodies("centres", &MELODY_PREFIXES)
        }
    }
}

/// The origin of the melodies of a run, for the texts in their files.
#[derive(Clone, Copy)]
pub(super) struct MelodySource<'a> {
    /// Seed of the sweep or search.
    pub seed: u64,
    /// First 12 hex digits of the SHA-256 of the weights.
    pub weights_hash: &'a str,
    /// Returns the share text of a melody, if it can be shared.
    pub share: &'a dyn Fn(&MelodyEntry) -> Option<SharedMelody>,
}

/// Writes melodies with their file names into the subfolder `subfolder`, and removes those of an earlier run.
pub(super) fn write_melodies<'a>(
    out: &OutputFolder,
    subfolder: &str,
    melodies: impl Iterator<Item = (String, &'a MelodyEntry)>,
    source: MelodySource<'_>,
) -> Result<(), ExportError> {
    let tracks = melodies.map(|melody| named_track(melody, source));
    out.write_melodies(subfolder, &MELODY_PREFIXES, tracks)
}

/// The file name and the track of a melody.
fn named_track<'a>(
    (name, entry): (String, &'a MelodyEntry),
    source: MelodySource<'_>,
) -> (String, Track<'a>) {
    let text = provenance(entry.id, source.seed, source.weights_hash);
    let track = Track {
        melody: &entry.melody,
        name: entry.id.to_string(),
        text: text_with_shares(&text, (source.share)(entry).map(Ok)),
    };
    (name, track)
}

/// The row of a region with these samples.
pub(super) fn region_row(region: u32, entries: &[MelodyEntry], position: [f64; 2]) -> RegionRow {
    let counts = MelodyCounts::count(entries);
    let column_mean = |attribute: usize| {
        let values = entries
            .iter()
            .filter_map(|entry| entry.attributes.value(attribute));
        mean(&values.collect::<Vec<f64>>())
    };
    RegionRow {
        region,
        samples: counts.melodies,
        empty: counts.empty,
        distinct: counts.distinct,
        means: ColumnValues::new(column_mean),
        position,
    }
}

#[cfg(test)]
mod tests;
