//! Changes of kept melodies that the library refuses, and changes of melodies that it has not saved yet.

use std::path::Path;
use std::time::Duration;

use tunescape::ui::{App, Command, KeptEntry, TrayCommand};

use crate::library;
use crate::window::Window;

/// Another program that holds the lock of the library until it is dropped.
struct OtherProgram(rusqlite::Connection);

impl OtherProgram {
    fn lock(library: &Path) -> Self {
        let connection = rusqlite::Connection::open(library).unwrap();
        connection.busy_timeout(Duration::from_secs(5)).unwrap();
        connection.execute_batch("BEGIN EXCLUSIVE").unwrap();
        Self(connection)
    }

    fn unlock(self) {
        self.0.execute_batch("COMMIT").unwrap();
    }
}

fn stars(app: &App) -> Vec<u8> {
    let kept = app.state().kept_melodies.iter();
    let stars = |kept: &KeptEntry| kept.stored.annotations.stars;
    kept.map(stars).collect()
}

fn name(app: &App) -> String {
    let mut kept = app.state().kept_melodies.iter();
    kept.next()
        .map(|kept| kept.name().to_owned())
        .unwrap_or_default()
}

#[test]
fn of_two_edits_of_a_melody_the_refused_one_is_taken_back_and_the_other_can_be_undone() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3]);
    let other = OtherProgram::lock(&path);
    window.command(Command::Tray(TrayCommand::SetStars(1, 3)));
    let rename = TrayCommand::Rename(1, "bridge idea".to_owned());
    window.command(Command::Tray(rename));
    window.run_until_notice("The change was not saved");
    // The second edit waits for the lock.
    other.unlock();
    window.run_until("the name is stored", |app| name(app) == "bridge idea");
    assert_eq!(stars(window.harness.state()), [0]);
    assert_eq!(window.state().undo_text(), "Undo: rename bridge idea");
    window.answered(Window::undo);
    assert_eq!(name(window.harness.state()), "Region 3, centre");
    let next = window.state().undo_text();
    assert_eq!(
        next, "Undo: keep Region 3, centre",
        "the stars were not given"
    );
}

#[test]
fn undoing_an_edit_restores_what_was_stored_and_not_the_value_of_a_refused_edit_before_it() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3]);
    let other = OtherProgram::lock(&path);
    for stars in [3, 5] {
        window.command(Command::Tray(TrayCommand::SetStars(1, stars)));
    }
    window.run_until_notice("The change was not saved");
    other.unlock();
    window.run_until("the second edit is stored", |app| stars(app) == [5]);
    window.answered(Window::undo);
    assert_eq!(stars(window.harness.state()), [0]);
}

#[test]
fn an_undo_that_the_library_refuses_can_be_tried_again() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3]);
    window.tray(TrayCommand::SetStars(1, 3));
    window.tray(TrayCommand::SetStars(1, 5));
    let other = OtherProgram::lock(&path);
    window.undo();
    window.run_until_notice("The change was not saved");
    other.unlock();
    assert_eq!(stars(window.harness.state()), [5]);
    assert_eq!(window.state().redo_text(), "Redo", "nothing was undone");
    window.answered(Window::undo);
    assert_eq!(stars(window.harness.state()), [3]);
    window.answered(Window::undo);
    assert_eq!(stars(window.harness.state()), [0]);
}

#[test]
fn stars_given_before_a_melody_is_saved_are_undone_to_none() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.select(3);
    // All before the library has answered.
    window.harness.state_mut().command(Command::ToggleKept);
    let star = Command::Tray(TrayCommand::StarCurrent(4));
    window.harness.state_mut().command(star);
    window.run_until("the stars are stored", |app| stars(app) == [4]);
    window.answered(Window::undo);
    assert_eq!(stars(window.harness.state()), [0]);
}

#[test]
fn stars_of_a_melody_that_could_not_be_saved_stay_with_it() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    let other = OtherProgram::lock(&path);
    window.select(3);
    window.harness.state_mut().command(Command::ToggleKept);
    let star = Command::Tray(TrayCommand::StarCurrent(4));
    window.harness.state_mut().command(star);
    window.run_until("the failure is told", |app| {
        app.state().kept_melodies.unsaved().count() == 1
    });
    other.unlock();
    window.click("Try again");
    window.run_until("it is saved", |app| {
        let mut kept = app.state().kept_melodies.iter();
        kept.any(|kept| kept.saved)
    });
    assert_eq!(stars(window.harness.state()), [4]);
}

#[test]
fn a_mark_set_twice_before_the_library_has_answered_is_off_again() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3]);
    for _ in 0..2 {
        let app = window.harness.state_mut();
        app.command(Command::ToggleKeptMarked(1));
    }
    window.answered(|window| {
        let app = window.harness.state_mut();
        app.command(Command::Tray(TrayCommand::SetStars(1, 2)));
    });
    window.run_until("the stars are stored", |app| stars(app) == [2]);
    assert_eq!(window.marked(), Vec::<u64>::new());
}
