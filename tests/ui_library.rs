//! Tests of kept melodies: after a restart, in two windows, with undo, and where they cannot be saved.

#![expect(clippy::unwrap_used, reason = "a test may panic")]

#[path = "support/busy_model.rs"]
mod busy_model;
#[path = "support/window.rs"]
mod support;

use std::path::Path;
use std::time::Duration;

use eframe::egui::{Key, Modifiers};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{App, Command, KeptEntry, Settings};
use tunescape::worker::LibraryPlace;

use busy_model::BusyModel;
use support::{RecordingPlayer, Setup, run_until, run_until_kept, run_until_swept};

const SAMPLES: u32 = 2;

struct Window {
    harness: Harness<'static, App>,
}

impl Window {
    fn open(library: &Path) -> Self {
        Self::open_with(library, None)
    }

    fn open_with(library: &Path, earlier: Option<&str>) -> Self {
        let place = LibraryPlace::File(library.to_owned());
        let harness = setup().open_with(place, earlier.map(str::to_owned));
        Self::swept(harness)
    }

    fn swept(mut harness: Harness<'static, App>) -> Self {
        run_until_swept(&mut harness, SAMPLES);
        Self { harness }
    }

    fn select(&mut self, region: u32) {
        let id = MelodyId::Centre { region };
        self.harness.state_mut().command(Command::Select(id));
        self.harness.run_steps(3);
    }

    fn press(&mut self, key: Key) {
        self.harness.key_press(key);
        self.harness.run_steps(3);
    }

    fn undo(&mut self) {
        self.harness.key_press_modifiers(Modifiers::COMMAND, Key::Z);
        self.harness.run_steps(3);
    }

    fn click(&mut self, label: &str) {
        self.harness.get_by_label(label).click();
        self.harness.run_steps(3);
    }

    fn has(&self, label: &str) -> bool {
        self.harness.query_all_by_label(label).next().is_some()
    }

    fn run_until_kept(&mut self, count: usize) {
        run_until_kept(&mut self.harness, count);
    }

    fn focus(&self) -> Option<MelodyId> {
        self.harness.state().state().selection.focus
    }

    fn names(&self) -> Vec<String> {
        let kept_melodies = &self.harness.state().state().kept_melodies;
        kept_melodies
            .iter()
            .map(|kept| kept.name().to_owned())
            .collect()
    }

    fn notice(&self, part: &str) -> bool {
        let notices = &self.harness.state().state().notices;
        notices.iter().any(|notice| notice.text.contains(part))
    }
}

