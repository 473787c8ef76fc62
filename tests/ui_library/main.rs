//! Tests of kept melodies: after a restart, in two windows, with undo, where they cannot be saved, and in the tray.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod failed_changes;
mod many;
mod names;
mod tray;
#[path = "../support/window.rs"]
#[expect(dead_code, reason = "not every test needs all of it")]
mod window;

use std::path::Path;
use std::time::Duration;

use eframe::egui::Key;
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, Command, KeptEntry};
use tunescape::worker::LibraryLocation;

use window::fake_model::FakeModel;
use window::{Setup, Window};

const SAMPLES: u32 = 2;

fn setup() -> Setup {
    Setup::new(FakeModel::busy(), SAMPLES)
}

impl Window {
    pub fn open(library: &Path) -> Self {
        Self::open_with(library, None)
    }

    fn open_with(library: &Path, earlier: Option<&str>) -> Self {
        let setup = Setup {
            library: LibraryLocation::File(library.to_owned()),
            legacy_kept: earlier.map(str::to_owned),
            ..setup()
        };
        setup.open().swept()
    }

    /// Selects a region's centre and keeps or removes it.
    pub fn toggle_kept(&mut self, region: u32) {
        self.select(region);
        self.press(Key::F);
    }

    pub fn undo(&mut self) {
        self.press_ctrl(Key::Z);
    }

    pub fn names(&self) -> Vec<String> {
        let kept_melodies = &self.state().kept_melodies;
        kept_melodies
            .iter()
            .map(|kept| kept.name().to_owned())
            .collect()
    }
}

fn library() -> (tempfile::TempDir, std::path::PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("library.sqlite");
    (folder, path)
}

#[test]
fn a_kept_melody_is_known_again_after_a_restart_and_f_makes_no_copy() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.toggle_kept(3);
    window.run_until_kept(1);
    drop(window);

    let mut window = Window::open(&path);
    window.run_until_kept(1);
    window.select(3);
    assert!(window.has("Kept") && !window.has("Keep"));
    // A click on it leads to its place on the map.
    window.select(5);
    window.click("Kept 1: Region 3, centre");
    assert_eq!(window.focus(), Some(MelodyId::Centre { region: 3 }));
    window.press(Key::F);
    window.run_until_kept(0);
    assert!(window.has("Keep"));
    // Undo restores it under its number.
    window.undo();
    window.run_until_kept(1);
    assert!(window.has("Kept 1: Region 3, centre"));
}

#[test]
fn ctrl_z_takes_back_what_was_kept_and_brings_back_what_was_removed() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.toggle_kept(3);
    window.run_until_kept(1);
    window.undo();
    window.run_until_kept(0);
    assert_eq!(window.focus(), Some(MelodyId::Centre { region: 3 }));

    for (region, count) in [(3, 1), (4, 2), (5, 3)] {
        window.toggle_kept(region);
        window.run_until_kept(count);
    }
    let before = window.names();
    window.click("Remove kept 3");
    window.run_until_kept(2);
    // It stays kept on a new map.
    let generation = window.state().melodies.generation();
    window.click("New sweep");
    window.run_until("the new sweep is there", |app| {
        app.state().melodies.generation() > generation
    });
    window.undo();
    window.run_until_kept(3);
    assert_eq!(window.names(), before);
}

#[test]
fn f_twice_in_one_frame_keeps_nothing() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.select(3);
    for _ in 0..2 {
        window.harness.state_mut().command(Command::ToggleKept);
    }
    window.toggle_kept(4);
    window.run_until_kept(1);
    assert_eq!(window.names(), ["Region 4, centre"]);
}

#[test]
fn removing_twice_before_the_library_has_answered_is_one_step_to_undo() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    for (region, count) in [(3, 1), (4, 2)] {
        window.toggle_kept(region);
        window.run_until_kept(count);
    }
    let last = window.state().kept_melodies.iter().last().unwrap().number;
    for _ in 0..2 {
        let app = window.harness.state_mut();
        app.command(Command::RemoveKept(last));
    }
    window.run_until_kept(1);
    window.undo();
    window.run_until_kept(2);
    // The step before is that it was kept.
    window.undo();
    window.run_until_kept(1);
    assert_eq!(window.names(), ["Region 3, centre"]);
}

