//! A path over the map in the window: drawn, heard, bent, played, exported, taken back.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod drawing;
mod editing;
mod exporting;
mod playing;

#[path = "../support/window.rs"]
mod support;

use std::path::PathBuf;
use std::time::Duration;

use eframe::egui::{Key, Pos2, Vec2};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{Ear, Setup, until, until_swept};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, Tokens};
use tunescape::model::{Decode, ModelError, Sampling};
use tunescape::playback::Entry;
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{App, Command, PathCommand, Settings, Sound};

const LATENT: usize = 24;

const SAMPLES: u32 = 8;

/// A model that knows a pitch for each of eight quarters.
#[derive(Clone)]
struct Toy {
    /// Time it takes per melody.
    pause: Duration,
}

impl Decode for Toy {
    fn latent_size(&self) -> usize {
        LATENT
    }
    fn steps(&self) -> usize {
        32
    }
    fn decode(
        &mut self,
        latents: &[LatentPoint],
        _sampling: &Sampling,
    ) -> Result<Vec<Tokens>, ModelError> {
        std::thread::sleep(self.pause * latents.len() as u32);
        Ok(latents.iter().map(toy_melody).collect())
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

fn toy_melody(point: &LatentPoint) -> Tokens {
    let mut ids = vec![0_u8; 32];
    for (quarter, z) in point.as_slice().iter().take(8).enumerate() {
        ids[4 * quarter] = (64.0 + 9.0 * z).round().clamp(30.0, 100.0) as u8 - 19;
    }
    Tokens::new(ids).unwrap()
}

struct Window {
    harness: Harness<'static, App>,
    ear: Ear,
    folder: tempfile::TempDir,
}

fn open_with(
    sound: Box<dyn Sound>,
    ear: Ear,
    pause: Duration,
    samples: u32,
    settings: Settings,
) -> Window {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exported");
    let setup = Setup {
        model: Toy { pause },
        sound,
        settings,
        export_to: path,
        samples,
    };
    Window {
        harness: setup.open(),
        ear,
        folder,
    }
}

fn open() -> Window {
    let ear = Ear::default();
    open_with(
        Box::new(ear.clone()),
        ear,
        Duration::ZERO,
        SAMPLES,
        Settings::default(),
    )
    .swept()
}

impl Window {
    fn swept(mut self) -> Self {
        until_swept(&mut self.harness, SAMPLES);
        self.until("the points are at rest", |app| {
            app.state().layout.running.is_none() && !app.map().moving()
        });
        self
    }

    fn until(&mut self, what: &str, so: impl Fn(&App) -> bool) {
        until(&mut self.harness, what, so);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn has(&self, label: &str) -> bool {
        self.harness.query_by_label(label).is_some()
    }

    fn command(&mut self, wish: PathCommand) {
        self.harness.state_mut().command(Command::Path(wish));
        self.harness.run_steps(2);
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    fn click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.drag_at(at);
        self.harness.run_steps(1);
        self.harness.drop_at(at);
        // Two clicks are a double click only within a third of a second.
        self.harness.run_steps(30);
    }

    /// Presses at the first place and lets go at the last.
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
        let path = &self.harness.state().state().path;
        path.drawn.as_ref().map_or(0, |path| path.points.len())
    }

    fn point(&self, index: usize) -> Pos2 {
        let state = self.harness.state().state();
        let path = state.path.drawn.as_ref().unwrap();
        let place = path.points[index].place(&state.library);
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn puck(&self) -> Pos2 {
        let state = self.harness.state().state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.library);
        let place = curve.at(state.puck().unwrap());
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn planned(&mut self) {
        self.until("the path is decoded", |app| {
            !app.state().path.decoding && app.state().path.stops().is_some()
        });
    }

    /// A path of three points, decoded and playing.
    fn with_path() -> Self {
        let mut window = open();
        let at = window.middle();
        window.press(Key::D);
        for off in [[-180.0, 60.0], [0.0, -90.0], [170.0, 70.0]] {
            window.click_at(at + Vec2::from(off));
        }
        window.planned();
        window
    }

    fn melodies(&self) -> Vec<Melody> {
        let stops = self.harness.state().state().path.stops().unwrap();
        let entries = stops.set.entries.iter();
        entries.map(|entry| (*entry.melody).clone()).collect()
    }

    fn last(&self) -> (Melody, Option<Entry>) {
        let heard = self.ear.lock().unwrap();
        let (melody, _, entry) = heard.played.last().unwrap();
        ((**melody).clone(), *entry)
    }

    fn at_step(&mut self, step: f64) {
        self.ear.lock().unwrap().step = step;
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
    Melody::medley(&row, each)
}

fn is_station(id: Option<MelodyId>) -> bool {
    matches!(
        id,
        Some(MelodyId::Generated {
            by: GenerateMethod::Path,
            ..
        })
    )
}
