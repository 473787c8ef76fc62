//! Tests of paths over the map: drawing, editing, playing, exporting, undo.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod drawing;
mod editing;
mod exporting;
mod playing;

#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::PathBuf;

use eframe::egui::{Key, Pos2, Vec2};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, Tokens};
use tunescape::playback::StartPosition;
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{Command, PathCommand};
use window::fake_model::{FakeModel, quarters};
use window::{Setup, Window};

const SAMPLES: u32 = 8;

fn fake_melody(point: &LatentPoint) -> Tokens {
    quarters(point, 9.0)
}

fn setup() -> Setup {
    Setup::new(FakeModel::new(fake_melody), SAMPLES)
}

fn open() -> Window {
    setup().open().swept()
}

impl Window {
    fn path_command(&mut self, command: PathCommand) {
        self.command(Command::Path(command));
    }

    /// Clicks, and waits: two clicks are a double click only within a third of a second.
    fn click_once_at(&mut self, at: Pos2) {
        self.click_at(at);
        self.harness.run_steps(27);
    }

    /// Presses the button at the first position, moves through the others and releases it at the last.
    fn draw(&mut self, line: &[Pos2]) {
        self.harness.hover_at(line[0]);
        self.harness.run_steps(1);
        self.harness.drag_at(line[0]);
        self.harness.run_steps(1);
        for at in line {
            self.harness.hover_at(*at);
            self.harness.run_steps(1);
        }
        self.harness.drop_at(line[line.len() - 1]);
        self.harness.run_steps(3);
    }

    fn middle(&self) -> Pos2 {
        self.harness.state().map().rect().unwrap().center()
    }

    fn points(&self) -> usize {
        let path = &self.state().path;
        path.drawn.as_ref().map_or(0, |path| path.points.len())
    }

    fn point(&self, index: usize) -> Pos2 {
        let state = self.state();
        let path = state.path.drawn.as_ref().unwrap();
        let place = path.points[index].position(&state.melodies);
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn path_marker(&self) -> Pos2 {
        let state = self.state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.melodies);
        let place = curve.position(state.path_marker().unwrap());
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn run_until_planned(&mut self) {
        self.run_until("the path is decoded", |app| {
            !app.state().path.decoding && app.state().path.stops().is_some()
        });
    }

    /// A path of three points, decoded and playing.
    fn with_path() -> Self {
        let mut window = open();
        let at = window.middle();
        window.press(Key::D);
        for off in [[-180.0, 60.0], [0.0, -90.0], [170.0, 70.0]] {
            window.click_once_at(at + Vec2::from(off));
        }
        window.run_until_planned();
        window
    }

    fn melodies(&self) -> Vec<Melody> {
        let stops = self.state().path.stops().unwrap();
        let entries = stops.set.entries.iter();
        entries.map(|entry| (*entry.melody).clone()).collect()
    }

    fn last_played(&self) -> (Melody, Option<StartPosition>) {
        let played = self.recorder.lock().unwrap();
        let (melody, _, start) = played.played.last().unwrap();
        ((**melody).clone(), *start)
    }

    fn at_step(&mut self, step: f64) {
        self.recorder.lock().unwrap().step = step;
        self.harness.run_steps(2);
    }

    fn files(&self) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(self.folder.path().join("exported"));
        let mut files: Vec<PathBuf> = entries
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files
    }
}

fn piece(melodies: &[Melody], visits: &[usize], each: usize) -> Melody {
    let row: Vec<&Melody> = visits.iter().map(|visit| &melodies[*visit]).collect();
    Melody::alternate(&row, each)
}

fn is_stop(id: Option<MelodyId>) -> bool {
    matches!(
        id,
        Some(MelodyId::Generated {
            method: GenerateMethod::Path,
            ..
        })
    )
}
