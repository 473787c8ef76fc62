//! Steered melodies as a folder of files, with the layout of a sweep of one region.

use std::path::Path;

use super::error::ExportError;
use super::naming::digits;
use super::output_folder::OutputFolder;
use super::run_record::{GoalRecord, PROGRAM, RunRecord, SourceRecord, SteeringRecord, VERSION};
use super::share::share_with_notes;
use super::sweep_run::{MelodySource, region_row, write_melodies};
use super::tables::{SampleRow, write_regions, write_samples};
use crate::attributes::ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::sweep::{
    AttributeSummary, LayoutQuality, MelodyCounts, MelodyEntry, SteerGoal, SteerOutcome,
    SteerRequest, Steered, SweepPlan, describe_devices,
};

/// Steered melodies and the input that they were generated from.
#[derive(Clone, Copy, Debug)]
pub struct SteerRun<'a> {
    /// Plan of the sweep that it started from.
    pub plan: &'a SweepPlan,
    /// The request.
    pub request: &'a SteerRequest,
    /// Its result.
    pub steered: &'a Steered,
    /// Steps of each melody.
    pub steps: usize,
    /// Quality of the layout that the melodies were placed on; `None` for the plan's own map.
    pub layout: Option<&'a LayoutQuality>,
    /// Devices that decoded.
    pub devices: &'a [String],
    /// First 12 hex digits of the weights' SHA-256.
    pub weights_hash: &'a str,
}

/// Writes steered melodies to `folder`, with the files of [`super::write_sweep`] for one region, number 0: `centroids.npy`
/// has the mean of the melodies' latent points, and there are no melodies of centres. Melodies are
/// `melodies/steered_SS.mid`.
///
/// The position of the region is that of the mean point on the plan's own map, or the mean of its melodies' positions on
/// another layout, which cannot place a latent point without a melody.
///
/// # Errors
/// As [`super::write_sweep`].
pub fn write_steer(run: &SteerRun<'_>, folder: &Path, overwrite: bool) -> Result<(), ExportError> {
    let out = OutputFolder::prepare(folder, overwrite)?;
    let steered = &run.steered.entries;
    let entries: Vec<MelodyEntry> = steered.iter().map(|melody| melody.entry()).collect();
    let width = digits(entries.len(), 2);
    let rows: Vec<SampleRow<'_>> = (0..)
        .zip(&entries)
        .map(|(sample, entry)| {
            let file = format!("melodies/steered_{sample:0width$}.mid");
            SampleRow::new(0, sample, file, entry)
        })
        .collect();
    let names = rows.iter().map(SampleRow::file_name);
    let share = |entry: &MelodyEntry| {
        let melody = steered.iter().find(|melody| melody.id == entry.id)?;
        share_with_notes(run.weights_hash, &melody.latent, entry.melody.tokens()).ok()
    };
    let source = MelodySource {
        seed: run.request.seed,
        weights_hash: run.weights_hash,
        share: &share,
    };
    write_melodies(&out, "melodies", names.zip(&entries), source)?;

    let latent_size = run.plan.latent_size();
    let latents = steered.iter().map(|melody| melody.latent.clone());
    out.write_latents("latents.npy", entries.len(), latent_size, latents)?;
    let centre = LatentPoint::mean(steered.iter().map(|melody| &melody.latent), latent_size);
    let position = match run.layout {
        None => run.plan.place(&centre),
        Some(_) => [0, 1].map(|axis| {
            let sum: f64 = entries.iter().map(|entry| entry.position[axis]).sum();
            sum / entries.len().max(1) as f64
        }),
    };
    out.write_latents("centroids.npy", 1, latent_size, std::iter::once(centre))?;
    let tokens = entries.iter().map(|entry| &*entry.melody);
    out.write_tokens("tokens.npy", run.steps, tokens)?;
    out.write("samples.csv", |out| write_samples(out, &rows))?;
    let region = region_row(0, &entries, position);
    out.write("regions.csv", |out| write_regions(out, &[region]))?;

    let device = describe_devices(run.devices);
    out.write_record(&RunRecord {
        program: PROGRAM,
        version: VERSION,
        kind: "steer",
        seed: run.request.seed,
        weights_hash: run.weights_hash,
        device: &device,
        devices: run.devices.iter().map(String::as_str).collect(),
        latent_size,
        steps: run.steps,
        config: &run.plan.config,
        sigma: run.plan.sigma,
        counts: MelodyCounts::count(&entries),
        centre_counts: None,
        attributes: AttributeSummary::summarise(&entries),
        map_quality: run.plan.quality,
        layout: run.layout,
        spread: None,
        seconds: None,
        steering: Some(run.steering()),
    })
}

impl SteerRun<'_> {
    fn steering(&self) -> SteeringRecord {
        let steered = self.steered;
        let source = self.request.source().map(|source| SourceRecord {
            tokens: source.melody.tokens().as_slice().to_vec(),
            closeness: source.closeness,
            keep: source.keep.name(),
            changed_notes: steered.changed_notes,
        });
        SteeringRecord {
            goals: steered.outcomes.iter().filter_map(goal_record).collect(),
            source,
            scale: self.request.scale.map(|scale| scale.to_string()),
            temperature: self.request.temperature,
            max_candidates_per_melody: self.request.max_candidates_per_melody,
            decoded_count: steered.decoded,
            fraction_within: steered.fraction_within,
            fraction_within_half: steered.fraction_within_half,
            distinct_fraction: steered.distinct_fraction,
            matching_in_sweep: steered.feasibility.matching_count,
        }
    }
}

/// The record of an attribute; `None` for an attribute without a goal.
fn goal_record(outcome: &SteerOutcome) -> Option<GoalRecord> {
    let attribute = ATTRIBUTES.get(outcome.attribute)?;
    let to_display_unit = attribute.to_display_unit;
    let value = outcome.goal.value()?;
    let if_finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let obtained_mean = if_finite(outcome.mean);
    Some(GoalRecord {
        attribute: attribute.id,
        goal: match outcome.goal {
            SteerGoal::Held(_) => "held",
            SteerGoal::Free | SteerGoal::Wanted(_) => "wanted",
        },
        value,
        obtained_mean,
        obtained_sd: outcome.sd,
        fraction_within: outcome.fraction_within?,
        shown_unit: attribute.unit,
        shown_value: to_display_unit(value),
        shown_obtained_mean: obtained_mean.map(to_display_unit),
        shown_tolerance: attribute.tolerance,
        lowest_in_sweep: if_finite(outcome.range.0),
        highest_in_sweep: if_finite(outcome.range.1),
    })
}
