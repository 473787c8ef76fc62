//! Tests of the Analysis tab.

use std::sync::Arc;
use std::time::Duration;

use eframe::egui::Pos2;
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::{MelodyId, SweepConfig};
use tunescape::ui::Command;

use crate::window::Window;
use crate::{open, open_exporting, open_slow};

/// Opens the analysis and waits until it covers the whole sweep.
fn open_analysis(mut window: Window) -> Window {
    window.click("Analysis");
    window.run_until("the sweep is studied", |app| {
        let finished = app.state().analysis.finished();
        finished.is_some_and(|finished| finished.decoded == 320 && finished.is_final)
    });
    window
}

/// Clicks on a fine grid over a figure until a melody plays; returns its id.
fn click_until_playing(window: &mut Window, figure: &str) -> Option<MelodyId> {
    window.harness.get_by_label(figure).scroll_to_me();
    window.harness.run_steps(20);
    let rect = window.harness.get_by_label(figure).rect();
    let before = window.play_count();
    let steps = |low: f32, high: f32| {
        (0..)
            .map(move |k| low + 10.0 + 9.0 * k as f32)
            .take_while(move |x| *x < high - 10.0)
    };
    for y in steps(rect.top(), rect.bottom()) {
        for x in steps(rect.left(), rect.right()) {
            window.click_at(Pos2::new(x, y));
            if window.play_count() > before {
                return window.focus();
            }
        }
    }
    None
}

#[test]
fn the_analysis_shows_the_figures_of_the_report_for_the_sweep_on_the_map() {
    let mut window = open_analysis(open());
    for figure in [
        "Map of the regions",
        "Low, mid and high regions",
        "Correlation over region means",
        "Correlation over samples",
        "Strongest dimension",
        "Second strongest dimension",
        "Best direction",
        "Correlation between attributes",
    ] {
        assert!(window.has(figure), "{figure}");
    }
    for words in [
        "on the study's map, by multidimensional scaling",
        "trustworthiness",
        "Moran's I of contour",
        "Mann-Whitney",
        "Cliff's delta",
    ] {
        let count = window.harness.query_all_by_label_contains(words).count();
        assert!(count > 0, "{words}");
    }
    // The fake model's density rises along the first dimension, and the study finds that.
    let analysis = &window.state().analysis;
    let results = &analysis.finished().unwrap().results;
    let density = &results.attributes[0];
    assert_eq!(density.over_regions.strongest[0].dimension, 0);
    assert!(density.over_regions.strongest[0].r > 0.9);
    assert!(density.linear.as_ref().unwrap().r2 > 0.8);
    assert!(results.map.trustworthiness > results.map.trustworthiness_chance);
    // Another attribute, another set of figures.
    window.command(Command::ColourBy(2));
    let label_count =
        |window: &Window, words: &str| window.harness.query_all_by_label_contains(words).count();
    assert!(
        label_count(&window, "Pitch range is") > 0 && label_count(&window, "Note density is") == 0
    );
    window.click("Analysis");
    assert!(window.has("Map"));
}

#[test]
fn a_click_on_a_point_of_a_figure_plays_its_melody() {
    let mut window = open_analysis(open());
    assert_eq!(window.play_count(), 0);
    for figure in [
        "Strongest dimension",
        "Second strongest dimension",
        "Best direction",
    ] {
        let played = click_until_playing(&mut window, figure);
        assert!(
            matches!(played, Some(MelodyId::Sample { .. })),
            "{figure}: {played:?}"
        );
    }
    let played = click_until_playing(&mut window, "Map of the regions");
    assert!(
        matches!(played, Some(MelodyId::Centre { .. })),
        "{played:?}"
    );
    // The clicked melody plays.
    let state = window.state();
    let melody = &state.melodies.get(played.unwrap()).unwrap().melody;
    assert!(Arc::ptr_eq(
        &window.recorder.lock().unwrap().played.last().unwrap().0,
        melody
    ));
}

#[test]
fn the_figures_are_exported_as_svg_and_png() {
    let folder = tempfile::tempdir().unwrap();
    let figures = folder.path().join("figures");
    let mut window = open_analysis(open_exporting(figures.clone()));
    window.click("Export figures…");
    let expected_names = [
        "note_density_map",
        "note_density_stem_regions",
        "note_density_stem_samples",
        "note_density_strongest_dimensions",
        "note_density_best_direction",
        "note_density_groups",
        "between_attributes",
    ];
    window.run_until("the figures are written", |_| {
        let written = std::fs::read_dir(&figures);
        written.is_ok_and(|files| files.count() >= 2 * expected_names.len())
    });
    for name in expected_names {
        let svg = std::fs::read_to_string(figures.join(format!("{name}.svg"))).unwrap();
        assert!(svg.starts_with("<svg viewBox"), "{name}");
        let png = std::fs::read(figures.join(format!("{name}.png"))).unwrap();
        assert_eq!(&png[1..4], b"PNG", "{name}");
    }
}

#[test]
fn the_analysis_grows_with_the_sweep_and_a_newer_sweep_takes_its_place() {
    let mut window = open_slow(Duration::from_millis(4));
    window.click("Analysis");
    window.run_until("a part of the sweep is studied", |app| {
        app.state().analysis.finished().is_some()
    });
    let decoded_before = window.state().analysis.finished().unwrap().decoded;
    window.run_until("more of it is studied", |app| {
        let finished = app.state().analysis.finished();
        finished.is_some_and(|finished| finished.decoded > decoded_before)
    });
    let app = window.harness.state_mut();
    app.command(Command::SetSweep(SweepConfig {
        regions: 25,
        samples: 6,
        ..SweepConfig::default()
    }));
    app.command(Command::NewSweep);
    window.run_until("the newer sweep is studied to its end", |app| {
        let finished = app.state().analysis.finished();
        finished.is_some_and(|finished| finished.results.regions == 25 && finished.decoded == 150)
    });
    // No study runs while the tab is closed.
    window.click("Analysis");
    window.run_until("it rests", |app| !app.state().analysis.is_running());
}
