//! A window on which files are dropped.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use eframe::egui;
use egui_kittest::Harness;
use tunescape::melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes};
use tunescape::ui::{App, Settings};

use crate::busy_model::BusyModel;
use crate::window::{RecordingPlayer, Setup, run_until_swept};

/// Samples of each region.
pub const SAMPLES: u32 = 2;

/// A file dropped by its path.
#[derive(Debug)]
struct Dropped(PathBuf);

impl egui::DroppedFile for Dropped {
    fn path(&self) -> &Path {
        &self.0
    }
    fn bytes(&self) -> Result<Vec<u8>, String> {
        Err("files are read by their paths".to_owned())
    }
}

/// A window with a small sweep that exports into this folder.
pub fn open(folder: &Path) -> Harness<'static, App> {
    let setup = Setup {
        model: BusyModel {
            pause: Duration::ZERO,
        },
        player: Box::new(RecordingPlayer::default()),
        settings: Settings::default(),
        export_to: folder.join("exported"),
        samples: SAMPLES,
    };
    let mut harness = setup.open();
    run_until_swept(&mut harness, SAMPLES);
    harness
}

/// Drops files on the window.
pub fn drop_on(harness: &mut Harness<'_, App>, paths: &[&Path]) {
    for path in paths {
        let file = Arc::new(Dropped((*path).to_owned()));
        harness.input_mut().dropped_files.push(file);
    }
    harness.run_steps(1);
}

/// A MIDI file with one track of this name.
pub fn tune(name: &str) -> Vec<u8> {
    let note = |k: u32| Note {
        pitch: 60 + 2 * k as u8,
        start: 4 * k,
        end: 4 * k + 4,
    };
    let notes: Vec<Note> = (0..8).map(note).collect();
    let track = Track {
        melody: &Melody::from_notes(&notes, 32).unwrap(),
        name: name.to_owned(),
        text: String::new(),
    };
    single_track_bytes(&track, &MidiWriteOptions::default())
}
