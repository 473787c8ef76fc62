//! `run.json`: what a run was made from and what came of it.

use std::io::{self, Write};

use serde::Serialize;

use crate::embedding::MapQuality;
use crate::sweep::{AttributeSummary, Counts, LayoutQuality, RegionSpread, SweepConfig};

/// The record of a run. Its keys are relied on by scripts: add, but do not rename.
#[derive(Serialize)]
pub(super) struct RunRecord<'a> {
    pub(super) program: &'static str,
    pub(super) version: &'static str,
    /// `sweep` or `steer`.
    pub(super) kind: &'static str,
    pub(super) seed: u64,
    pub(super) weights_hash: &'a str,
    /// What it was decoded on, in words.
    pub(super) device: &'a str,
    /// The same, one by one.
    pub(super) devices: Vec<&'a str>,
    pub(super) latent_size: usize,
    pub(super) steps: usize,
    pub(super) config: &'a SweepConfig,
    /// The spread of samples around their centre that the config came to.
    pub(super) sigma: f64,
    pub(super) counts: Counts,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) centre_counts: Option<Counts>,
    pub(super) attributes: Vec<AttributeSummary>,
    /// Of the regions' map in the latent space, which every sweep has.
    pub(super) map_quality: MapQuality,
    /// The layout that `map_x` and `map_y` are of, over all melodies, if it was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) layout: Option<&'a LayoutQuality>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) spread: Option<RegionSpread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) seconds: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) steering: Option<SteeringRecord>,
}

/// What was steered to, and what came of it.
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
    /// As musicians see it.
    pub(super) shown_unit: &'static str,
    pub(super) shown_wanted: f64,
    pub(super) shown_obtained_mean: Option<f64>,
    pub(super) within_one_shown_unit: f64,
    pub(super) distinct: f64,
    pub(super) lowest_reach: f64,
    pub(super) highest_reach: f64,
}

impl RunRecord<'_> {
    pub(super) fn write(&self, out: &mut dyn Write) -> io::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        out.write_all(b"\n")
    }
}