#[test]
fn two_windows_show_each_other_s_kept_melodies_and_keep_their_selections_and_marks() {
    let (_folder, path) = library();
    let (mut one, mut two) = (Window::open(&path), Window::open(&path));
    one.select(3);
    two.toggle_kept(7);
    one.run_until_kept(1);
    two.run_until_kept(1);
    let number = one.state().kept_melodies.iter().next().unwrap().number;
    two.harness
        .state_mut()
        .command(Command::ToggleKeptMarked(number));
    let marked = |app: &App| app.state().kept_melodies.marked().contains(&number);
    two.run_until("the mark is there", marked);
    two.harness.state_mut().command(Command::Undo);
    two.run_until("the mark is undone", |app| !marked(app));
    two.harness
        .state_mut()
        .command(Command::ToggleKeptMarked(number));
    two.run_until("the mark is there again", marked);
    one.press(Key::F);
    one.run_until_kept(2);
    two.run_until_kept(2);
    assert!(two.state().kept_melodies.marked().contains(&number));
    assert_eq!(two.focus(), Some(MelodyId::Centre { region: 7 }));
    assert_eq!(one.focus(), Some(MelodyId::Centre { region: 3 }));
    two.click("Remove kept 2");
    one.run_until_kept(1);
}

#[test]
fn a_melody_that_cannot_be_saved_stays_in_the_window_until_it_can() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.toggle_kept(3);
    window.run_until_kept(1);
    // Another program holds a lock on the file.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    window.toggle_kept(4);
    assert!(window.has("Keep"), "not shown as kept before it is saved");
    window.run_until("the failure is told", |app| {
        app.state().kept_melodies.unsaved().count() == 1
    });
    assert!(window.has("Not saved: Region 4, centre"));
    assert!(window.has_notice("Another program is using the library"));
    assert!(window.has_notice(&path.display().to_string()));
    other.execute_batch("COMMIT").unwrap();
    window.click("Try again");
    window.run_until("both are saved", |app| {
        app.state()
            .kept_melodies
            .iter()
            .filter(|kept| kept.saved)
            .count()
            == 2
    });
    assert!(!window.has("Try again"));
    drop(window);
    let mut window = Window::open(&path);
    window.run_until_kept(2);
}

#[test]
fn a_damaged_library_is_told_of_with_its_new_name_and_the_window_goes_on() {
    let (_folder, path) = library();
    std::fs::write(&path, b"no database at all, but sixteen bytes").unwrap();
    let mut window = Window::open(&path);
    let broken = path.with_file_name("library.broken-1.sqlite");
    assert!(window.has_notice(&broken.display().to_string()));
    window.toggle_kept(3);
    window.run_until_kept(1);
    // Damaged while it is open: what the window shows goes into the new one.
    std::fs::write(&path, vec![0xa5; 20_000]).unwrap();
    window.toggle_kept(4);
    window.run_until_kept(2);
    assert!(
        window
            .state()
            .kept_melodies
            .iter()
            .all(|kept: &KeptEntry| kept.saved)
    );
    assert!(path.with_file_name("library.broken-2.sqlite").exists());
    drop(window);
    Window::open(&path).run_until_kept(2);
}

#[test]
fn a_library_of_a_newer_version_is_not_changed_and_the_user_is_told() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.toggle_kept(3);
    window.run_until_kept(1);
    drop(window);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let mut window = Window::open(&path);
    assert!(window.has_notice("newer version of Tunescape"));
    for (region, count) in [(4, 1), (5, 2)] {
        window.toggle_kept(region);
        window.run_until_kept(count);
        let name = format!("Not saved: Region {region}, centre");
        assert!(window.has(&name));
    }
    // One question for both, however often saving fails.
    window.command(Command::SaveUnsaved);
    // The library's thread answers once for each; a new notice takes a frame to be drawn.
    let asks = |app: &App| {
        let mut notices = app.state().notices.iter();
        notices.any(|notice| notice.text.contains("are lost when the window closes"))
    };
    for _ in 0..50 {
        window.run_until("it asks whether to try again", asks);
        window.harness.run_steps(1);
    }
    let questions = window.harness.query_all_by_label("Try again").count();
    assert_eq!(questions, 1);
    drop(window);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn melodies_of_an_earlier_version_s_settings_are_taken_over_once() {
    let (_folder, path) = library();
    let earlier = r#"[{"tokens":[41,0,0,1],"id":{"centre":{"region":1}},"name":"One","seed":1,"weights_hash":"ab"},{"tokens":[200]}]"#;
    let mut window = Window::open_with(&path, Some(earlier));
    window.run_until_kept(1);
    assert!(window.has_notice("1 were taken over and 1 could not be read"));
    assert_eq!(window.names(), ["One"]);
    window.click("Remove kept 1");
    window.run_until_kept(0);
    drop(window);
    let mut window = Window::open_with(&path, Some(earlier));
    window.toggle_kept(3);
    window.run_until_kept(1);
    assert_eq!(window.names(), ["Region 3, centre"]);
    assert!(!window.has_notice("taken over"));
}

#[test]
fn without_a_data_folder_melodies_are_kept_until_the_window_closes() {
    let mut window = setup().open().swept();
    window.toggle_kept(3);
    window.run_until_kept(1);
    window.press(Key::F);
    window.run_until_kept(0);
    assert_eq!(window.state().notices.iter().count(), 0);
}
