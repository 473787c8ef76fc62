//! A steer as a folder of files, laid out as a sweep's: one region, numbered 0, and its melodies.

use std::path::Path;

use super::ExportError;
use super::files::{prepare_run_folder, write_atomic};
use super::naming::digits;
use super::record::{RunRecord, SteeringRecord};
use super::run_files::{region_row, write_melodies};
use super::tables::{SampleRow, write_latents, write_regions, write_samples, write_tokens};
use crate::attributes::ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::sweep::{
    AttributeSummary, Counts, LayoutQuality, MelodyEntry, SteerRequest, Steered, SteeringFit,
    SweepPlan, describe_devices,
};

/// A steer and what it was made from.
#[derive(Clone, Copy, Debug)]
pub struct SteerRun<'a> {
    /// The sweep that it was steered by.
    pub plan: &'a SweepPlan,
    /// The direction.
    pub fit: &'a SteeringFit,
    /// What was asked for.
    pub request: &'a SteerRequest,
    /// What came of it.
    pub steered: &'a Steered,
    /// Steps of each melody.
    pub steps: usize,
    /// The map that the melodies were placed on, measured; `None` for the plan's own, the latent one.
    pub layout: Option<&'a LayoutQuality>,
    /// What it was decoded on.
    pub devices: &'a [String],
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

/// Writes a steer to `folder`, in the layout of [`super::write_sweep`] with one region, number 0: `centroids.npy` holds
/// the mean of the melodies' latent points, and there are no melodies of centres. Melodies are `melodies/steered_SS.mid`.
///
/// The region lies where that mean lies on the plan's own map; on another map, which says nothing of latent points
/// without a melody, in the middle of its melodies.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_steer(run: &SteerRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    prepare_run_folder(folder, overwrite)?;
    let entries: Vec<MelodyEntry> = run
        .steered
        .entries
        .iter()
        .map(|melody| melody.entry())
        .collect();
    let width = digits(entries.len(), 2);
    let rows: Vec<SampleRow<'_>> = (0..)
        .zip(&entries)
        .map(|(sample, entry)| SampleRow {
            region: 0,
            sample,
            file: format!("melodies/steered_{sample:0width$}.mid"),
            melody: &entry.melody,
            attributes: &entry.attributes,
            position: entry.position,
        })
        .collect();
    let melodies = rows.iter().map(|row| row.file.clone()).zip(&entries);
    write_melodies(
        folder,
        "melodies",
        melodies,
        run.request.seed,
        run.weights_hash,
    )?;

    let into = |name: &str| folder.join(name);
    let latent_size = run.fit.direction().len();
    let latents = run
        .steered
        .entries
        .iter()
        .map(|melody| melody.latent.clone());
    write_atomic(&into("latents.npy"), true, |out| {
        write_latents(out, entries.len(), latent_size, latents)
    })?;
    let centre = middle(
        run.steered.entries.iter().map(|melody| &melody.latent),
        latent_size,
    );
    let position = match run.layout {
        None => run.plan.place(&centre),
        Some(_) => [0, 1].map(|axis| {
            let sum: f64 = entries.iter().map(|entry| entry.position[axis]).sum();
            sum / entries.len().max(1) as f64
        }),
    };
    write_atomic(&into("centroids.npy"), true, |out| {
        write_latents(out, 1, latent_size, [centre].into_iter())
    })?;
    let tokens = entries.iter().map(|entry| &*entry.melody);
    write_atomic(&into("tokens.npy"), true, |out| {
        write_tokens(out, run.steps, tokens)
    })?;
    write_atomic(&into("samples.csv"), true, |out| write_samples(out, &rows))?;
    let region = region_row(0, &entries, position);
    write_atomic(&into("regions.csv"), true, |out| {
        write_regions(out, &[region])
    })?;

    let attributes = AttributeSummary::of(&entries);
    let device = describe_devices(run.devices);
    let record = RunRecord {
        program: "tunescape",
        version: env!("CARGO_PKG_VERSION"),
        kind: "steer",
        seed: run.request.seed,
        weights_hash: run.weights_hash,
        device: &device,
        devices: run.devices.iter().map(String::as_str).collect(),
        latent_size,
        steps: run.steps,
        config: &run.plan.config,
        sigma: run.plan.sigma,
        counts: Counts::of(&entries),
        centre_counts: None,
        attributes,
        map_quality: run.plan.quality,
        layout: run.layout,
        spread: None,
        seconds: None,
        steering: ATTRIBUTES.get(run.request.attribute).map(|attribute| {
            let Steered {
                target,
                obtained_mean,
                obtained_sd,
                within_one,
                distinct,
                reach,
                decoded,
                ..
            } = *run.steered;
            let obtained_mean = Some(obtained_mean).filter(|mean| mean.is_finite());
            SteeringRecord {
                attribute: attribute.id,
                cross_validated_r2: run.fit.cross_validated_r2,
                candidates: run.request.candidates,
                decoded,
                wanted: target,
                obtained_mean,
                obtained_sd,
                shown_unit: attribute.unit,
                shown_wanted: (attribute.display_scale)(target),
                shown_obtained_mean: obtained_mean.map(attribute.display_scale),
                within_one_shown_unit: within_one,
                distinct,
                lowest_reach: reach.0,
                highest_reach: reach.1,
            }
        }),
    };
    write_atomic(&into("run.json"), true, |out| record.write(out))
}

/// The mean of latent points.
fn middle<'a>(points: impl Iterator<Item = &'a LatentPoint>, dimensions: usize) -> LatentPoint {
    let mut sums = vec![0.0_f64; dimensions];
    let mut count = 0.0_f64;
    for point in points {
        count += 1.0;
        for (sum, x) in sums.iter_mut().zip(point.as_slice()) {
            *sum += f64::from(*x);
        }
    }
    LatentPoint::new(
        sums.into_iter()
            .map(|sum| (sum / count.max(1.0)) as f32)
            .collect(),
    )
}
