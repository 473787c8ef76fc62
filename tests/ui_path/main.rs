//! Tests of paths over the map: drawing, editing, playing, exporting, undo.
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
use support::{RecordingPlayer, Setup, run_until, run_until_swept};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, Tokens};
use tunescape::model::{MelodyModel, ModelError, Sampling};
use tunescape::playback::Entry;
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{App, Command, MelodyPlayer, PathCommand, Settings};

const LATENT: usize = 24;

const SAMPLES: u32 = 8;

/// A fake model that decodes the pitch of each of eight quarter notes.
#[derive(Clone)]
struct FakeModel {
    /// Time it takes per melody.
    pause: Duration,
}

impl MelodyModel for FakeModel {
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
        Ok(latents.iter().map(fake_melody).collect())
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

fn fake_melody(point: &LatentPoint) -> Tokens {
    let mut ids = vec![0_u8; 32];
    for (quarter, z) in point.as_slice().iter().take(8).enumerate() {
        ids[4 * quarter] = (64.0 + 9.0 * z).round().clamp(30.0, 100.0) as u8 - 19;
    }
    Tokens::new(ids).unwrap()
}

struct Window {
    harness: Harness<'static, App>,
    recorder: RecordingPlayer,
    folder: tempfile::TempDir,
}

fn open_with(
    player: Box<dyn MelodyPlayer>,
    recorder: RecordingPlayer,
    pause: Duration,
    samples: u32,
    settings: Settings,
) -> Window {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("exported");
    let setup = Setup {
        model: FakeModel { pause },
        player,
        settings,
        export_to: path,
        samples,
    };
    Window {
        harness: setup.open(),
        recorder,
        folder,
    }
}

fn open() -> Window {
    let recorder = RecordingPlayer::default();
    open_with(
        Box::new(recorder.clone()),
        recorder,
        Duration::ZERO,
        SAMPLES,
        Settings::default(),
    )
    .swept()
}

impl Window {
    fn swept(mut self) -> Self {
        run_until_swept(&mut self.harness, SAMPLES);
        self.run_until("the points are at rest", |app| {
            app.state().layout.running.is_none() && !app.map().moving()
        });
        self
    }

    fn run_until(&mut self, what: &str, condition: impl Fn(&App) -> bool) {
        run_until(&mut self.harness, what, condition);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn has(&self, label: &str) -> bool {
        self.harness.query_by_label(label).is_some()
    }

    fn command(&mut self, command: PathCommand) {
        self.harness.state_mut().command(Command::Path(command));
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
        let path = &self.harness.state().state().path;
        path.drawn.as_ref().map_or(0, |path| path.points.len())
    }

    fn point(&self, index: usize) -> Pos2 {
        let state = self.harness.state().state();
        let path = state.path.drawn.as_ref().unwrap();
        let place = path.points[index].position(&state.melodies);
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn path_marker(&self) -> Pos2 {
        let state = self.harness.state().state();
        let curve = state.path.drawn.as_ref().unwrap().curve(&state.melodies);
        let place = curve.position(state.path_marker().unwrap());
        self.harness.state().map().to_screen(place).unwrap()
    }

    fn planned(&mut self) {
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

    fn last_played(&self) -> (Melody, Option<Entry>) {
        let played = self.recorder.lock().unwrap();
        let (melody, _, entry) = played.played.last().unwrap();
        ((**melody).clone(), *entry)
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
