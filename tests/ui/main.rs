//! Tests of the window: its widgets are clicked by their labels.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod analysis;
mod chords;
mod exporting;
mod feel;
mod idle;
mod keyboard;
mod map;
mod midi_input;
mod osc;
mod panels;
mod probes;
mod scales;
mod screen_reader;
mod sound;
mod steer;
mod steer_like;
mod steer_panel;
mod sweep;
mod taste;
mod touch;

#[path = "../support/dropped_files.rs"]
mod dropped_files;
#[path = "../support/sound_font.rs"]
mod sound_font;
#[path = "../support/wait_until.rs"]
mod wait_until;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use eframe::egui::{self, Event, Rect, Shape};
use tunescape::sweep::MelodyId;
use tunescape::ui::{FileDialogs, WindowDialogs};
use wait_until::wait_until;
use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 16;

/// A window that has just begun its first sweep.
fn open_unswept(setup: Setup) -> Window {
    let window = setup.open();
    window.recorder.lock().unwrap().step = 4.5;
    window
}

/// A window with a model that takes this time per melody.
fn open_slow(pause: Duration) -> Window {
    open_unswept(Setup::new(FakeModel::busy().with_pause(pause), SAMPLES))
}

/// A window with a finished sweep.
fn open() -> Window {
    open_unswept(Setup::new(FakeModel::busy(), SAMPLES)).swept()
}

/// A window with a finished sweep, which exports into this folder.
fn open_exporting(export_to: PathBuf) -> Window {
    let setup = Setup {
        export_to,
        ..Setup::new(FakeModel::busy(), SAMPLES)
    };
    open_unswept(setup).swept()
}

/// A window with a finished sweep and file dialogs that it draws itself; they start in its folder.
fn open_with_dialogs() -> Window {
    let mut setup = Setup::new(FakeModel::busy(), SAMPLES);
    let folder = setup.folder.path().to_str().map(str::to_owned);
    setup.settings.export_folder = folder.clone();
    setup.settings.open_folder = folder;
    let dialogs =
        |ctx: &egui::Context| -> Arc<dyn FileDialogs> { Arc::new(WindowDialogs::new(ctx)) };
    setup.open_with_dialogs(dialogs).swept()
}

/// Whether a shape contains this text, inside its clip rectangle and without an ellipsis.
fn is_fully_painted(shape: &Shape, clip: Rect, text: &str) -> bool {
    match shape {
        Shape::Vec(shapes) => shapes
            .iter()
            .any(|shape| is_fully_painted(shape, clip, text)),
        Shape::Text(drawn) => {
            let is_complete = drawn.galley.text() == text && !drawn.galley.elided;
            is_complete && clip.contains_rect(drawn.visual_bounding_rect())
        }
        _ => false,
    }
}

impl Window {
    /// Whether this text is drawn in full in the last frame.
    fn shows_in_full(&self, text: &str) -> bool {
        let shapes = &self.harness.output().shapes;
        shapes
            .iter()
            .any(|clipped| is_fully_painted(&clipped.shape, clipped.clip_rect, text))
    }

    /// One frame with these events.
    fn frame(&mut self, events: impl IntoIterator<Item = Event>) {
        self.harness.input_mut().events.extend(events);
        self.harness.run_steps(1);
    }

    /// Runs frames until something has this name.
    fn run_until_labelled(&mut self, label: &str) {
        assert!(
            wait_until(|| {
                self.harness.run_steps(1);
                self.has(label)
            }),
            "nothing is named {label:?}"
        );
        self.harness.run_steps(3);
    }

    fn click_centre_of(&mut self, region: u32) {
        self.click_at(self.region_position(region));
        assert_eq!(self.focus(), Some(MelodyId::Centre { region }));
    }
}
