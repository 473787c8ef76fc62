//! Tests of files dropped on the window, of file names in other scripts,
//! and the file dialog of the window itself.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/dropped_files.rs"]
mod dropped_files;
#[path = "support/tune.rs"]
mod tune;
#[path = "support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::egui::{self, Key};
use egui_kittest::kittest::Queryable as _;
use tunescape::melody::read_midi_file;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, Settings, WindowDialogs};

use dropped_files::drop_on;
use tune::tune;
use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 2;

/// A window with a small sweep that asks for files itself, with these folders of last time.
fn open_with_window_dialogs(export_folder: &Path, open_folder: Option<&Path>) -> Window {
    let text = |folder: &Path| folder.to_str().unwrap().to_owned();
    let setup = Setup {
        settings: Settings {
            export_folder: Some(text(export_folder)),
            open_folder: open_folder.map(text),
            ..Settings::default()
        },
        ..Setup::new(FakeModel::busy(), SAMPLES)
    };
    let mut window = setup.open_with_dialogs(|ctx| Arc::new(WindowDialogs::new(ctx)));
    window.run_until_swept();
    window
}

impl Window {
    /// Runs frames until a dialog with this button is there.
    fn run_until_dialog(&mut self, button: &str) {
        let patience = Instant::now() + Duration::from_secs(120);
        while !self.has(button) {
            assert!(Instant::now() < patience, "no dialog appears");
            self.harness.run_steps(1);
        }
        self.harness.run_steps(2);
    }
}

#[test]
fn a_drop_opens_a_melody_of_any_ending_and_names_what_is_none() {
    let mut window = Setup::new(FakeModel::busy(), SAMPLES).open();
    window.run_until_swept();
    let file = |name| window.folder.path().join(name);
    let (cover, song) = (file("cover.png"), file("SONG.KAR"));
    std::fs::write(&cover, b"\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR").unwrap();
    std::fs::write(&song, tune("Tune")).unwrap();
    drop_on(&mut window, &[&cover]);
    window.harness.run_steps(2);
    let message = "cover.png is a PNG image; drop a MIDI file or a model";
    assert!(window.has_containing(message));
    drop_on(&mut window, &[&song, &cover]);
    window.run_until("the song is open", |app| {
        app.state().imported_song.is_some()
    });
    let message = "2 files were dropped; only SONG.KAR was opened";
    assert!(window.has_containing(message));
    // The open model stays open.
    assert!(window.state().model.info().is_some());
    assert_eq!(window.state().sweep.weights_path, None);
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
    let (ideas, missing) = (folder.path().join("ideas"), folder.path().join("gone"));
    std::fs::create_dir(&ideas).unwrap();
    std::fs::write(ideas.join("song.kar"), tune("Tune")).unwrap();
    std::fs::write(ideas.join("notes.txt"), "no song").unwrap();
    let mut window = open_with_window_dialogs(&ideas, Some(&missing));
    let export = Command::Export(ExportSelection::Shown, ExportGrouping::Folder);
    let centre = MelodyId::Centre { region: 5 };
    window.harness.state_mut().command(Command::Select(centre));

    window.harness.state_mut().command(export.clone());
    window.run_until_dialog("Save");
    // It starts in the folder used last and lists songs.
    assert!(window.has_containing("song.kar"));
    assert!(!window.has_containing("notes.txt"));
    // The map receives no keys while it is open, and there is one dialog at a time.
    for key in [Key::D, Key::F1, Key::ArrowLeft] {
        window.harness.key_press(key);
        window.harness.run_steps(1);
    }
    window
        .harness
        .key_press_modifiers(egui::Modifiers::COMMAND, Key::K);
    window.harness.run_steps(2);
    let state = window.state();
    assert!(!state.path.tool_active && !state.help && !state.search);
    assert_eq!(state.selection.focus, Some(centre));
    window.harness.state_mut().command(export.clone());
    window.run_until_notice("already open");

    window.harness.get_by_label("Save").click();
    window.run_until_notice("Written to");
    let written = names(&ideas);
    assert_eq!(written.len(), 3, "{written:?}");
    assert!(
        written[2].starts_with("tunescape_r005_centre_") && written[2].ends_with("_120bpm.mid"),
        "{written:?}"
    );
    assert!(!window.has("Save"));

    // An existing name leads to a question; the file is not replaced.
    window.harness.state_mut().command(export.clone());
    window.run_until_dialog("Save");
    window.harness.get_by_label("Save").click();
    window.run_until_notice("already there");
    assert_eq!(names(&ideas).len(), 3);
    // It keeps its place while an earlier one disappears, so that a click does not miss it.
    window.click("Keep both");
    window.run_until_notice("_120bpm_2.mid");
    assert_eq!(names(&ideas).len(), 4);

    // The name has the keyboard from the start, selected up to its ending; Enter saves.
    window.harness.state_mut().command(export.clone());
    window.run_until_dialog("Save");
    window.harness.event(egui::Event::Text("mine".to_owned()));
    window.harness.run_steps(1);
    window.harness.key_press(Key::Enter);
    window.run_until_notice("mine.mid");
    assert!(names(&ideas).contains(&"mine.mid".to_owned()));

    // Escape closes the dialog and nothing else.
    window.harness.state_mut().command(export);
    window.run_until_dialog("Save");
    window.press(Key::Escape);
    assert!(!window.has("Save"));
    assert_eq!(window.state().selection.focus, Some(centre));

    // The last folder of models was deleted: the dialog starts elsewhere, and its folder is stored separately.
    window.harness.state_mut().command(Command::ChooseModel);
    window.run_until_dialog("Open a model");
    window.click("Cancel");
    let settings = &window.state().settings;
    assert_eq!(settings.export_folder.as_deref(), ideas.to_str());
    assert_eq!(settings.open_folder.as_deref(), missing.to_str());
}

