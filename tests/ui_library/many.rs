//! Many kept melodies at once: marks, selections, comparing two, ten thousand, two windows.

use eframe::egui::{Key, Modifiers};
use egui_kittest::kittest::Queryable as _;
use tunescape::melody::Tokens;
use tunescape::session::library::{Annotations, KeptMelody, Library, LibraryEntry, MelodyIdentity};
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, KeptOrder, SelectedCommand, TrayCommand, TrayView};

use crate::library;
use crate::window::Window;

#[test]
fn cards_are_marked_by_shift_and_ctrl_played_in_turn_and_removed_as_one_step() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3, 5, 7, 9]);
    window.answered(|window| window.click_with("Kept 2: Region 5, centre", Modifiers::COMMAND));
    window.answered(|window| window.click_with("Kept 4: Region 9, centre", Modifiers::SHIFT));
    assert_eq!(window.marked(), [2, 3, 4]);
    assert_eq!(window.state().undo_text(), "Undo: mark 2 melodies");
    window.click("3 marked");
    window.click("Play in turn");
    {
        let recording = window.recorder.lock().unwrap();
        let (piece, _, start) = recording.played.last().unwrap();
        assert_eq!(piece.steps(), 3 * 32);
        assert!(start.is_some());
    }
    window.answered(|window| {
        window.click("3 marked");
        window.click("Remove from the library");
    });
    assert_eq!(window.shown(), [1]);
    assert_eq!(window.state().undo_text(), "Undo: remove 3 melodies");
    window.answered(Window::undo);
    assert_eq!(window.shown(), [1, 2, 3, 4]);
    assert_eq!(window.marked(), [2, 3, 4], "the marks are back too");
    // Escape takes the selection of the map away first, then the marks.
    window.select(5);
    window.press(Key::Escape);
    assert_eq!((window.focus(), window.marked().len()), (None, 3));
    window.answered(|window| window.press(Key::Escape));
    assert!(window.marked().is_empty());
    assert_eq!(window.state().undo_text(), "Undo: unmark 3 melodies");
}

#[test]
fn many_selected_melodies_are_kept_played_and_removed_at_once() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3]);
    let some = (1..9).map(|region| MelodyId::Centre { region }).collect();
    window.command(Command::SelectMany(some));
    window.answered(|window| window.command(Command::Selected(SelectedCommand::Keep)));
    assert_eq!(window.state().kept_melodies.len(), 8);
    assert_eq!(window.state().undo_text(), "Undo: keep 7 melodies");
    window.command(Command::Selected(SelectedCommand::Play));
    let steps = window
        .recorder
        .lock()
        .unwrap()
        .played
        .last()
        .unwrap()
        .0
        .steps();
    assert_eq!(steps, 8 * 32);
    window.answered(|window| window.command(Command::Selected(SelectedCommand::RemoveKept)));
    assert!(window.state().kept_melodies.is_empty());
    window.answered(Window::undo);
    window.answered(Window::undo);
    assert_eq!(window.names(), ["Region 3, centre"]);
}

#[test]
fn a_second_press_of_a_comes_back_to_what_was_compared() {
    let (_folder, path) = library();
    let mut window = Window::open(&path);
    for region in [3, 5, 7] {
        window.select(region);
    }
    let heard = |window: &Window| window.focus();
    let region = |region| Some(MelodyId::Centre { region });
    for expected in [5, 7, 5, 7] {
        window.press(Key::A);
        assert_eq!(heard(&window), region(expected));
    }
    window.press(Key::A);
    // What is heard next is compared to what was heard last, not to what came last in the history.
    window.select(9);
    for expected in [5, 9] {
        window.press(Key::A);
        assert_eq!(heard(&window), region(expected));
    }
}

/// A melody of its own region; every tenth has the notes of the first.
fn kept(number: u32) -> LibraryEntry {
    let mut tokens = vec![0; 32];
    let pattern = if number.is_multiple_of(10) { 0 } else { number };
    for (bit, token) in tokens.iter_mut().take(16).enumerate() {
        if pattern >> bit & 1 == 1 {
            *token = 41;
        }
    }
    tokens[31] = 50;
    LibraryEntry {
        number: u64::from(number),
        melody: KeptMelody {
            identity: MelodyIdentity {
                weights_hash: "0123456789ab".to_owned(),
                seed: 1,
                id: MelodyId::Centre { region: number },
                tokens: Tokens::new(tokens).unwrap(),
            },
            name: format!("Idea {number} with a name that is longer than its card"),
            latent: None,
            app_version: String::new(),
            marked: false,
            kept_at_ms: 0,
            annotations: Annotations::default(),
        },
    }
}

#[test]
fn ten_thousand_kept_melodies_are_shown_sorted_and_edited() {
    let (_folder, path) = library();
    let entries: Vec<LibraryEntry> = (1..=10_000).map(kept).collect();
    Library::open(&path)
        .unwrap()
        .library
        .restore(&entries)
        .unwrap();
    let mut window = Window::open(&path);
    window.run_until_kept(10_000);
    assert!(window.has("10,000 kept"));
    // Only the cards in view are drawn.
    let cards = window.harness.query_all_by_label_contains("Kept ").count();
    assert!((3..60).contains(&cards), "{cards} cards");
    assert!(window.state().kept_melodies.same_notes(20).is_some());
    assert!(window.state().kept_melodies.same_notes(21).is_none());
    for order in [KeptOrder::Name, KeptOrder::Key, KeptOrder::Attribute(0)] {
        let view = TrayView {
            order,
            ..TrayView::default()
        };
        window.command(Command::Tray(TrayCommand::SetView(view)));
        assert_eq!(window.shown().len(), 10_000);
    }
    // The last one by hand comes into view when its name is edited.
    window.command(Command::Tray(TrayCommand::SetView(TrayView::default())));
    window.command(Command::Tray(TrayCommand::EditName(Some(10_000))));
    window.harness.run_steps(20);
    assert!(window.has("Name of kept 10000"));
    window.press(Key::Escape);
    window.command(Command::Tray(TrayCommand::MarkShown));
    window.run_until("all are marked", |app| {
        app.state().kept_melodies.marked().len() == 10_000
    });
    window.command(Command::Tray(TrayCommand::RemoveMarked));
    window.run_until_kept(0);
    window.undo();
    window.run_until_kept(10_000);
}

#[test]
fn another_window_s_names_stars_and_order_are_shown() {
    let (_folder, path) = library();
    let mut one = Window::with_kept(&path, &[3, 5]);
    let mut two = Window::open(&path);
    two.run_until_kept(2);
    one.tray(TrayCommand::Rename(2, "theirs".to_owned()));
    one.tray(TrayCommand::Move(2, Some(1)));
    two.run_until("the order is there", |app| {
        let mut shown = app.state().kept_melodies.shown_entries();
        shown.next().is_some_and(|kept| kept.name() == "theirs")
    });
    // Removed there while it is edited here: nothing breaks, and it does not come back.
    two.command(Command::Tray(TrayCommand::EditName(Some(1))));
    one.command(Command::RemoveKept(1));
    two.run_until_kept(1);
    two.command(Command::Tray(TrayCommand::Rename(1, "gone".to_owned())));
    two.harness.run_steps(5);
    assert_eq!(two.names(), ["theirs"]);
}
