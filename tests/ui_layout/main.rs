//! The window in every state, at every size, in both themes: no text is cut, covered or printed over another, no control
//! leaves the window or lies on another.
//!
//! The widgets' own rectangles and the painted shapes are compared, not pictures, so no renderer is needed.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod faults;
mod states;

#[path = "../support/tune.rs"]
mod tune;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::Path;

use eframe::egui::Vec2;
use tunescape::ui::{Command, Settings, ThemeChoice};

use states::{STATES, State};
use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 16;

fn open(size: [f32; 2], theme: ThemeChoice, export_to: &Path) -> Window {
    let setup = Setup {
        settings: Settings {
            theme,
            ..Settings::default()
        },
        export_to: export_to.to_path_buf(),
        ..Setup::new(FakeModel::busy(), SAMPLES)
    };
    let mut window = setup.open();
    window.harness.set_size(Vec2::from(size));
    window.swept()
}

fn faults_in(size: [f32; 2], theme: ThemeChoice, state: &State) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = open(size, theme, folder.path()).harness;
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
