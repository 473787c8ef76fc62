//! Tests of pasting files that were copied in another program.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use eframe::egui::{Event, Key, Modifiers};
use tunescape::ui::{App, Command, FileClipboard, ShareCommand};

use crate::tune::tune;
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

/// A clipboard with files that the test sets.
#[derive(Clone, Default)]
struct Clipboard(Arc<Mutex<Vec<PathBuf>>>);

impl FileClipboard for Clipboard {
    fn set_files(&mut self, _: &[PathBuf]) -> Result<(), String> {
        Ok(())
    }

    fn files(&mut self) -> Result<Vec<PathBuf>, String> {
        Ok(self.0.lock().unwrap().clone())
    }
}

/// A window whose clipboard holds files of these names, each a short song.
fn with_copied(names: &[&str]) -> (Window, Clipboard, Vec<PathBuf>) {
    let mut window = Setup::new(FakeModel::busy(), 2).open().swept();
    let paths: Vec<PathBuf> = names
        .iter()
        .map(|name| {
            let path = window.folder.path().join(name);
            std::fs::write(&path, tune(name)).unwrap();
            path
        })
        .collect();
    let clipboard = Clipboard(Arc::new(Mutex::new(paths.clone())));
    let app = window.harness.state_mut();
    app.set_file_clipboard(clipboard.clone());
    (window, clipboard, paths)
}

/// Presses Ctrl+V while the clipboard has no text: the window gets the release of V alone.
fn press_paste(window: &mut Window) {
    window.harness.event_modifiers(
        Event::Key {
            key: Key::V,
            physical_key: None,
            pressed: false,
            repeat: false,
            modifiers: Modifiers::COMMAND,
        },
        Modifiers::COMMAND,
    );
    window.harness.run_steps(2);
}

fn is_open(app: &App, name: &str) -> bool {
    let song = app.state().imported_song.as_ref();
    let stem = song.and_then(|song| song.path.file_stem());
    stem.is_some_and(|stem| stem == name)
}

#[test]
fn a_copied_file_opens_as_if_it_were_dropped() {
    let (mut window, _, _) = with_copied(&["Ada.mid"]);
    press_paste(&mut window);
    window.run_until("the song is open", |app| is_open(app, "Ada"));
}

#[test]
fn of_several_copied_files_the_one_that_opens_is_named() {
    let (mut window, _, _) = with_copied(&["Ada.mid", "Bob.mid"]);
    press_paste(&mut window);
    window.run_until_notice("2 files were pasted; only Bob.mid was opened");
    window.run_until("the song is open", |app| is_open(app, "Bob"));
}

#[test]
fn the_text_of_a_file_manager_opens_its_files_too() {
    // The name of the file as on macOS, then a text without files.
    let (mut window, clipboard, paths) = with_copied(&["Ada.mid"]);
    window.harness.event(Event::Paste("Ada.mid".to_owned()));
    window.run_until("the song is open", |app| is_open(app, "Ada"));
    window.click("Close the melody");
    clipboard.0.lock().unwrap().clear();
    let text = format!(
        "x-special/nautilus-clipboard\ncopy\nfile://{}\n",
        paths[0].display()
    );
    window.harness.event(Event::Paste(text));
    window.run_until("the song is open again", |app| is_open(app, "Ada"));
}

#[test]
fn without_files_and_share_text_the_window_says_what_can_be_pasted() {
    let (mut window, clipboard, _) = with_copied(&["Ada.mid"]);
    // V alone, and a V that was pressed with nothing, paste nothing.
    window.press(Key::V);
    window
        .harness
        .key_press_modifiers(Modifiers::COMMAND, Key::V);
    window.harness.run_steps(3);
    assert!(window.state().imported_song.is_none() && window.state().song_reading.is_none());
    clipboard.0.lock().unwrap().clear();
    press_paste(&mut window);
    window.run_until_notice("There is nothing on the clipboard that can be opened here");
    window.harness.event(Event::Paste("Dear diary".to_owned()));
    window.run_until_notice("no share text of a melody");
}

#[test]
fn the_command_pastes_files_and_says_if_there_is_nothing() {
    let (mut window, clipboard, _) = with_copied(&["Ada.mid"]);
    window.command(Command::Share(ShareCommand::PasteFromClipboard));
    window.run_until("the song is open", |app| is_open(app, "Ada"));
    window.click("Close the melody");
    clipboard.0.lock().unwrap().clear();
    window.command(Command::Share(ShareCommand::PasteFromClipboard));
    window.run_until_notice("There is nothing on the clipboard that can be opened here");
}
