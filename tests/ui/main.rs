//! Tests of the window: its widgets are clicked by their labels.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod analysis;
mod exporting;
mod map;
mod panels;
mod probes;
mod sweep;

#[path = "../support/busy_model.rs"]
mod busy_model;
#[path = "../support/window.rs"]
mod support;

use std::path::PathBuf;
use std::time::Duration;

use busy_model::BusyModel;
use eframe::egui::{Key, Pos2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{RecordingPlayer, Setup, run_until, run_until_kept, run_until_swept};
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, Settings};

const SAMPLES: u32 = 16;

struct Window {
    harness: Harness<'static, App>,
    recorder: RecordingPlayer,
}

fn open_with(pause: Duration, export_to: PathBuf) -> Window {
    let recorder = RecordingPlayer::default();
    recorder.lock().unwrap().step = 4.5;
    let setup = Setup {
        model: BusyModel { pause },
        player: Box::new(recorder.clone()),
        settings: Settings::default(),
        export_to,
        samples: SAMPLES,
    };
    Window {
        harness: setup.open(),
        recorder,
    }
}

impl Window {
    fn run_until(&mut self, what: &str, condition: impl Fn(&App) -> bool) {
        run_until(&mut self.harness, what, condition);
    }

    fn swept(mut self) -> Self {
        run_until_swept(&mut self.harness, SAMPLES);
        self.run_until("the melodies are laid out and at rest", |app| {
            app.state().layout.quality.is_some() && !app.map().moving()
        });
        self
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    fn run_until_kept(&mut self, count: usize) {
        run_until_kept(&mut self.harness, count);
    }

    fn focus(&self) -> Option<MelodyId> {
        self.harness.state().state().selection.focus
    }

    fn click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.drag_at(at);
        self.harness.run_steps(1);
        self.harness.drop_at(at);
        self.harness.run_steps(3);
    }

    fn click_centre_of(&mut self, region: u32) {
        let id = MelodyId::Centre { region };
        let at = self.harness.state().map().position(id).unwrap();
        self.click_at(at);
        assert_eq!(self.focus(), Some(id));
    }

    fn plays(&self) -> usize {
        self.recorder.lock().unwrap().played.len()
    }
}

fn open() -> Window {
    open_with(Duration::ZERO, std::env::temp_dir()).swept()
}
