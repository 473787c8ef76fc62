//! Tests of files dropped on the window, of file names in other scripts,
//! and the file dialog of the window itself.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/busy_model.rs"]
mod busy_model;
#[path = "support/dropped_files.rs"]
mod dropped_files;
#[path = "support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui;
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, Command, ExportShape, ExportWhat, Settings, WindowDialogs};
use tunescape::worker::LibraryPlace;

use busy_model::BusyModel;
use dropped_files::{SAMPLES, drop_on, open, tune};
use window::{RecordingPlayer, Setup, run_until, run_until_swept};

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
    run_until(&mut harness, "the song is open", |app| {
        app.state().imported_song.is_some()
    });
    let told = "2 files were dropped; only SONG.KAR was opened";
    assert!(harness.query_by_label_contains(told).is_some());
    // The open model stays open.
    assert!(harness.state().state().model.info().is_some());
    assert_eq!(harness.state().state().sweep.model, None);
}

fn told(app: &App, text: &str) -> bool {
    let mut notices = app.state().notices.iter();
    notices.any(|notice| notice.text.contains(text))
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn without_dialogs_of_the_system_the_window_asks_itself() {
    let folder = tempfile::tempdir().unwrap();
    let (ideas, gone) = (folder.path().join("ideas"), folder.path().join("gone"));
    std::fs::create_dir(&ideas).unwrap();
    std::fs::write(ideas.join("song.kar"), tune("Tune")).unwrap();
    std::fs::write(ideas.join("notes.txt"), "no song").unwrap();
    let setup = Setup {
        model: BusyModel {
            pause: Duration::ZERO,
        },
        player: Box::new(RecordingPlayer::default()),
        settings: Settings {
            export_folder: Some(ideas.to_str().unwrap().to_owned()),
            open_folder: Some(gone.to_str().unwrap().to_owned()),
            ..Settings::default()
        },
        export_to: PathBuf::new(),
        samples: SAMPLES,
    };
    let dialogs = |ctx: &egui::Context| Arc::new(WindowDialogs::new(ctx)) as _;
    let mut harness = setup.open_asking(LibraryPlace::Memory, None, dialogs);
    run_until_swept(&mut harness, SAMPLES);
    let export = Command::Export(ExportWhat::Shown, ExportShape::Folder);
    let centre = MelodyId::Centre { region: 5 };
    harness.state_mut().command(Command::Select(centre));

    let appears = |harness: &mut Harness<'_, App>| {
        let deadline = Instant::now() + Duration::from_secs(120);
        while harness.query_by_label("Save").is_none() {
            assert!(Instant::now() < deadline, "no dialog appears");
            harness.run_steps(1);
        }
        harness.run_steps(2);
    };
    harness.state_mut().command(export.clone());
    appears(&mut harness);
    // It starts in the folder used last and lists songs.
    assert!(harness.query_by_label_contains("song.kar").is_some());
    assert!(harness.query_by_label_contains("notes.txt").is_none());
    // The map receives no keys while it is open, and there is one dialog at a time.
    for key in [egui::Key::D, egui::Key::F1, egui::Key::ArrowLeft] {
        harness.key_press(key);
        harness.run_steps(1);
    }
    harness.key_press_modifiers(egui::Modifiers::COMMAND, egui::Key::K);
    harness.run_steps(2);
    let state = harness.state().state();
    assert!(!state.path.tool_active && !state.help && !state.search);
    assert_eq!(state.selection.focus, Some(centre));
    harness.state_mut().command(export.clone());
    run_until(&mut harness, "the second dialog is refused", |app| {
        told(app, "already open")
    });

    harness.get_by_label("Save").click();
    run_until(&mut harness, "the file is told of", |app| {
        told(app, "Written to")
    });
    let written = names(&ideas);
    assert_eq!(written.len(), 3, "{written:?}");
    assert!(
        written[2].starts_with("tunescape_r005_centre_") && written[2].ends_with("_120bpm.mid"),
        "{written:?}"
    );
    assert!(harness.query_by_label("Save").is_none());

    // An existing name leads to a question; the file is not replaced.
    harness.state_mut().command(export.clone());
    appears(&mut harness);
    harness.get_by_label("Save").click();
    run_until(&mut harness, "the refusal is told of", |app| {
        told(app, "already there")
    });
    assert_eq!(names(&ideas).len(), 3);
    // An earlier notice disappears and moves this one; a click at that moment would miss it.
    let clicked = Instant::now() + Duration::from_secs(120);
    while harness.query_by_label("Keep both").is_some() {
        assert!(Instant::now() < clicked, "the choice takes no click");
        harness.get_by_label("Keep both").click();
        harness.run_steps(3);
    }
    run_until(&mut harness, "another file is told of", |app| {
        told(app, "_120bpm_2.mid")
    });
    assert_eq!(names(&ideas).len(), 4);

    // The name has the keyboard from the start, selected up to its ending; Enter saves.
    harness.state_mut().command(export.clone());
    appears(&mut harness);
    harness.event(egui::Event::Text("mine".to_owned()));
    harness.run_steps(1);
    harness.key_press(egui::Key::Enter);
    run_until(&mut harness, "the named file is told of", |app| {
        told(app, "mine.mid")
    });
    assert!(names(&ideas).contains(&"mine.mid".to_owned()));

    // Escape closes the dialog and nothing else.
    harness.state_mut().command(export);
    appears(&mut harness);
    harness.key_press(egui::Key::Escape);
    harness.run_steps(3);
    assert!(harness.query_by_label("Save").is_none());
    assert_eq!(harness.state().state().selection.focus, Some(centre));

    // The last folder of models was deleted: the dialog starts elsewhere, and its folder is stored separately.
    harness.state_mut().command(Command::ChooseModel);
    let deadline = Instant::now() + Duration::from_secs(120);
    while harness.query_by_label("Open a model").is_none() {
        assert!(Instant::now() < deadline, "no dialog appears");
        harness.run_steps(1);
    }
    harness.run_steps(2);
    harness.get_by_label("Cancel").click();
    harness.run_steps(3);
    let settings = &harness.state().state().settings;
    assert_eq!(settings.export_folder.as_deref(), ideas.to_str());
    assert_eq!(settings.open_folder.as_deref(), gone.to_str());
}

