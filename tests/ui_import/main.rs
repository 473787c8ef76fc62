//! Tests of imported melodies: opening, placing, exploring, blending, exporting, undo.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod edited_files;
mod editing;
mod generated;
mod landmarks;
mod learn;
mod mix;
mod songs;

#[path = "../support/command.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod command;
#[path = "../support/dropped_files.rs"]
mod dropped_files;
#[path = "../ui_timeline/piece_file.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod piece_file;
#[path = "../support/small_corpus.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod small_corpus;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::PathBuf;

use eframe::egui::{Event, Modifiers, PointerButton, Pos2};
use tunescape::latent::LatentPoint;
use tunescape::melody::{Melody, MidiWriteOptions, Note, Tokens, Track, single_track_bytes};
use tunescape::model::Posterior;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ImportCommand};
use window::fake_model::{FakeModel, LATENT, quarters};
use window::{Setup, Window};

const SAMPLES: u32 = 8;

/// A toy that encodes the pitch of each of eight quarter notes, and no rhythm.
fn fake_melody(point: &LatentPoint) -> Tokens {
    quarters(point, 6.0)
}

fn fake_posterior(tokens: &Tokens) -> Posterior {
    let melody = Melody::from_tokens(tokens.clone());
    let mut mu = vec![0.0; LATENT];
    for note in melody.notes() {
        mu[note.start as usize / 4] = (f32::from(note.pitch) - 64.0) / 6.0;
    }
    Posterior {
        mu,
        sigma: vec![0.1; LATENT],
    }
}

/// A window with a model that can encode.
fn setup() -> Setup {
    let model = FakeModel {
        posterior: Some(fake_posterior),
        ..FakeModel::new(fake_melody)
    };
    Setup::new(model, SAMPLES)
}

impl Window {
    fn open() -> Self {
        let window = setup().open();
        window.recorder.lock().unwrap().step = 36.5;
        // What is brought moves nothing; laying out does, so that has to be over.
        window.swept()
    }

    fn last_played(&self) -> Melody {
        (*self.recorder.lock().unwrap().played.last().unwrap().0).clone()
    }

    fn right_click_at(&mut self, at: Pos2) {
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        for pressed in [true, false] {
            self.harness.event(Event::PointerButton {
                pos: at,
                button: PointerButton::Secondary,
                pressed,
                modifiers: Modifiers::NONE,
            });
            self.harness.run_steps(2);
        }
    }

    fn positions(&self) -> Vec<[f64; 2]> {
        let melodies = &self.state().melodies;
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
