//! Tests of edited melodies in files: exported, kept, on the timeline, in a session.

use std::path::{Path, PathBuf};

use eframe::egui::Key;
use tunescape::melody::Note;
use tunescape::session::library::Library;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, SessionOptions, TrayCommand};
use tunescape::worker::{LibraryLocation, SessionPaths};

use crate::command::succeeds;
use crate::editing::EDITED;
use crate::piece_file;
use crate::setup;
use crate::window::{Setup, Window};

/// What is said of a melody that was edited twice.
fn assert_names_its_source(text: &str) {
    let origin = "edited from Region 3, centre (seed ";
    assert!(text.contains(origin), "{text}");
    assert!(text.contains(", 2 edits"), "{text}");
}

/// The notes of a file in sixteenths of 120 ticks.
fn assert_notes(file: &piece_file::PieceFile, notes: &[Note]) {
    let wanted: Vec<(u32, u32, u8)> = notes
        .iter()
        .map(|note| (120 * note.start, 120 * note.end, note.pitch))
        .collect();
    assert_eq!(file.notes, wanted);
    assert_eq!(file.end, 2 * 16 * 120);
}

/// Exports melodies into files and returns those that are new.
fn export(window: &mut Window, what: ExportSelection, grouping: ExportGrouping) -> Vec<PathBuf> {
    let folder = window.folder.path().join("exported");
    let files = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&folder).into_iter().flatten();
        entries.map(|entry| entry.unwrap().path()).collect()
    };
    let (before, notices) = (files(), window.state().notices.iter().count());
    window.command(Command::Export(what, grouping));
    window.run_until("it is written", |app| {
        app.state().notices.iter().count() > notices
    });
    let mut new = files();
    new.retain(|file| !before.contains(file));
    new
}

#[test]
fn an_edited_melody_is_kept_arranged_and_exported_with_the_name_of_its_source() {
    let mut window = Window::editing();
    window.command(Command::SetExportRaw(true));
    window.press(Key::Tab);
    window.press(Key::ArrowUp);
    window.press(Key::ArrowUp);
    let notes = window.notes();
    let files = export(&mut window, ExportSelection::Shown, ExportGrouping::Folder);
    let [shown] = &files[..] else {
        panic!("{files:?}")
    };
    let read = piece_file::read(shown);
    assert_notes(&read, &notes);
    assert_names_its_source(&read.texts[0].1);
    let name = shown.file_name().unwrap().to_string_lossy().into_owned();
    assert!(name.contains("region_03_centre_edited"), "{name}");
    let explained = succeeds(&["explain", shown.to_str().unwrap()]);
    assert_names_its_source(&explained);

    // Kept, and called otherwise, it still says where it comes from.
    window.press(Key::F);
    window.run_until_kept(1);
    assert!(window.has(&format!("Kept 1: {EDITED}")));
    let number = window.state().kept_melodies.iter().next().unwrap().number;
    window.command(Command::Tray(TrayCommand::Rename(
        number,
        "Bridge".to_owned(),
    )));
    window.run_until("it has its name", |app| {
        app.state().kept_melodies.iter().next().unwrap().name() == "Bridge"
    });
    // What is edited after that is not the kept melody.
    window.press(Key::ArrowUp);
    assert!(window.has("Keep"));
    let files = export(&mut window, ExportSelection::Kept, ExportGrouping::Folder);
    let [kept] = &files[..] else {
        panic!("{files:?}")
    };
    let read = piece_file::read(kept);
    assert_notes(&read, &notes);
    assert_names_its_source(&read.texts[0].1);

    window.press_ctrl(Key::Z);
    window.press(Key::I);
    let files = export(
        &mut window,
        ExportSelection::Timeline,
        ExportGrouping::Blocks,
    );
    let [piece] = &files[..] else {
        panic!("{files:?}")
    };
    let explained = succeeds(&["explain", piece.to_str().unwrap()]);
    assert_names_its_source(&explained);
    // By the name that the kept melody was given.
    assert!(
        explained.contains("A, bars 1 to 2, Bridge once"),
        "{explained}"
    );
}

/// A window whose session and library are in this folder.
fn of(folder: &Path) -> Window {
    let paths = SessionPaths {
        folder: folder.join("sessions"),
        list: folder.join("sessions.json"),
    };
    let mut window = Setup {
        library: LibraryLocation::File(folder.join("library.sqlite")),
        session: Some(SessionOptions { paths, file: None }),
        ..setup()
    }
    .open();
    window.run_until("the session is open", |app| {
        app.state().session.file.is_some() && !app.state().session.opening
    });
    window.swept()
}

fn save(window: &mut Window) {
    window.harness.run_steps(3);
    window.run_until("the session is saved", |app| {
        let session = &app.state().session;
        session.submitted > 0 && session.saved == session.submitted
    });
}

#[test]
fn edits_encoded_or_not_are_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = of(folder.path());
    window.select(3);
    window.press(Key::E);
    window.press(Key::Tab);
    window.press(Key::ArrowUp);
    window.press(Key::ArrowUp);
    window.press(Key::F);
    window.run_until_kept(1);
    window.press(Key::I);
    window.select(5);
    window.press(Key::Tab);
    window.press(Key::ArrowDown);
    window.click("Encode");
    window.wait_for_encoding();
    save(&mut window);
    let sets = |window: &Window| -> Vec<_> {
        let sets = window.state().melodies.generated_sets();
        sets.map(|(number, set)| {
            let entry = &set.entries[0];
            let versions = set.versions.first();
            let reconstruction = versions.map(|found| found.reconstruction.0.clone());
            (
                number,
                entry.melody.clone(),
                set.edit.clone(),
                set.latents.clone(),
                reconstruction,
            )
        })
        .collect()
    };
    let before = sets(&window);
    assert_eq!(before.len(), 2);
    assert!(before[0].4.is_none() && before[1].4.is_some());
    drop(window);

    let library = Library::open(&folder.path().join("library.sqlite"))
        .unwrap()
        .library;
    let entries = library.list().unwrap().entries;
    assert_names_its_source(entries[0].melody.annotations.origin.as_deref().unwrap());
    drop(library);
    let mut window = of(folder.path());
    assert_eq!(sets(&window), before);
    assert_eq!(window.title(), "Region 5, centre (edited)");
    let block = window.state().timeline.piece.blocks()[0].source().clone();
    assert_names_its_source(block.annotations.origin.as_deref().unwrap());
    // It is edited on, as the same melody.
    window.press(Key::E);
    window.press(Key::Tab);
    window.press(Key::ArrowUp);
    assert_eq!(window.state().melodies.generated_sets().count(), 2);
    assert_eq!(
        window
            .state()
            .melodies
            .generated_sets()
            .last()
            .unwrap()
            .1
            .edit
            .as_ref()
            .unwrap()
            .edits,
        2
    );
}