fn setup() -> Setup<BusyModel> {
    Setup {
        model: BusyModel {
            pause: Duration::ZERO,
        },
        player: Box::new(RecordingPlayer::default()),
        settings: Settings::default(),
        export_to: std::env::temp_dir(),
        samples: SAMPLES,
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
    window.select(3);
    window.press(Key::F);
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
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    window.undo();
    window.run_until_kept(0);
    assert_eq!(window.focus(), Some(MelodyId::Centre { region: 3 }));

    for (region, count) in [(3, 1), (4, 2), (5, 3)] {
        window.select(region);
        window.press(Key::F);
        window.run_until_kept(count);
    }
    let before = window.names();
    window.click("Remove kept 3");
    window.run_until_kept(2);
    // It stays kept on a new map.
    let generation = window.harness.state().state().melodies.generation();
    window.click("New sweep");
    run_until(&mut window.harness, "the new sweep is there", |app| {
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
    window.select(4);
    window.press(Key::F);
    window.run_until_kept(1);
    assert_eq!(window.names(), ["Region 4, centre"]);
}

#[test]
fn two_windows_show_each_other_s_kept_melodies_and_keep_their_selections_and_marks() {
    let (_folder, path) = library();
    let (mut one, mut two) = (Window::open(&path), Window::open(&path));
    one.select(3);
    two.select(7);
    two.press(Key::F);
    one.run_until_kept(1);
    two.run_until_kept(1);
    let number = one
        .harness
        .state()
        .state()
        .kept_melodies
        .iter()
        .next()
        .unwrap()
        .number;
    two.harness
        .state_mut()
        .command(Command::ToggleKeptMarked(number));
    let marked = |app: &App| app.state().kept_melodies.marked().contains(&number);
    run_until(&mut two.harness, "the mark is there", marked);
    two.harness.state_mut().command(Command::Undo);
    run_until(&mut two.harness, "the mark is undone", |app| !marked(app));
    two.harness
        .state_mut()
        .command(Command::ToggleKeptMarked(number));
    run_until(&mut two.harness, "the mark is there again", marked);
    one.press(Key::F);
    one.run_until_kept(2);
    two.run_until_kept(2);
    assert!(
        two.harness
            .state()
            .state()
            .kept_melodies
            .marked()
            .contains(&number)
    );
    assert_eq!(two.focus(), Some(MelodyId::Centre { region: 7 }));
    assert_eq!(one.focus(), Some(MelodyId::Centre { region: 3 }));
    two.click("Remove kept 2");
    one.run_until_kept(1);
}

#[test]
fn a_melody_that_cannot_be_saved_stays_in_the_window_until_it_can() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    // Another program holds a lock on the file.
    let other = rusqlite::Connection::open(&path).unwrap();
    other.busy_timeout(Duration::from_secs(5)).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    window.select(4);
    window.press(Key::F);
    assert!(window.has("Keep"), "not shown as kept before it is saved");
    run_until(&mut window.harness, "the failure is told", |app| {
        app.state().kept_melodies.unsaved().count() == 1
    });
    assert!(window.has("Not saved: Region 4, centre"));
    assert!(window.notice("Another program is using the library"));
    assert!(window.notice(&path.display().to_string()));
    other.execute_batch("COMMIT").unwrap();
    window.click("Try again");
    run_until(&mut window.harness, "both are saved", |app| {
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
    assert!(window.notice(&broken.display().to_string()));
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    // Damaged while it is open: what the window shows goes into the new one.
    std::fs::write(&path, vec![0xa5; 20_000]).unwrap();
    window.select(4);
    window.press(Key::F);
    window.run_until_kept(2);
    assert!(
        window
            .harness
            .state()
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
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    drop(window);
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let before = std::fs::read(&path).unwrap();
    let mut window = Window::open(&path);
    assert!(window.notice("newer version of Tunescape"));
    window.select(4);
    window.press(Key::F);
    window.run_until_kept(1);
    assert!(window.has("Not saved: Region 4, centre"));
    drop(window);
    assert_eq!(std::fs::read(&path).unwrap(), before);
}

#[test]
fn melodies_of_an_earlier_version_s_settings_are_taken_over_once() {
    let (_folder, path) = library();
    let earlier = r#"[{"tokens":[41,0,0,1],"id":{"centre":{"region":1}},"name":"One","seed":1,"weights_hash":"ab"},{"tokens":[200]}]"#;
    let mut window = Window::open_with(&path, Some(earlier));
    window.run_until_kept(1);
    assert!(window.notice("1 were taken over and 1 could not be read"));
    assert_eq!(window.names(), ["One"]);
    window.click("Remove kept 1");
    window.run_until_kept(0);
    drop(window);
    let mut window = Window::open_with(&path, Some(earlier));
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    assert_eq!(window.names(), ["Region 3, centre"]);
    assert!(!window.notice("taken over"));
}

#[test]
fn without_a_data_folder_melodies_are_kept_until_the_window_closes() {
    let mut window = Window::swept(setup().open());
    window.select(3);
    window.press(Key::F);
    window.run_until_kept(1);
    window.press(Key::F);
    window.run_until_kept(0);
    assert_eq!(window.harness.state().state().notices.iter().count(), 0);
}