#[test]
fn many_melodies_go_into_a_folder_that_the_windows_dialog_names() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("ideas");
    std::fs::create_dir(&inner).unwrap();
    let setup = Setup {
        model: BusyModel {
            pause: Duration::ZERO,
        },
        player: Box::new(RecordingPlayer::default()),
        settings: Settings {
            export_folder: Some(folder.path().to_str().unwrap().to_owned()),
            ..Settings::default()
        },
        export_to: PathBuf::new(),
        samples: SAMPLES,
    };
    let dialogs = |ctx: &egui::Context| Arc::new(WindowDialogs::new(ctx)) as _;
    let mut harness = setup.open_asking(LibraryPlace::Memory, None, dialogs);
    run_until_swept(&mut harness, SAMPLES);
    let some = [1, 2, 3].map(|region| MelodyId::Centre { region });
    harness
        .state_mut()
        .command(Command::SelectMany(some.to_vec()));
    let export = Command::Export(ExportWhat::Selected, ExportShape::Folder);
    harness.state_mut().command(export);
    let deadline = Instant::now() + Duration::from_secs(120);
    while harness.query_by_label("Export here").is_none() {
        assert!(Instant::now() < deadline, "no dialog appears");
        harness.run_steps(1);
    }
    harness.run_steps(2);
    harness.get_by_label("ideas").click();
    harness.run_steps(2);
    harness.get_by_label("Export here").click();
    run_until(&mut harness, "the files are told of", |app| {
        told(app, "3 files were written to")
    });
    assert_eq!(names(&inner).len(), 3);
    let settings = &harness.state().state().settings;
    assert_eq!(settings.export_folder.as_deref(), inner.to_str());
}
