//! A melody of one's own in the window: opened, placed, explored, blended, exported, taken back.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/window.rs"]
mod support;

use std::path::{Path, PathBuf};

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::latent::LatentPoint;
use tunescape::melody::{
    Melody, MidiWriteOptions, Note, Tokens, Track, multi_track_bytes, read_midi_file,
    single_track_bytes,
};
use tunescape::model::{Decode, ModelError, Posterior, Sampling};
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{
    App, Command, ExportShape, ExportWhat, GenerateCommand, ImportCommand, Settings,
};

use support::{Ear, Setup, until, until_kept, until_swept};

const LATENT: usize = 24;
const SAMPLES: u32 = 8;

/// A model that knows a pitch for each of eight quarters, and nothing of rhythm.
#[derive(Clone)]
struct Toy;

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
    ear: Ear,
    folder: tempfile::TempDir,
}

impl Window {
    fn at_rest(&mut self) {
        self.until("the points are at rest", |app| {
            app.state().layout.running.is_none() && !app.map().moving()
        });
    }

    fn open() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("exported");
        let ear = Ear::default();
        ear.lock().unwrap().step = 36.5;
        let setup = Setup {
            model: Toy,
            sound: Box::new(ear.clone()),
            settings: Settings::default(),
            export_to: path,
            samples: SAMPLES,
        };
        let mut window = Self {
            harness: setup.open(),
            ear,
            folder,
        };
        until_swept(&mut window.harness, SAMPLES);
        // What is brought moves nothing; laying out does, so that has to be over.
        window.at_rest();
        window
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

    fn command(&mut self, command: Command) {
        self.harness.state_mut().command(command);
        self.harness.run_steps(2);
    }

    fn heard(&self) -> Melody {
        (*self.ear.lock().unwrap().played.last().unwrap().0).clone()
    }

    fn focus(&self) -> Option<MelodyId> {
        self.harness.state().state().selection.focus
    }

    fn positions(&self) -> Vec<[f64; 2]> {
        let library = &self.harness.state().state().library;
        library.swept().map(|entry| entry.position).collect()
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
        self.until("the tune is encoded", |app| {
            app.state()
                .own
                .as_ref()
                .is_some_and(|own| own.measured.is_some())
        });
        path
    }

    fn place_tune(&mut self) -> MelodyId {
        self.open_tune();
        self.click("Place 2 melodies on the map");
        self.focus().unwrap()
    }
}

/// "Frère Jacques", traditional: four bars, the second pair with a quaver run that the toy cannot know.
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

#[test]
fn a_dropped_tune_is_shown_window_by_window_with_what_comes_back() {
    let mut window = Window::open();
    window.open_tune();
    for label in [
        "Your melody: John",
        "Listen to bars 1–2",
        "Take bars 3–4",
        "Play yours",
        "Play the model's",
    ] {
        assert!(window.has(label), "{label}");
    }
    let own = |window: &Window| {
        let state = window.harness.state().state();
        let own = state.own.as_ref().unwrap();
        let quality: Vec<f64> = own
            .measured
            .iter()
            .flat_map(|made| &made.originals)
            .map(|(_, q)| q.onsets)
            .collect();
        (own.chosen.iter().copied().collect::<Vec<_>>(), quality)
    };
    // Side by side: bars 1 and 2, bars 3 and 4; and a fourth window that begins in the last bar is none.
    let (chosen, quality) = own(&window);
    assert_eq!(chosen, [0, 2]);
    assert_eq!(quality.len(), 3);
    // Quarters are all that the toy knows: the first window comes back whole, quavers do not.
    assert_eq!(quality[0], 1.0);
    assert!(quality[2] < 0.8, "{quality:?}");

    window.click("Listen to bars 3–4");
    let played = window.heard();
    assert_eq!(played.notes().len(), 9);
    window.click("Play the model's");
    assert_ne!(window.heard(), played);
    window.click("Take bars 3–4");
    assert!(window.has("Place 1 melody on the map"));
    window.click("None");
    assert!(!window.has("Place 1 melody on the map"));
    window.click("Close the melody");
    assert!(window.harness.state().state().own.is_none());
}