#[test]
fn many_melodies_go_into_a_folder_that_the_windows_dialog_names() {
    let folder = tempfile::tempdir().unwrap();
    let inner = folder.path().join("ideas");
    std::fs::create_dir(&inner).unwrap();
    let mut window = open_with_window_dialogs(folder.path(), None);
    let some = [1, 2, 3].map(|region| MelodyId::Centre { region });
    window
        .harness
        .state_mut()
        .command(Command::SelectMany(some.to_vec()));
    let export = Command::Export(ExportSelection::Selected, ExportGrouping::Folder);
    window.harness.state_mut().command(export);
    window.run_until_dialog("Export here");
    window.harness.get_by_label("ideas").click();
    window.harness.run_steps(2);
    window.harness.get_by_label("Export here").click();
    window.run_until_notice("3 files were written to");
    assert_eq!(names(&inner).len(), 3);
    let settings = &window.state().settings;
    assert_eq!(settings.export_folder.as_deref(), inner.to_str());
}

#[test]
fn two_windows_that_export_the_same_at_once_replace_nothing_and_each_says_what_it_wrote() {
    let folder = tempfile::tempdir().unwrap();
    let mut windows = [(); 2].map(|()| {
        let setup = Setup {
            export_to: folder.path().to_path_buf(),
            ..Setup::new(FakeModel::busy(), SAMPLES)
        };
        let mut window = setup.open();
        window.run_until_swept();
        let some = (0..20).map(|region| MelodyId::Centre { region });
        window.command(Command::SelectMany(some.collect()));
        window
    });
    let export = Command::Export(ExportSelection::Selected, ExportGrouping::Folder);
    for window in &mut windows {
        window.harness.state_mut().command(export.clone());
    }
    // "20 files were written", "7 of 20 files were written ... but not", "20 files are already there".
    let written = windows.each_mut().map(|window| {
        window.run_until("the export is told", |app| {
            app.state().notices.iter().next().is_some()
        });
        let notice = window.state().notices.iter().next().unwrap();
        let first = notice.text.split(' ').next().unwrap();
        let refused = notice.text.contains("already there") && !notice.text.contains("written to");
        if refused {
            0
        } else {
            first.parse().unwrap_or(0)
        }
    });
    assert_eq!(written.iter().sum::<usize>(), 20, "{written:?}");
    let names = names(folder.path());
    assert_eq!(names.len(), 20, "{names:?}");
    for name in names {
        read_midi_file(&folder.path().join(name)).unwrap();
    }
}
