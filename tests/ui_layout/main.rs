//! The window in every state, at every size, in both themes: no text is cut, covered or printed over another, no control
//! leaves the window or lies on another.
//!
//! The widgets' own rectangles and the painted shapes are compared, not pictures, so no renderer is needed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "../support/busy_model.rs"]
mod busy_model;
mod faults;
mod states;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod support;

use std::path::Path;
use std::time::Duration;

use eframe::egui::Vec2;
use egui_kittest::Harness;
use tunescape::melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes};
use tunescape::ui::{App, Command, Settings, ThemeChoice};

use busy_model::BusyModel;
use states::{STATES, State};
use support::{RecordingPlayer, Setup, run_until, run_until_swept};

const SAMPLES: u32 = 16;

fn open(size: [f32; 2], theme: ThemeChoice, export_to: &Path) -> Harness<'static, App> {
    let setup = Setup {
        model: BusyModel {
            pause: Duration::ZERO,
        },
        player: Box::new(RecordingPlayer::default()),
        settings: Settings {
            theme,
            ..Settings::default()
        },
        export_to: export_to.to_path_buf(),
        samples: SAMPLES,
    };
    let mut harness = setup.open();
    harness.set_size(Vec2::from(size));
    run_until_swept(&mut harness, SAMPLES);
    run_until(&mut harness, "the melodies are at rest", |app| {
        app.state().layout.quality.is_some() && !app.map().moving()
    });
    harness
}

/// A song of two bars in C.
pub fn write_song(path: &Path) {
    let note = |k: u32| Note {
        pitch: 60 + 2 * k as u8,
        start: 4 * k,
        end: 4 * k + 4,
    };
    let notes: Vec<Note> = (0..8).map(note).collect();
    let track = Track {
        melody: &Melody::from_notes(&notes, 32).unwrap(),
        name: "Tune".to_owned(),
        text: String::new(),
    };
    let bytes = single_track_bytes(&track, &MidiWriteOptions::default());
    std::fs::write(path, bytes).unwrap();
}

fn faults_in(size: [f32; 2], theme: ThemeChoice, state: &State) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = open(size, theme, folder.path());
    (state.enter)(&mut harness);
    harness.run_steps(4);
    let found = faults::faults(&harness);
    harness.state_mut().command(Command::Panic);
    let place = format!("{}x{} {theme:?} {}", size[0], size[1], state.name);
    found
        .into_iter()
        .map(|fault| format!("{place}: {fault}"))
        .collect()
}

fn nothing_overlaps_and_nothing_is_cut(size: [f32; 2]) {
    let mut all = Vec::new();
    for theme in [ThemeChoice::Dark, ThemeChoice::Light] {
        for state in STATES {
            all.extend(faults_in(size, theme, state));
        }
    }
    let count = all.len();
    assert!(all.is_empty(), "{count} faults:\n{}", all.join("\n"));
}

#[test]
fn nothing_overlaps_in_the_smallest_window() {
    nothing_overlaps_and_nothing_is_cut([640.0, 440.0]);
}

#[test]
fn nothing_overlaps_on_a_small_laptop_at_200_percent() {
    nothing_overlaps_and_nothing_is_cut([960.0, 540.0]);
}

#[test]
fn nothing_overlaps_on_a_small_laptop_at_150_percent() {
    nothing_overlaps_and_nothing_is_cut([1024.0, 640.0]);
}

#[test]
fn nothing_overlaps_at_the_default_size() {
    nothing_overlaps_and_nothing_is_cut([1440.0, 900.0]);
}

#[test]
fn nothing_overlaps_on_a_large_screen() {
    nothing_overlaps_and_nothing_is_cut([2560.0, 1440.0]);
}