#[test]
fn a_placed_melody_has_a_name_moves_nothing_and_undo_takes_it_away() {
    let mut window = Window::open();
    let before = window.positions();
    let id = window.place_tune();
    assert_eq!(window.positions(), before);
    assert!(matches!(
        id,
        MelodyId::Generated {
            by: GenerateMethod::Imported,
            index: 0,
            ..
        }
    ));
    assert!(window.has("John, bars 1–2"));
    assert!(window.harness.state().map().position(id).is_some());
    // What is heard is the tune itself, and at a wish what the model makes of it.
    let notes = window.heard().notes().to_vec();
    assert_eq!(notes, tune_melody().notes()[..8]);
    window.click("Next sample");
    let original = window.heard();
    window.click("Reconstruction");
    assert_ne!(window.heard(), original);
    window.click("Original");
    assert_eq!(window.heard(), original);

    window.harness.key_press(Key::F);
    until_kept(&mut window.harness, 1);
    assert!(window.has("Kept 1: John, bars 3–4"));
    let sets = |window: &Window| window.harness.state().state().library.made().count();
    assert_eq!(sets(&window), 1);
    // First the kept melody, then the selection, then what was placed.
    for _ in 0..3 {
        assert_eq!(sets(&window), 1);
        window
            .harness
            .key_press_modifiers(Modifiers::COMMAND, Key::Z);
        window.harness.run_steps(3);
    }
    assert_eq!(sets(&window), 0);
    until_kept(&mut window.harness, 0);
}

#[test]
fn own_melodies_stay_on_the_map_of_the_next_sweep() {
    let mut window = Window::open();
    let id = window.place_tune();
    let generation = window.harness.state().state().library.generation();
    window.click("New sweep");
    window.until("the new sweep is done", |app| {
        let state = app.state();
        state.sweep.running.is_none()
            && state.library.generation() > generation
            && state.library.decoded() == 20 * 9
    });
    let library = &window.harness.state().state().library;
    assert_eq!(library.name(id), Some("John, bars 1–2"));
    assert!(window.harness.state().map().position(id).is_some());
}

#[test]
fn two_explorations_at_once_both_arrive() {
    let mut window = Window::open();
    let id = window.place_tune();
    let before = window.harness.state().state().library.made().count();
    for _ in 0..2 {
        let app = window.harness.state_mut();
        app.command(Command::Generate(GenerateCommand::Explore(id)));
    }
    window.until("both are there", |app| {
        app.state().library.made().count() == before + 2
    });
}

#[test]
fn exploring_around_a_point_brings_melodies_near_it_and_nearer_with_more_closeness() {
    let mut window = Window::open();
    let id = window.place_tune();
    let mut distances = Vec::new();
    for (set, closeness) in [(1, 0.1), (2, 0.95)] {
        window.command(Command::Select(id));
        window.command(Command::Generate(GenerateCommand::SetCloseness(closeness)));
        window.click("Explore around it");
        window.until("they are there", |app| {
            app.state().library.made().any(|(number, _)| number == set)
        });
        let state = window.harness.state().state();
        let centre = state.library.latent(id).unwrap();
        let (_, cloud) = state.library.made().last().unwrap();
        assert_eq!(cloud.entries.len(), 16);
        let mean = cloud
            .latents
            .iter()
            .map(|z| z.distance(&centre))
            .sum::<f64>()
            / 16.0;
        distances.push(mean);
        let place = state.library.get(id).unwrap().position;
        let extent = state
            .library
            .plan()
            .unwrap()
            .map
            .points
            .iter()
            .map(|p| p[0].hypot(p[1]))
            .fold(0.0, f64::max);
        let near = cloud.entries.iter().filter(|entry| {
            (entry.position[0] - place[0]).hypot(entry.position[1] - place[1]) < 0.5 * extent
        });
        assert!(near.count() >= 14);
    }
    assert!(distances[0] > 4.0 * distances[1], "{distances:?}");
    // Any melody can be explored around, not only one's own.
    window.command(Command::Select(MelodyId::Centre { region: 4 }));
    window.click("Explore around it");
    window.until("they are there", |app| {
        app.state().library.made().count() == 4
    });
}

