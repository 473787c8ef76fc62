//! Files on their way into the window: what a drop opens, what it says of the rest, and names in other scripts.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/busy_model.rs"]
mod busy_model;
#[path = "support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod support;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, FontId, MissingGlyphPolicy};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::melody::{Melody, MidiWriteOptions, Note, Track, single_track_bytes};
use tunescape::ui::{App, Settings};

use busy_model::BusyModel;
use support::{Ear, Setup, until, until_swept};

const SAMPLES: u32 = 2;

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

fn open(folder: &Path) -> Harness<'static, App> {
    let setup = Setup {
        model: BusyModel {
            pause: Duration::ZERO,
        },
        sound: Box::new(Ear::default()),
        settings: Settings::default(),
        export_to: folder.join("exported"),
        samples: SAMPLES,
    };
    let mut harness = setup.open();
    until_swept(&mut harness, SAMPLES);
    harness
}

fn drop_on(harness: &mut Harness<'_, App>, paths: &[&Path]) {
    for path in paths {
        let file = Arc::new(Dropped((*path).to_owned()));
        harness.input_mut().dropped_files.push(file);
    }
    harness.run_steps(1);
}

fn tune(name: &str) -> Vec<u8> {
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

#[test]
fn a_drop_opens_a_melody_of_any_ending_and_names_what_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = open(folder.path());
    let (cover, song) = (
        folder.path().join("cover.png"),
        folder.path().join("SONG.KAR"),
    );
    std::fs::write(&cover, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR").unwrap();
    std::fs::write(&song, tune("Tune")).unwrap();
    drop_on(&mut harness, &[&cover]);
    harness.run_steps(2);
    let told = "cover.png is a PNG image; drop a MIDI file or a model";
    assert!(harness.query_by_label_contains(told).is_some());
    drop_on(&mut harness, &[&song, &cover]);
    until(&mut harness, "the song is open", |app| {
        app.state().own.is_some()
    });
    let told = "2 files were dropped; only SONG.KAR was opened";
    assert!(harness.query_by_label_contains(told).is_some());
    // A model that is in use stays so.
    assert!(harness.state().state().model.info().is_some());
    assert_eq!(harness.state().state().sweep.model, None);
}

#[test]
fn names_in_kana_are_drawn_where_the_system_has_a_font_for_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut harness = open(folder.path());
    let used =
        |harness: &Harness<'_, App>| harness.ctx.fonts(|fonts| fonts.discovered_fonts().len());
    assert_eq!(
        used(&harness),
        0,
        "the window itself needs no font of the system"
    );
    // A box for a moment is no error here.
    harness
        .ctx
        .set_missing_glyph_policy(MissingGlyphPolicy::Tofu);
    let song = folder.path().join("メロディ.mid");
    std::fs::write(&song, tune("メロディ")).unwrap();
    drop_on(&mut harness, &[&song]);
    until(&mut harness, "the song is open", |app| {
        app.state().own.is_some()
    });
    assert!(
        harness
            .query_all_by_label_contains("メロディ")
            .next()
            .is_some()
    );
    let patience = Instant::now() + Duration::from_secs(10);
    while used(&harness) == 0 {
        if Instant::now() > patience {
            eprintln!("skipped: this system has no font for kana");
            return;
        }
        harness.run_steps(1);
        std::thread::sleep(Duration::from_millis(5));
    }
    let galley = harness.ctx.fonts_mut(|fonts| {
        let font = FontId::proportional(13.0);
        assert!("メロディ".chars().all(|c| fonts.has_glyph(&font, c)));
        fonts.layout_no_wrap("メロディ".to_owned(), font, egui::Color32::WHITE)
    });
    let glyphs = &galley.rows[0].row.glyphs;
    assert_eq!(glyphs.len(), 4);
    let pictures: std::collections::HashSet<_> =
        glyphs.iter().map(|glyph| glyph.uv_rect.min).collect();
    assert_eq!(pictures.len(), 4, "a box is the same for every character");
    assert_eq!(used(&harness), 1);
}
