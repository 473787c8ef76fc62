//! `run.json` of a sweep or a steering run.

use serde::Serialize;

use crate::embedding::RegionMapQuality;
use crate::sweep::{AttributeSummary, LayoutQuality, MelodyCounts, RegionSpread, SweepConfig};

pub(super) const PROGRAM: &str = "tunescape";
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The record of a run. Scripts rely on its keys: add, but do not rename.
#[derive(Serialize)]
pub(super) struct RunRecord<'a> {
    pub(super) program: &'static str,
    pub(super) version: &'static str,
    /// `sweep` or `steer`.
    pub(super) kind: &'static str,
    pub(super) seed: u64,
    pub(super) weights_hash: &'a str,
    /// Devices that decoded, as text.
    pub(super) device: &'a str,
    /// The devices as a list.
    pub(super) devices: Vec<&'a str>,
    pub(super) latent_size: usize,
    pub(super) steps: usize,
    pub(super) config: &'a SweepConfig,
    /// Standard deviation of the samples, resolved from the config.
    pub(super) sigma: f64,
    pub(super) counts: MelodyCounts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) centre_counts: Option<MelodyCounts>,
    pub(super) attributes: Vec<AttributeSummary>,
    /// Quality of the regions' map in the latent space.
    pub(super) map_quality: RegionMapQuality,
    /// Quality of the layout of `map_x` and `map_y`, if it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) layout: Option<&'a LayoutQuality>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spread: Option<RegionSpread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) steering: Option<SteeringRecord>,
}

/// The request of a steering run, and its results.
#[derive(Serialize)]
pub(super) struct SteeringRecord {
    pub(super) goals: Vec<GoalRecord>,
    /// The melody that new ones resemble, and how closely.
    #[serde(rename = "like", skip_serializing_if = "Option::is_none")]
    pub(super) source: Option<SourceRecord>,
    /// The scale that contains every note.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) scale: Option<String>,
    pub(super) temperature: f32,
    /// Maximum number of candidates decoded per melody.
    #[serde(rename = "effort")]
    pub(super) max_candidates_per_melody: u32,
    /// Number of decoded candidates.
    #[serde(rename = "decoded")]
    pub(super) decoded_count: u64,
    /// Fraction of the melodies with every value within its tolerance.
    #[serde(rename = "within")]
    pub(super) fraction_within: f64,
    /// Fraction of the melodies with every value within half of its tolerance.
    #[serde(rename = "within_half")]
    pub(super) fraction_within_half: f64,
    /// Fraction of the melodies that are distinct.
    #[serde(rename = "distinct")]
    pub(super) distinct_fraction: f64,
    /// Number of melodies of the sweep with every value within its tolerance.
    #[serde(rename = "in_sweep")]
    pub(super) matching_in_sweep: usize,
}

/// The goal of an attribute and what was obtained, in attribute units as in the tables, and in the units shown to musicians.
#[derive(Serialize)]
pub(super) struct GoalRecord {
    pub(super) attribute: &'static str,
    /// `wanted` or `held`.
    pub(super) goal: &'static str,
    pub(super) value: f64,
    pub(super) obtained_mean: Option<f64>,
    pub(super) obtained_sd: f64,
    /// Fraction of the melodies with the value within the tolerance.
    #[serde(rename = "within")]
    pub(super) fraction_within: f64,
    pub(super) shown_unit: &'static str,
    pub(super) shown_value: f64,
    pub(super) shown_obtained_mean: Option<f64>,
    pub(super) shown_tolerance: f64,
    /// Lowest and highest value in the sweep.
    pub(super) lowest_in_sweep: Option<f64>,
    pub(super) highest_in_sweep: Option<f64>,
}

/// The melody that new ones resemble.
#[derive(Serialize)]
pub(super) struct SourceRecord {
    pub(super) tokens: Vec<u8>,
    /// Fraction of its notes that stay.
    pub(super) closeness: f64,
    /// What stays exactly: `nothing`, `rhythm`, `pitches` or `first-bar`.
    pub(super) keep: &'static str,
    /// Mean edit distance of the melodies from it, in notes.
    pub(super) changed_notes: Option<f64>,
}
