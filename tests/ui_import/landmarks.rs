//! Tests of the landmarks: the user's melodies on the map of the model that has learnt from them, and the mark of melodies that are
//! too close to them.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use egui_kittest::kittest::Queryable as _;
use tempfile::TempDir;
use tunescape::melody::{Melody, TrainingWindowOptions};
use tunescape::session::{LearntMelodies, LearntMelody};
use tunescape::sweep::MelodyId;
use tunescape::training::{Corpus, Split};
use tunescape::ui::{
    App, Command, ExportGrouping, ExportSelection, GenerateCommand, SessionOptions,
};
use tunescape::worker::{FineTuner, LibraryLocation, SessionPaths};

use crate::learn::{TINY, drop_songs, folders};
use crate::setup;
use crate::small_corpus::tune;
use crate::window::Window;

/// Names of the melodies of the folder, in the order of its files.
const NAMES: [&str; 4] = [
    "down, bars 1–2",
    "up, bars 1–2",
    "fast, bars 1–2",
    "slow, bars 1–2",
];

/// A fake that ends at once: it writes the weights and the melodies as a run does.
fn fine_tuner(model: &Path, songs: &Path) -> FineTuner {
    let corpus = Corpus::read(songs, &Split::All, &TrainingWindowOptions::default()).unwrap();
    let melodies = corpus.windows().zip(corpus.window_names());
    let learnt = LearntMelodies {
        // The hash that the opener of the test windows gives.
        weights_hash: format!("{:012x}", model.as_os_str().len()),
        start_weights_hash: "0123456789ab".to_owned(),
        melodies: melodies
            .map(|(window, name)| LearntMelody {
                name,
                melody: Melody::from_tokens(window.clone()),
            })
            .collect(),
    };
    Arc::new(move |monitor| {
        std::fs::copy(TINY, monitor.folder().weights_path()).unwrap();
        learnt.write(&monitor.folder().melodies_path()).unwrap();
        Ok(())
    })
}

/// A window whose library and session are in this folder.
fn open(data: &Path) -> Window {
    let mut setup = setup();
    setup.library = LibraryLocation::File(data.join("library.sqlite"));
    let paths = SessionPaths {
        folder: data.join("sessions"),
        list: data.join("sessions.json"),
    };
    setup.session = Some(SessionOptions { paths, file: None });
    let mut window = setup.open();
    window.run_until("the session is open", |app| {
        app.state().session.file.is_some() && !app.state().session.opening
    });
    window.swept()
}

fn are_placed(app: &App) -> bool {
    let melodies = &app.state().melodies;
    let ids = landmark_ids(app);
    !ids.is_empty() && ids.iter().all(|id| melodies.is_placed(*id)) && !app.map().moving()
}

fn landmark_ids(app: &App) -> Vec<MelodyId> {
    let sets = app.state().melodies.generated_sets();
    sets.filter(|(_, set)| set.is_landmarks)
        .flat_map(|(_, set)| &set.entries)
        .map(|entry| entry.id)
        .collect()
}

/// Number of landmarks that are points of the map.
fn shown_count(window: &Window) -> usize {
    let app = window.harness.state();
    let ids = landmark_ids(app);
    let points = app.map().points().iter();
    points.filter(|point| ids.contains(&point.id)).count()
}

/// A window with a model that has learnt from four melodies, on the map of that model, and the file of the model.
fn learnt() -> (TempDir, PathBuf, Window) {
    let (data, songs) = folders();
    let model = data.path().join("models/songs.safetensors");
    let mut window = open(data.path());
    let fake = fine_tuner(&model, &songs);
    window.harness.state_mut().set_fine_tuner(fake);
    drop_songs(&mut window, &songs);
    window.click("Learn");
    window.run_until("it is done", |app| app.state().learn.finished.is_some());
    window.click("Open it");
    window.run_until("the map of the new model has landmarks", are_placed);
    (data, model, window)
}

#[test]
fn the_melodies_that_a_model_has_learnt_from_are_landmarks_on_its_map() {
    let (data, model, mut window) = learnt();
    assert!(window.has_notice("Your 4 melodies are on the map"));
    assert_eq!(shown_count(&window), 4);
    for name in NAMES {
        assert!(window.has(name), "{name}");
    }
    // The model file has no notes of them; the file beside it has.
    assert!(LearntMelodies::path_beside(&model).exists());

    // A click plays the melody as it is in the file, and selects it.
    window.harness.get_by_label(NAMES[1]).click_accesskit();
    window.harness.run_steps(3);
    let ids = landmark_ids(window.harness.state());
    assert_eq!(window.focus(), Some(ids[1]));
    assert_eq!(window.last_played().notes(), tune(60, true, 4).notes());
    // It is not called a copy of itself.
    assert!(!window.has_containing("Close to"));

    window.click("Hide your melodies");
    assert_eq!(shown_count(&window), 0);
    assert!(!window.has(NAMES[0]));
    window.click("Show your melodies");
    assert_eq!(shown_count(&window), 4);

    // They are there again when the session is opened again, without being encoded anew.
    let positions = |window: &Window| -> Vec<[f64; 2]> {
        let melodies = &window.state().melodies;
        let ids = landmark_ids(window.harness.state());
        ids.iter()
            .map(|id| melodies.get(*id).unwrap().position)
            .collect()
    };
    let before = positions(&window);
    window.run_until("the session is saved", |app| {
        let session = &app.state().session;
        session.submitted > 0 && session.saved == session.submitted
    });
    drop(window);
    let mut window = open(data.path());
    window.run_until("the landmarks are there again", are_placed);
    assert_eq!(positions(&window), before);
    assert!(window.has(NAMES[3]));
    window.run_until("what the model has learnt from is read", |app| {
        app.state().landmarks.learnt.is_some()
    });
    window.harness.run_steps(5);
    assert_eq!(shown_count(&window), 4);
}

#[test]
fn a_melody_that_is_too_close_to_one_of_them_is_marked_and_named_before_export() {
    let (_data, _model, mut window) = learnt();
    window.select(3);
    assert!(window.has("Not close to one of your melodies"));
    window.command(Command::Export(
        ExportSelection::Shown,
        ExportGrouping::Folder,
    ));
    assert!(!window.has_notice("close to"));

    // Melodies around the second one at the greatest closeness: some have all of its notes.
    let id = landmark_ids(window.harness.state())[1];
    window.command(Command::Generate(GenerateCommand::SetCloseness(1.0)));
    window.command(Command::Generate(GenerateCommand::Explore(id)));
    window.run_until("the explored ones are there", |app| {
        app.state().generate.running.is_empty()
    });
    let wanted = tune(60, true, 4);
    let pitches =
        |melody: &Melody| -> Vec<u8> { melody.notes().iter().map(|note| note.pitch).collect() };
    let mut sets = window.state().melodies.generated_sets();
    let (_, explored) = sets.find(|(_, set)| !set.is_landmarks).unwrap();
    let mut entries = explored.entries.iter();
    let same = entries.find(|entry| pitches(&entry.melody) == pitches(&wanted));
    let same = same.map(|entry| entry.id);
    drop(sets);
    window.command(Command::Select(same.unwrap()));
    assert!(window.has("Close to up, bars 1–2: all 8 notes are the same"));
    window.command(Command::Export(
        ExportSelection::Shown,
        ExportGrouping::Folder,
    ));
    assert!(window.has_notice("is close to up, bars 1–2"));
    // The export goes on.
    window.run_until_notice("ritten to");
}
