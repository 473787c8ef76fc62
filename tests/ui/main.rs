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
fn begin(setup: Setup) -> Window {
    let window = setup.open();
    window.recorder.lock().unwrap().step = 4.5;
    window
}

/// A window with a model that takes this time per melody.
fn begin_slow(pause: Duration) -> Window {
    begin(Setup::new(FakeModel::busy().with_pause(pause), SAMPLES))
}

/// A window with a finished sweep.
fn open() -> Window {
    begin(Setup::new(FakeModel::busy(), SAMPLES)).swept()
}

/// The same, which exports into this folder.
fn open_exporting(export_to: PathBuf) -> Window {
    let setup = Setup {
        export_to,
        ..Setup::new(FakeModel::busy(), SAMPLES)
    };
    begin(setup).swept()
}

/// The same, with file dialogs that it draws itself and that begin in its folder.
fn open_asking() -> Window {
    let mut setup = Setup::new(FakeModel::busy(), SAMPLES);
    let place = setup.folder.path().to_str().map(str::to_owned);
    setup.settings.export_folder = place.clone();
    setup.settings.open_folder = place;
    let dialogs =
        |ctx: &egui::Context| -> Arc<dyn FileDialogs> { Arc::new(WindowDialogs::new(ctx)) };
    setup.open_asking(dialogs).swept()
}

/// Whether this text is painted inside its clip rectangle, and not cut to an ellipsis.
fn is_painted_whole(shape: &Shape, clip: Rect, text: &str) -> bool {
    match shape {
        Shape::Vec(shapes) => shapes
            .iter()
            .any(|shape| is_painted_whole(shape, clip, text)),
        Shape::Text(drawn) => {
            let whole = drawn.galley.text() == text && !drawn.galley.elided;
            whole && clip.contains_rect(drawn.visual_bounding_rect())
        }
        _ => false,
    }
}

impl Window {
    /// Whether this text can be read in full in the last frame.
    fn sees(&self, text: &str) -> bool {
        let shapes = &self.harness.output().shapes;
        shapes
            .iter()
            .any(|clipped| is_painted_whole(&clipped.shape, clipped.clip_rect, text))
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
        self.click_at(self.place_of(region));
        assert_eq!(self.focus(), Some(MelodyId::Centre { region }));
    }
}
