//! Tests of importing, exploring and blending.

use std::path::{Path, PathBuf};

use eframe::egui::Key;
use tunescape::melody::{Tokens, read_midi_file};
use tunescape::sweep::{GenerateMethod, MelodyId};
use tunescape::ui::{Command, ExportGrouping, ExportSelection, GenerateCommand};

use crate::tune_melody;
use crate::window::Window;

#[test]
fn a_placed_melody_has_a_name_moves_nothing_and_undo_takes_it_away() {
    let mut window = Window::open();
    let before = window.positions();
    let id = window.place_tune();
    assert_eq!(window.positions(), before);
    assert!(matches!(
        id,
        MelodyId::Generated {
            method: GenerateMethod::Imported,
            index: 0,
            ..
        }
    ));
    assert!(window.has("John, bars 1–2"));
    assert!(window.harness.state().map().position(id).is_some());
    // The original plays, and on request its reconstruction by the model.
    let notes = window.last_played().notes().to_vec();
    assert_eq!(notes, tune_melody().notes()[..8]);
    window.click("Next sample");
    let original = window.last_played();
    window.click("Reconstruction");
    assert_ne!(window.last_played(), original);
    window.click("Original");
    assert_eq!(window.last_played(), original);

    window.press(Key::F);
    window.run_until_kept(1);
    assert!(window.has("Kept 1: John, bars 3–4"));
    let sets = |window: &Window| window.state().melodies.generated_sets().count();
    assert_eq!(sets(&window), 1);
    // First the kept melody, then the selection, then what was placed.
    for _ in 0..3 {
        assert_eq!(sets(&window), 1);
        window.press_ctrl(Key::Z);
    }
    assert_eq!(sets(&window), 0);
    window.run_until_kept(0);
}

#[test]
fn own_melodies_stay_on_the_map_of_the_next_sweep() {
    let mut window = Window::open();
    let id = window.place_tune();
    let generation = window.state().melodies.generation();
    window.click("New sweep");
    window.run_until("the new sweep is done", |app| {
        let state = app.state();
        state.sweep.running.is_none()
            && state.melodies.generation() > generation
            && state.melodies.decoded_count() == 20 * 9
    });
    let melodies = &window.state().melodies;
    assert_eq!(melodies.name(id), Some("John, bars 1–2"));
    assert!(window.harness.state().map().position(id).is_some());
}

#[test]
fn two_explorations_at_once_both_arrive() {
    let mut window = Window::open();
    let id = window.place_tune();
    let before = window.state().melodies.generated_sets().count();
    for _ in 0..2 {
        let app = window.harness.state_mut();
        app.command(Command::Generate(GenerateCommand::Explore(id)));
    }
    window.run_until("both are there", |app| {
        app.state().melodies.generated_sets().count() == before + 2
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
        window.run_until("they are there", |app| {
            app.state()
                .melodies
                .generated_sets()
                .any(|(number, _)| number == set)
        });
        let state = window.state();
        let centre = state.melodies.latent(id).unwrap();
        let (_, cloud) = state.melodies.generated_sets().last().unwrap();
        assert_eq!(cloud.entries.len(), 16);
        let mean = cloud
            .latents
            .iter()
            .map(|z| z.distance(&centre))
            .sum::<f64>()
            / 16.0;
        distances.push(mean);
        let place = state.melodies.get(id).unwrap().position;
        let extent = state
            .melodies
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
    window.run_until("they are there", |app| {
        app.state().melodies.generated_sets().count() == 4
    });
}

#[test]
fn a_blend_to_a_point_of_the_map_is_heard_seen_and_exported_as_one_piece_and_as_files() {
    let mut window = Window::open();
    window.place_tune();
    window.press(Key::B);
    assert!(window.has("Blend: click a melody"));
    window.command(Command::Select(MelodyId::Centre { region: 7 }));
    window.run_until("the blend is there", |app| {
        app.state().melodies.generated_sets().count() == 2
    });
    let state = window.state();
    assert_eq!(state.selection.all.len(), 7);
    let (set, blend) = state
        .melodies
        .generated_sets()
        .last()
        .map(|(n, s)| (n, s.clone()))
        .unwrap();
    let end = state.melodies.get(MelodyId::Centre { region: 7 }).unwrap();
    assert_eq!(blend.entries[6].melody.tokens(), end.melody.tokens());
    for (axis, value) in end.position.iter().enumerate() {
        assert!((blend.entries[6].position[axis] - value).abs() < 1e-9);
    }
    // All seven are played as one piece; the playhead is in the second, and the map shows that.
    assert_eq!(window.last_played().steps(), 7 * 32);
    let second = MelodyId::Generated {
        method: GenerateMethod::Blended,
        set,
        index: 1,
    };
    assert_eq!(state.playing_id(), Some(second));
    assert_eq!(state.playback.step_in(&blend.entries[1].melody), Some(4.5));

    window.command(Command::Export(
        ExportSelection::Selected,
        ExportGrouping::Piece,
    ));
    let folder = window.folder.path().join("exported");
    window.run_until("the piece is written", |app| {
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
    window.command(Command::Export(
        ExportSelection::Selected,
        ExportGrouping::Folder,
    ));
    window.run_until("the files are written", |app| {
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
fn keeping_the_reconstruction_leaves_the_kept_original_alone() {
    let mut window = Window::open();
    window.place_tune();
    window.click("Next sample");
    window.press(Key::F);
    window.run_until_kept(1);
    window.click("Reconstruction");
    window.press(Key::F);
    window.run_until_kept(2);
    let kept_melodies = &window.state().kept_melodies;
    let tokens: Vec<Tokens> = kept_melodies
        .iter()
        .map(|kept| kept.melody.tokens().clone())
        .collect();
    assert_ne!(tokens[0], tokens[1]);
}
