//! `run.json` of a sweep or a steering run.

use serde::Serialize;

use crate::embedding::RegionMapQuality;
use crate::sweep::{AttributeSummary, Counts, LayoutQuality, RegionSpread, SweepConfig};

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
    /// The same as a list.
    pub(super) devices: Vec<&'a str>,
    pub(super) latent_size: usize,
    pub(super) steps: usize,
    pub(super) config: &'a SweepConfig,
    /// Standard deviation of the samples that the config resolves to.
    pub(super) sigma: f64,
    pub(super) counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) centre_counts: Option<Counts>,
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

/// Target and result of steering.
#[derive(Serialize)]
pub(super) struct SteeringRecord {
    pub(super) attribute: &'static str,
    pub(super) cross_validated_r2: f64,
    pub(super) candidates: u32,
    pub(super) decoded: u64,
    /// In attribute units, as in the tables.
    pub(super) wanted: f64,
    pub(super) obtained_mean: Option<f64>,
    pub(super) obtained_sd: f64,
    /// As shown to musicians.
    pub(super) shown_unit: &'static str,
    pub(super) shown_wanted: f64,
    pub(super) shown_obtained_mean: Option<f64>,
    pub(super) within_one_shown_unit: f64,
    pub(super) distinct: f64,
    pub(super) lowest_reach: f64,
    pub(super) highest_reach: f64,
}
