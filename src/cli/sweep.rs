//! `tunescape sweep`: a whole run, written to a folder.

use std::path::Path;
use std::sync::Arc;

use super::args::SweepArgs;
use super::error::CliError;
use super::terminal::{TerminalProgress, is_quiet, print_json, print_line};
use crate::cli::model::refuse_existing;
use crate::melody::MidiWriteOptions;
use crate::model::Engine;
use crate::session::{
    ExportError, ExportGrouping, ExportItem, MelodyFiles, OnExisting, check_output_folder,
    export_files, midi_path, write_files, write_sweep,
};
use crate::sweep::{self, LayoutQuality, Sweep, SweepSummary};

pub(super) fn run(arguments: &SweepArgs) -> Result<(), CliError> {
    let config = arguments.config.config();
    config.validate()?;
    if let Some(path) = &arguments.tracks {
        // Checked before the sweep, which may take hours.
        refuse_existing(&midi_path(path), arguments.overwrite)?;
    }
    check_output_folder(&arguments.out, arguments.overwrite)?;
    let mut engine = arguments.model.open()?;
    let mut bar = TerminalProgress::new();
    let mut sweep = sweep::run(
        &config,
        &arguments.execution.run_options(),
        &mut engine,
        &mut bar,
    )?;
    sweep.lay_out(arguments.layout, &mut bar)?;
    bar.finish();
    let melody_files = if arguments.tar {
        MelodyFiles::Archive
    } else {
        MelodyFiles::SeparateFiles
    };
    write_sweep(&sweep, &arguments.out, melody_files, arguments.overwrite)?;
    if let Some(path) = &arguments.tracks {
        write_tracks(&sweep, path, arguments.overwrite)?;
    }
    if arguments.json.json {
        print_json(&json(&sweep, &engine, &arguments.out))?;
    } else if !is_quiet() {
        print_line(&describe(&sweep.summary()));
        if let Some(quality) = &sweep.layout_quality {
            print_line(&describe_layout(quality));
        }
        if let Some(self_test_result) = engine.self_test_result() {
            print_line(&format!(
                "differ from the CPU     {} of {} test melodies",
                self_test_result.differing, self_test_result.melodies
            ));
        }
        print_line(&format!(
            "written to              {}",
            arguments.out.display()
        ));
    }
    Ok(())
}

/// The summary for scripts. `out` is the folder of the run.
fn json(sweep: &Sweep, engine: &Engine, out: &Path) -> serde_json::Value {
    let summary = sweep.summary();
    serde_json::json!({
        "out": out,
        "seconds": summary.seconds,
        "device": summary.device,
        "weights_hash": summary.weights_hash,
        "seed": summary.config.seed,
        "samples": summary.samples,
        "centres": summary.centres,
        "attributes": summary.attributes,
        "map_quality": summary.map_quality,
        "layout": sweep.layout_quality,
        "spread": summary.spread,
        "differ_from_cpu": engine.self_test_result().map(|result| result.differing),
    })
}

/// Writes the melodies of the regions' centres into one file with a track for each.
fn write_tracks(sweep: &Sweep, path: &Path, overwrite: bool) -> Result<(), ExportError> {
    let options = MidiWriteOptions::default();
    let items: Vec<ExportItem> = sweep
        .centres
        .iter()
        .map(|entry| {
            ExportItem::new(
                entry.id,
                entry.id.to_string(),
                Arc::clone(&entry.melody),
                &entry.attributes,
                sweep.plan.config.seed,
                &sweep.weights_hash,
                options.tempo_bpm,
            )
        })
        .collect();
    let on_existing = if overwrite {
        OnExisting::Replace
    } else {
        OnExisting::Refuse
    };
    let files = export_files(&items, ExportGrouping::Tracks, path, &options)?;
    write_files(&files, on_existing).map(drop)
}

/// The quality of a layout for the terminal, one line per measure.
fn describe_layout(quality: &LayoutQuality) -> String {
    let by_layout = &quality.by_layout_distance;
    let melody_distance = &quality.melody_distance;
    let smoothness: Vec<String> = quality
        .smoothness
        .iter()
        .filter_map(|entry| Some(format!("{} {:.2}", entry.id, entry.morans_i?)))
        .collect();
    [
        format!(
            "layout                  {}, measured on {} of {} melodies",
            quality.kind, quality.measured_on, quality.points
        ),
        format!(
            "  stress                {:.3} (chance {:.3})",
            by_layout.stress, by_layout.stress_chance
        ),
        format!(
            "  trust, continuity     {:.3}, {:.3} (chance {:.3})",
            by_layout.trustworthiness, by_layout.continuity, by_layout.trustworthiness_chance
        ),
        format!(
            "  neighbours kept       {:.1} % (chance {:.2} %)",
            100.0 * by_layout.neighbours_kept,
            100.0 * by_layout.neighbours_chance
        ),
        format!(
            "  melody distance       {:.3} to map neighbours, {:.3} to true ones, {:.3} to random others",
            melody_distance.map_neighbours, melody_distance.true_neighbours, melody_distance.random_pairs
        ),
        format!("  Moran's I             {} (chance 0)", smoothness.join(", ")),
    ]
    .join("\n")
}

/// The summary of a sweep for the terminal, one line per measure.
pub(super) fn describe(summary: &SweepSummary) -> String {
    let percent_of = |count: usize| 100.0 * count as f64 / summary.samples.melodies.max(1) as f64;
    let quality = &summary.map_quality;
    let mut lines = vec![
        format!(
            "melodies                {} in {:.1} s on {}",
            summary.samples.melodies, summary.seconds, summary.device
        ),
        format!(
            "empty                   {:.2} %",
            percent_of(summary.samples.empty)
        ),
        format!(
            "distinct                {:.1} %",
            percent_of(summary.samples.distinct)
        ),
    ];
    for attribute in &summary.attributes {
        if let Some(mean) = attribute.shown_mean {
            lines.push(format!(
                "{:<24}{mean:.2} {}",
                attribute.id, attribute.shown_unit
            ));
        }
    }
    lines.push(format!(
        "map                     stress {:.2}, neighbours kept {:.1} % (chance {:.1} %)",
        quality.stress,
        100.0 * quality.neighbours_kept,
        100.0 * quality.neighbours_chance
    ));
    if let Some(other) = summary.spread.to_nearest_other {
        lines.push(format!(
            "distance of a sample    {:.1} to its own centre, {other:.1} to the nearest other (medians)",
            summary.spread.to_own_centre
        ));
    }
    lines.push(format!("weights                 {}", summary.weights_hash));
    lines.join("\n")
}