#[test]
fn a_blend_to_a_point_of_the_map_is_heard_seen_and_exported_as_one_piece_and_as_files() {
    let mut window = Window::open();
    window.place_tune();
    window.harness.key_press(Key::B);
    window.harness.run_steps(3);
    assert!(window.has("Click the melody to blend to."));
    window.command(Command::Select(MelodyId::Centre { region: 7 }));
    window.until("the blend is there", |app| {
        app.state().library.made().count() == 2
    });
    let state = window.harness.state().state();
    assert_eq!(state.selection.all.len(), 7);
    let (set, blend) = state
        .library
        .made()
        .last()
        .map(|(n, s)| (n, s.clone()))
        .unwrap();
    let end = state.library.get(MelodyId::Centre { region: 7 }).unwrap();
    assert_eq!(blend.entries[6].melody.tokens(), end.melody.tokens());
    for (axis, value) in end.position.iter().enumerate() {
        assert!((blend.entries[6].position[axis] - value).abs() < 1e-9);
    }
    // All seven are handed over as one; the playhead is in the second, and the map shows that.
    assert_eq!(window.heard().steps(), 7 * 32);
    let second = MelodyId::Generated {
        by: GenerateMethod::Blended,
        set,
        index: 1,
    };
    assert_eq!(state.sounding_id(), Some(second));
    assert_eq!(state.listening.step_in(&blend.entries[1].melody), Some(4.5));

    window.command(Command::Export(ExportWhat::Selected, ExportShape::Piece));
    let folder = window.folder.path().join("exported");
    window.until("the piece is written", |app| {
        app.state().notices.iter().count() == 1
    });
    let [piece] = &files(&folder)[..] else {
        panic!("one file")
    };
    let song = read_midi_file(piece).unwrap();
    let wanted: usize = blend
        .entries
        .iter()
        .map(|entry| entry.melody.notes().len())
        .sum();
    assert_eq!(
        song.tracks
            .iter()
            .map(|track| track.notes.len())
            .sum::<usize>(),
        wanted
    );
    assert_eq!(song.length_ticks, 7 * 2 * 4 * 480);
    window.command(Command::Export(ExportWhat::Selected, ExportShape::Folder));
    window.until("the files are written", |app| {
        app.state().notices.iter().count() == 2
    });
    assert_eq!(files(&folder).len(), 8);
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

#[test]
fn the_tracks_of_a_song_can_be_chosen() {
    let mut window = Window::open();
    let melody = tune_melody();
    let track = |name: &str| Track {
        melody: &melody,
        name: name.to_owned(),
        text: String::new(),
    };
    let tracks = [track("Strings"), track("Lead melody")];
    let path = window.write(
        "song.mid",
        &multi_track_bytes(&tracks, &MidiWriteOptions::default()),
    );
    window.command(Command::Import(ImportCommand::Open(path)));
    let part = |app: &App| app.state().own.as_ref().map(|own| own.part);
    window.until("the song is open", |app| part(app) == Some(1));
    window.harness.get_by_label_contains("Strings").click();
    window.harness.run_steps(2);
    window.until("the other track is taken", |app| part(app) == Some(0));
}

#[test]
fn a_file_without_a_melody_is_one_sentence_and_nothing_is_lost() {
    let mut window = Window::open();
    let id = window.place_tune();
    for (name, bytes, told) in [
        ("empty.mid", one_track(b"\0\xff\x2f\0"), "holds no notes"),
        ("noise.mid", b"not a MIDI file".to_vec(), "not a MIDI file"),
    ] {
        let path = window.write(name, &bytes);
        window.command(Command::Import(ImportCommand::Open(path)));
        window.until(told, |app| {
            app.state()
                .notices
                .iter()
                .any(|notice| notice.text.contains(told))
        });
        assert!(window.harness.state().state().own.is_none());
        assert_eq!(window.focus(), Some(id));
    }
}

/// A file of one track with these events.
fn one_track(events: &[u8]) -> Vec<u8> {
    let mut bytes = b"MThd\0\0\0\x06\0\0\0\x01\x01\xe0MTrk".to_vec();
    bytes.extend((events.len() as u32).to_be_bytes());
    bytes.extend(events);
    bytes
}

#[test]
fn what_was_found_and_left_out_stands_beside_the_tracks() {
    let mut window = Window::open();
    // A waltz on channel 10 with a name in Latin-1, a note below the piano, and a header that announces two tracks.
    let mut bytes = one_track(
        b"\0\xff\x03\x05Fl\xf6te\0\xff\x58\x04\x03\x02\x18\x08\0\x99\x3c\x50\x83\x60\x3c\0\
          \0\x0c\x50\x83\x60\x0c\0\0\x40\x50\x83\x60\x40\0\0\xff\x2f\0",
    );
    bytes[11] = 2;
    let path = window.write("walzer.kar", &bytes);
    window.command(Command::Import(ImportCommand::Open(path)));
    window.until("the song is open", |app| app.state().own.is_some());
    for text in [
        "Its header announces 2 tracks",
        "It is in 3/4",
        "channel 10",
        "1 is left out: 1 outside the piano",
    ] {
        let lower = text.to_lowercase();
        let state = window.harness.state().state();
        let report = &state.own.as_ref().unwrap().imported.report;
        assert!(
            report
                .sentences()
                .iter()
                .any(|told| told.to_lowercase().contains(&lower)),
            "{text}: {:?}",
            report.sentences()
        );
    }
    for label in ["Flöte", "3/4", "drums?", "88 keys", "announces 2 tracks"] {
        let found = window.harness.query_all_by_label_contains(label).count();
        assert!(found > 0, "{label}");
    }
}

#[test]
fn a_song_whose_reading_was_cancelled_does_not_open_later() {
    let mut window = Window::open();
    let path = window.write("John.mid", &tune());
    // Without a frame in between, or a small song is open before it can be cancelled.
    let app = window.harness.state_mut();
    app.command(Command::Import(ImportCommand::Open(path.clone())));
    app.command(Command::Import(ImportCommand::CancelReading));
    // The answer to a later request comes after that of the cancelled one.
    let other = window.write("empty.mid", &one_track(b"\0\xff\x2f\0"));
    window.command(Command::Import(ImportCommand::Open(other)));
    window.until("the other file is told", |app| {
        app.state()
            .notices
            .iter()
            .any(|notice| notice.text.contains("empty.mid"))
    });
    window.harness.run_steps(5);
    assert!(window.harness.state().state().own.is_none());
    // Of two requests in a row the newest counts.
    let newer = window.write("newer.mid", &tune());
    let app = window.harness.state_mut();
    app.command(Command::Import(ImportCommand::Open(path.clone())));
    app.command(Command::Import(ImportCommand::Open(newer.clone())));
    window.until("a song is open", |app| app.state().own.is_some());
    window.harness.run_steps(5);
    let state = window.harness.state().state();
    assert_eq!(state.own.as_ref().unwrap().path, newer);
}

#[test]
fn keeping_the_reconstruction_leaves_the_kept_original_alone() {
    let mut window = Window::open();
    window.place_tune();
    window.click("Next sample");
    window.harness.key_press(Key::F);
    until_kept(&mut window.harness, 1);
    window.click("Reconstruction");
    window.harness.key_press(Key::F);
    until_kept(&mut window.harness, 2);
    let tray = &window.harness.state().state().tray;
    let tokens: Vec<Tokens> = tray
        .iter()
        .map(|kept| kept.melody.tokens().clone())
        .collect();
    assert_ne!(tokens[0], tokens[1]);
}

#[test]
fn a_song_that_is_open_when_the_model_changes_is_encoded_again() {
    let mut window = Window::open();
    window.open_tune();
    let original = |app: &App| {
        let measured = app.state().own.as_ref()?.measured.as_ref()?;
        Some(std::sync::Arc::clone(&measured.originals.first()?.0))
    };
    let before = original(window.harness.state()).unwrap();
    let other = window.write("other.safetensors", b"");
    window.command(Command::OpenModel(Some(other)));
    window.until("the song is encoded by the other model", |app| {
        let state = app.state();
        let again = original(app).is_some_and(|now| !std::sync::Arc::ptr_eq(&now, &before));
        again && state.decodes() && state.sweep.model.is_some() && state.sweep.running.is_none()
    });
    window.click("Place 2 melodies on the map");
    let state = window.harness.state().state();
    let (_, set) = state.library.made().next().unwrap();
    assert_eq!(set.weights_hash, state.model.info().unwrap().weights_hash);
    assert_ne!(set.weights_hash, "0123456789ab");
}
