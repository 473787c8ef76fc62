//! Tests of imported melodies: opening, placing, exploring, blending, exporting, undo.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod generated;
mod songs;

#[path = "../support/window.rs"]
mod support;

use std::path::PathBuf;

use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use support::{RecordingPlayer, Setup, run_until, run_until_swept};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, MidiWriteOptions, Note, Tokens, Track, single_track_bytes};
use tunescape::model::{MelodyModel, ModelError, Posterior, Sampling};
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, Command, ImportCommand, Settings};

const LATENT: usize = 24;

const SAMPLES: u32 = 8;

/// A fake model that encodes the pitch of each of eight quarter notes, and no rhythm.
#[derive(Clone)]
struct FakeModel;

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
        let melody = |point: &LatentPoint| {
            let mut ids = vec![0_u8; 32];
            for (quarter, z) in point.as_slice().iter().take(8).enumerate() {
                ids[4 * quarter] = (64.0 + 6.0 * z).round().clamp(30.0, 100.0) as u8 - 19;
            }
            Tokens::new(ids).unwrap()
        };
        Ok(latents.iter().map(melody).collect())
    }
    fn encode(&mut self, melodies: &[Tokens]) -> Result<Vec<Posterior>, ModelError> {
        let posterior = |tokens: &Tokens| {
            let melody = Melody::from_tokens(tokens.clone());
            let mut mu = vec![0.0; LATENT];
            for note in melody.notes() {
                mu[note.start as usize / 4] = (f32::from(note.pitch) - 64.0) / 6.0;
            }
            Posterior {
                mu,
                sigma: vec![0.1; LATENT],
            }
        };
        Ok(melodies.iter().map(posterior).collect())
    }
    fn device_name(&self) -> String {
        "Toy".to_owned()
    }
    fn weights_hash(&self) -> &str {
        "0123456789ab"
    }
}

struct Window {
    harness: Harness<'static, App>,
    recorder: RecordingPlayer,
    folder: tempfile::TempDir,
}

impl Window {
    fn at_rest(&mut self) {
        self.run_until("the points are at rest", |app| {
            app.state().layout.running.is_none() && !app.map().moving()
        });
    }

    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exported");
        let recorder = RecordingPlayer::default();
        recorder.lock().unwrap().step = 36.5;
        let setup = Setup {
            model: FakeModel,
            player: Box::new(recorder.clone()),
            settings: Settings::default(),
            export_to: path,
            samples: SAMPLES,
        };
        let mut window = Self {
            harness: setup.open(),
            recorder,
            folder,
        };
        run_until_swept(&mut window.harness, SAMPLES);
        // Importing moves no points, but laying out does, so the layout has to be finished.
        window.at_rest();
        window
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

    fn command(&mut self, command: Command) {
        self.harness.state_mut().command(command);
        self.harness.run_steps(2);
    }

    fn last_played(&self) -> Melody {
        (*self.recorder.lock().unwrap().played.last().unwrap().0).clone()
    }

    fn focus(&self) -> Option<MelodyId> {
        self.harness.state().state().selection.focus
    }

    fn positions(&self) -> Vec<[f64; 2]> {
        let melodies = &self.harness.state().state().melodies;
        melodies.swept().map(|entry| entry.position).collect()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    }

    /// Opens a tune and waits until it is encoded.
    fn open_tune(&mut self) -> PathBuf {
        let path = self.write("John.mid", &tune());
        self.command(Command::Import(ImportCommand::Open(path.clone())));
        self.run_until("the tune is encoded", |app| {
            app.state()
                .imported_song
                .as_ref()
                .is_some_and(|song| song.encoded.is_some())
        });
        path
    }

    fn place_tune(&mut self) -> MelodyId {
        self.open_tune();
        self.click("Place 2 melodies on the map");
        self.focus().unwrap()
    }
}

/// "Frère Jacques", traditional: four bars, the second pair with eighth notes, which the fake model cannot represent.
fn tune_melody() -> Melody {
    let mut notes = Vec::new();
    for (bar, pitches) in [[60, 62, 64, 60], [60, 62, 64, 60]].iter().enumerate() {
        for (quarter, pitch) in pitches.iter().enumerate() {
            let start = (16 * bar + 4 * quarter) as u32;
            notes.push(Note {
                pitch: *pitch,
                start,
                end: start + 4,
            });
        }
    }
    for (step, pitch) in [
        (32, 67),
        (34, 69),
        (36, 67),
        (38, 65),
        (40, 64),
        (44, 60),
        (48, 60),
        (52, 55),
        (56, 60),
    ] {
        notes.push(Note {
            pitch,
            start: step,
            end: step + 2,
        });
    }
    Melody::from_notes(&notes, 64).unwrap()
}

fn tune() -> Vec<u8> {
    let melody = tune_melody();
    let track = Track {
        melody: &melody,
        name: "Tune".to_owned(),
        text: String::new(),
    };
    single_track_bytes(&track, &MidiWriteOptions::default())
}
