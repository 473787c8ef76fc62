//! Tests of exporting melodies.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use eframe::egui::{Event, Key};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, FileClipboard};

use crate::open_exporting;
use crate::window::Window;

#[test]
fn the_shown_melody_is_exported_and_nothing_is_replaced_unasked() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().to_owned());
    window.click_centre_of(5);
    window.click("Export…");
    let count = || std::fs::read_dir(folder.path()).unwrap().count();
    window.run_until("a file is told of", |app| {
        app.state().notices.iter().count() == 1
    });
    assert_eq!(count(), 1);
    window.click("Export…");
    window.run_until("the refusal is told of", |app| {
        app.state().notices.iter().count() == 2
    });
    assert_eq!(count(), 1);
    window.click("Replace");
    window.run_until("the file is replaced", |app| {
        app.state()
            .notices
            .iter()
            .all(|notice| notice.action.is_none())
    });
    assert_eq!(count(), 1);
    window.click("Export…");
    window.run_until("the refusal is told of", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| notice.action.is_some())
    });
    window.click("Keep both");
    window.run_until("a file with a number is told of", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| {
            let written = notice.text.starts_with("Written to");
            written && notice.text.ends_with("bpm_2.mid")
        })
    });
    assert_eq!(count(), 2);
}

/// A clipboard that remembers the files, and where they are written.
struct Clipboard {
    folder: PathBuf,
    files: Arc<Mutex<Vec<PathBuf>>>,
}

impl FileClipboard for Clipboard {
    fn set_files(&mut self, paths: &[PathBuf]) -> Result<(), String> {
        *self.files.lock().unwrap() = paths.to_vec();
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.folder.clone()
    }
}

#[test]
fn ctrl_c_puts_the_selected_melodies_on_the_clipboard_as_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_exporting(folder.path().join("exported"));
    window.click_centre_of(5);
    window.command(Command::CopyFiles(ExportSelection::Shown));
    window.run_until_notice("no clipboard for files here");
    let files: Arc<Mutex<Vec<PathBuf>>> = Arc::default();
    window.harness.state_mut().set_file_clipboard(Clipboard {
        folder: folder.path().to_owned(),
        files: Arc::clone(&files),
    });
    window.harness.event(Event::Copy);
    window.run_until_notice("was copied as a MIDI file");
    let copied = files.lock().unwrap().clone();
    assert_eq!(copied.len(), 1);
    let name = copied[0].file_name().unwrap().to_str().unwrap();
    assert!(name.starts_with("tunescape_r005_centre_") && name.ends_with(".mid"));
    assert!(std::fs::read(&copied[0]).unwrap().starts_with(b"MThd"));
    let eight = (1..9).map(|region| MelodyId::Centre { region }).collect();
    window.command(Command::SelectMany(eight));
    window.harness.event(Event::Copy);
    window.run_until_notice("8 melodies were copied");
    assert_eq!(files.lock().unwrap().len(), 8);
    assert!(files.lock().unwrap().iter().all(|path| path.is_file()));
}

fn open_with_three_kept(export_to: &Path) -> Window {
    let mut window = open_exporting(export_to.to_owned());
    for region in [1, 2, 3] {
        window.click_centre_of(region);
        window.press(Key::F);
    }
    window.run_until_kept(3);
    window
}

#[test]
fn a_folder_that_is_written_in_part_says_what_is_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with_three_kept(folder.path());
    let export = Command::Export(ExportSelection::Kept, ExportGrouping::Folder);
    window.harness.state_mut().command(export.clone());
    window.run_until("the files are told of", |app| {
        app.state().notices.iter().count() == 1
    });
    let mut names: Vec<PathBuf> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    names.sort();
    for name in &names {
        std::fs::remove_file(name).unwrap();
    }
    // A file cannot replace a folder.
    std::fs::create_dir(&names[1]).unwrap();
    window.harness.state_mut().command(export);
    window.run_until("the refusal is told of", |app| {
        app.state().notices.iter().count() == 2
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    window.click("Replace");
    let expected = format!(
        "2 of 3 files were written to {}, but not {}: ",
        folder.path().display(),
        names[1].file_name().unwrap().display()
    );
    window.run_until("what was written is told", |app| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| notice.text.starts_with(&expected))
    });
    assert!(names[0].is_file() && names[1].is_dir() && names[2].is_file());
}

#[test]
fn the_kept_melodies_are_exported_as_a_folder_of_files() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = open_with_three_kept(folder.path());
    window.harness.state_mut().command(Command::Export(
        ExportSelection::Kept,
        ExportGrouping::Folder,
    ));
    window.run_until("the files are told of", |app| {
        app.state().notices.iter().count() == 1
    });
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 3);
}
