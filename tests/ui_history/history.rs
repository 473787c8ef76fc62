//! Tests of the history of what was heard.

use std::path::Path;

use eframe::egui::{Event, Key, Modifiers, PointerButton, pos2};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, GenerateCommand, HistoryCommand, SessionOptions};
use tunescape::worker::{LibraryLocation, SessionPaths};

use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

fn swept() -> Window {
    Setup::new(FakeModel::busy(), 2).open().swept()
}

fn centre(region: u32) -> Option<MelodyId> {
    Some(MelodyId::Centre { region })
}

fn step(window: &mut Window, key: Key) {
    window.harness.key_press_modifiers(Modifiers::ALT, key);
    window.harness.run_steps(3);
}

/// Ids of what was heard, oldest first.
fn heard(window: &Window) -> Vec<MelodyId> {
    let entries = window.state().history.iter();
    entries.map(|entry| entry.stored.identity.id).collect()
}

#[test]
fn alt_and_the_arrows_go_through_what_was_heard_as_in_a_browser() {
    let mut window = swept();
    for region in [3, 7, 5] {
        window.select(region);
    }
    let regions = [3, 7, 5].map(|region| MelodyId::Centre { region });
    assert_eq!(heard(&window), regions);
    step(&mut window, Key::ArrowLeft);
    assert_eq!(window.focus(), centre(7));
    step(&mut window, Key::ArrowLeft);
    assert_eq!(window.focus(), centre(3));
    // There is nothing before.
    step(&mut window, Key::ArrowLeft);
    assert_eq!(window.focus(), centre(3));
    step(&mut window, Key::ArrowRight);
    assert_eq!(window.focus(), centre(7));
    // What is played again is not heard anew.
    assert_eq!(heard(&window), regions);
    let last = window.recorder.lock().unwrap().played.last().cloned();
    let shown = window.state().inspector_melody().unwrap();
    assert_eq!(last.unwrap().0.tokens(), shown.melody.tokens());
    // Something new is heard after all the others; nothing is forgotten.
    window.select(9);
    assert_eq!(heard(&window).len(), 4);
    step(&mut window, Key::ArrowLeft);
    assert_eq!(window.focus(), centre(5));
}

#[test]
fn the_buttons_of_the_mouse_go_back_and_forward_too() {
    let mut window = swept();
    window.select(3);
    window.select(7);
    for (button, wanted) in [(PointerButton::Extra1, 3), (PointerButton::Extra2, 7)] {
        for pressed in [true, false] {
            window.harness.event(Event::PointerButton {
                pos: pos2(700.0, 400.0),
                button,
                pressed,
                modifiers: Modifiers::NONE,
            });
            window.harness.run_steps(2);
        }
        assert_eq!(window.focus(), centre(wanted));
    }
}

#[test]
fn the_list_is_searched_played_and_kept_from() {
    let mut window = swept();
    for region in [3, 7, 5] {
        window.select(region);
    }
    window.click("Show what was heard");
    for label in ["Heard 1: Region 3, centre", "Heard 3: Region 5, centre"] {
        assert!(window.has(label), "{label}");
    }
    window.click("Heard 2: Region 7, centre");
    assert_eq!(window.focus(), centre(7));
    window.click("Keep heard 1");
    window.run_until_kept(1);
    let kept = window.state().kept_melodies.iter().next().unwrap();
    assert_eq!(kept.name(), "Region 3, centre");
    assert!(window.has("Remove heard 1 from the library"));
    window.command(Command::History(HistoryCommand::Search(
        "MAP 1 region 5".to_owned(),
    )));
    assert!(window.has("Heard 3: Region 5, centre"));
    assert!(!window.has("Heard 1: Region 3, centre"));
    window.command(Command::History(HistoryCommand::Search(
        "nowhere".to_owned(),
    )));
    assert!(window.has_containing("Nothing that was heard"));
    window.click("Show the kept melodies");
    assert!(!window.has("Heard 3: Region 5, centre"));
}

#[test]
fn a_blend_is_heard_melody_by_melody_and_once_however_often_it_loops() {
    let mut window = swept();
    let [from, to] = [2, 8].map(|region| MelodyId::Centre { region });
    window.command(Command::Generate(GenerateCommand::SetBlendCount(3)));
    window.command(Command::Generate(GenerateCommand::Blend(from, to)));
    window.run_until("the blend plays", |app| app.state().history.len() == 1);
    for step in [33.0, 65.0, 1.0, 34.0, 66.0] {
        window.recorder.lock().unwrap().step = step;
        window.harness.run_steps(2);
    }
    let entries = window.state().history.iter();
    let names: Vec<&str> = entries.map(|entry| entry.stored.name.as_str()).collect();
    assert_eq!(names, ["Blend 1 of 3", "Blend 2 of 3", "Blend 3 of 3"]);
}

fn with_session(folder: &Path) -> Window {
    let paths = SessionPaths {
        folder: folder.join("sessions"),
        list: folder.join("sessions.json"),
    };
    let setup = Setup {
        library: LibraryLocation::File(folder.join("library.sqlite")),
        session: Some(SessionOptions { paths, file: None }),
        ..Setup::new(FakeModel::busy(), 2)
    };
    let mut window = setup.open();
    window.run_until("the session is open", |app| {
        app.state().session.file.is_some() && !app.state().session.opening
    });
    window.run_until_swept();
    window.run_until_laid_out();
    window
}

#[test]
fn what_was_heard_is_there_again_after_a_restart_and_plays_on_its_map() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = with_session(folder.path());
    for region in [3, 7] {
        window.select(region);
    }
    window.run_until("the session is saved", |app| {
        let session = &app.state().session;
        session.submitted > 0 && session.saved == session.submitted
    });
    drop(window);

    let mut window = with_session(folder.path());
    let regions = [3, 7].map(|region| MelodyId::Centre { region });
    assert_eq!(heard(&window), regions);
    step(&mut window, Key::ArrowLeft);
    assert_eq!(window.focus(), centre(3));
    assert_eq!(window.play_count(), 1);
    window.select(11);
    assert_eq!(heard(&window).len(), 3);
    let numbers: Vec<u64> = window
        .state()
        .history
        .iter()
        .map(|entry| entry.number)
        .collect();
    assert_eq!(numbers, [1, 2, 3]);
}
