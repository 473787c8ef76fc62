//! The tray of kept melodies: names, stars, tags, order, sorting, and what is exported.

use std::fs;

use eframe::egui::{Event, Key, Modifiers, PointerButton, Pos2};
use egui_kittest::kittest::Queryable as _;
use tunescape::ui::{Command, ExportGrouping, ExportSelection, KeptOrder, TrayCommand, TrayView};

use crate::library;
use crate::window::Window;

impl Window {
    /// A window with this library and these regions kept.
    pub fn with_kept(path: &std::path::Path, regions: &[u32]) -> Self {
        let mut window = Self::open(path);
        for (index, region) in regions.iter().enumerate() {
            window.toggle_kept(*region);
            window.run_until_kept(index + 1);
        }
        window
    }

    pub fn tray(&mut self, command: TrayCommand) {
        let reads = self.state().kept_melodies.read_count();
        let what = format!("the library has answered {command:?}");
        self.command(Command::Tray(command));
        self.run_until(&what, |app| app.state().kept_melodies.read_count() > reads);
    }

    /// Does this with the library's answer awaited.
    pub fn answered(&mut self, act: impl FnOnce(&mut Self)) {
        let reads = self.state().kept_melodies.read_count();
        act(self);
        let what = format!("the library has answered; {}", self.state().undo_text());
        self.run_until(&what, |app| app.state().kept_melodies.read_count() > reads);
    }

    /// Numbers in the order of the tray.
    pub fn shown(&self) -> Vec<u64> {
        let shown = self.state().kept_melodies.shown_entries();
        shown.map(|kept| kept.number).collect()
    }

    pub fn marked(&self) -> Vec<u64> {
        self.state()
            .kept_melodies
            .marked()
            .iter()
            .copied()
            .collect()
    }

    pub fn card(&self, label: &str) -> Pos2 {
        self.harness.get_by_label(label).rect().center()
    }

    pub fn button(
        &mut self,
        pos: Pos2,
        button: PointerButton,
        pressed: bool,
        modifiers: Modifiers,
    ) {
        self.harness.event(Event::PointerButton {
            pos,
            button,
            pressed,
            modifiers,
        });
    }

    pub fn click_with(&mut self, label: &str, modifiers: Modifiers) {
        let at = self.card(label);
        self.harness.hover_at(at);
        self.harness.run_steps(1);
        self.harness.event(Event::ModifiersChanged(modifiers));
        for pressed in [true, false] {
            self.button(at, PointerButton::Primary, pressed, modifiers);
            self.harness.run_steps(1);
        }
        self.harness.event(Event::ModifiersChanged(Modifiers::NONE));
        self.harness.run_steps(3);
    }

    pub fn type_text(&mut self, text: &str) {
        self.harness.event(Event::Text(text.to_owned()));
        self.harness.run_steps(2);
    }
}

#[test]
fn a_name_is_edited_in_its_place_and_undone_redone_and_stored() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3, 5]);
    // The melody that plays is renamed: the last one that was selected.
    window.press(Key::F2);
    assert!(window.has("Name of kept 2"), "the field is open");
    window.type_text("bridge idea");
    window.answered(|window| window.press(Key::Enter));
    assert_eq!(window.names(), ["Region 3, centre", "bridge idea"]);
    assert!(window.has("Kept 2: bridge idea") && !window.has("Name of kept 2"));
    assert_eq!(window.state().undo_text(), "Undo: rename bridge idea");
    window.answered(Window::undo);
    assert_eq!(window.names()[1], "Region 5, centre");
    assert_eq!(window.state().redo_text(), "Redo: rename bridge idea");
    window.answered(|window| window.press_ctrl(Key::Y));
    assert_eq!(window.names()[1], "bridge idea");

    // A double click, and Escape leaves the name as it is, and the selection too.
    let at = window.card("Kept 1: Region 3, centre");
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    // All in one frame: a frame of the test lasts longer than a double click may.
    let clicks = [true, false, true, false].map(|pressed| Event::PointerButton {
        pos: at,
        button: PointerButton::Primary,
        pressed,
        modifiers: Modifiers::NONE,
    });
    window.harness.input_mut().events.extend(clicks);
    window.harness.run_steps(3);
    assert!(window.has("Name of kept 1"));
    let focus = window.focus();
    window.type_text("not this");
    window.press(Key::Escape);
    assert_eq!(window.names()[0], "Region 3, centre");
    assert!(!window.has("Name of kept 1"));
    assert_eq!(
        window.focus(),
        focus,
        "Escape in the field is not one of the map"
    );

    // Empty names change nothing, long ones are refused with a sentence and not cut.
    let steps = window.state().undo.len();
    for name in ["", "  \n"] {
        window.command(Command::Tray(TrayCommand::Rename(1, name.to_owned())));
    }
    window.command(Command::Tray(TrayCommand::Rename(1, "x".repeat(201))));
    assert!(window.has_notice("at most 200 letters"));
    assert_eq!(window.state().undo.len(), steps);
    window.tray(TrayCommand::Rename(1, "ü".repeat(200)));
    drop(window);
    let mut window = Window::open(&path);
    window.run_until_kept(2);
    assert_eq!(window.names(), ["ü".repeat(200), "bridge idea".to_owned()]);
}

#[test]
fn stars_are_given_by_keys_and_a_melody_that_is_not_kept_is_kept_with_them() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3]);
    let stars = |window: &Window| -> Vec<u8> {
        let kept = window.state().kept_melodies.iter();
        kept.map(|kept| kept.stored.annotations.stars).collect()
    };
    window.answered(|window| window.press(Key::Num4));
    assert_eq!(stars(&window), [4]);
    assert_eq!(
        window.state().undo_text(),
        "Undo: stars of Region 3, centre"
    );
    // Quicker than the library answers: each step goes back to the one before.
    for key in [Key::Num2, Key::Num5, Key::Num0] {
        window.press(key);
    }
    window.run_until("the last one is there", |app| {
        let mut kept = app.state().kept_melodies.iter();
        kept.all(|kept| kept.stored.annotations.stars == 0)
    });
    for expected in [5, 2, 4, 0] {
        window.answered(Window::undo);
        assert_eq!(stars(&window), [expected]);
    }
    window.select(7);
    window.press(Key::Num3);
    window.run_until_kept(2);
    assert_eq!(stars(&window), [0, 3]);
    window.undo();
    window.run_until_kept(1);
}

#[test]
fn cards_are_moved_by_a_drag_and_the_order_is_stored_and_undone() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3, 5, 7]);
    let from = window.card("Kept 3: Region 7, centre");
    let to = window.card("Kept 1: Region 3, centre");
    // To the first half of the first card: before it.
    let to = Pos2::new(to.x - 40.0, to.y);
    window.harness.hover_at(from);
    window.harness.run_steps(1);
    window.button(from, PointerButton::Primary, true, Modifiers::NONE);
    window.harness.run_steps(1);
    for part in 1..=8 {
        let at = from + (to - from) * (part as f32 / 8.0);
        window.harness.hover_at(at);
        window.harness.run_steps(1);
    }
    window.button(to, PointerButton::Primary, false, Modifiers::NONE);
    window.harness.run_steps(3);
    window.run_until("the card has moved", |app| {
        let shown = app.state().kept_melodies.shown_entries();
        shown.map(|kept| kept.number).eq([3, 1, 2])
    });
    assert_eq!(window.shown(), [3, 1, 2]);
    assert_eq!(window.state().undo_text(), "Undo: move Region 7, centre");
    window.tray(TrayCommand::Move(1, None));
    assert_eq!(window.shown(), [3, 2, 1]);
    for expected in [vec![3, 1, 2], vec![1, 2, 3]] {
        window.undo();
        window.run_until("the step is undone", |app| {
            let shown = app.state().kept_melodies.shown_entries();
            shown.map(|kept| kept.number).eq(expected.iter().copied())
        });
    }
    window.answered(|window| window.press_ctrl(Key::Y));
    drop(window);
    let mut window = Window::open(&path);
    window.run_until_kept(3);
    assert_eq!(window.shown(), [3, 1, 2]);
}

#[test]
fn moving_into_the_same_gap_again_and_again_finds_a_place_each_time() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3, 5, 7, 9]);
    let mut expected = vec![1, 2, 3, 4];
    // A double has 52 bits: after so many halvings there is no number between two others.
    for turn in 0..140 {
        let moved = expected[1 + turn % 2];
        let before = expected[1];
        let before = if before == moved { expected[2] } else { before };
        window.tray(TrayCommand::Move(moved, Some(before)));
        expected.retain(|number| *number != moved);
        let at = expected
            .iter()
            .position(|number| *number == before)
            .unwrap();
        expected.insert(at, moved);
        assert_eq!(window.shown(), expected, "turn {turn}");
    }
    // Also where all got new places, undo leads back.
    for _ in 0..60 {
        window.answered(Window::undo);
    }
    let back = window.shown();
    for _ in 0..60 {
        window.answered(|window| window.press_ctrl(Key::Y));
    }
    assert_eq!(window.shown(), expected);
    assert_eq!(back.len(), 4);
}

#[test]
fn the_tray_is_sorted_and_filtered_by_its_menu_and_says_how_many_it_shows() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3, 5, 7]);
    window.tray(TrayCommand::Rename(1, "Zebra".to_owned()));
    window.tray(TrayCommand::SetTags(
        2,
        vec!["slow".to_owned(), " slow ".to_owned()],
    ));
    window.tray(TrayCommand::SetStars(3, 5));
    window.click("Sort and filter the kept melodies");
    window.click("Order of the kept melodies: As kept and moved");
    window.click("Name");
    assert_eq!(window.shown(), [2, 3, 1]);
    window.click("At least 3 stars");
    assert_eq!(window.shown(), [3]);
    assert!(window.has("1 of 3 kept"));
    window.click("Show all");
    assert_eq!(window.shown(), [2, 3, 1]);
    window.click("Tag of the kept melodies: Any tag");
    window.click("slow");
    assert_eq!(window.shown(), [2]);
    // Where names are edited, what is edited is shown.
    window.command(Command::Tray(TrayCommand::EditName(Some(1))));
    assert_eq!(window.shown(), [2, 3, 1]);
    window.press(Key::Escape);
    assert_eq!(
        window.state().undo_text(),
        "Undo: sorting of the kept melodies"
    );
    let view = TrayView {
        order: KeptOrder::Stars,
        search: "nothing has this".to_owned(),
        ..TrayView::default()
    };
    window.command(Command::Tray(TrayCommand::SetView(view)));
    window.harness.run_steps(2);
    assert!(window.has("No kept melody has these words, stars and tag."));
}

#[test]
fn the_name_is_the_file_s_name_and_its_track_s() {
    let (_folder, path) = library();
    let mut window = Window::with_kept(&path, &[3, 5]);
    window.tray(TrayCommand::Rename(1, "Bridge: idea / 2".to_owned()));
    window.tray(TrayCommand::SetStars(2, 1));
    window.command(Command::Export(
        ExportSelection::Kept,
        ExportGrouping::Folder,
    ));
    window.run_until_notice("were written");
    let folder = window.folder.path().join("exported");
    let mut names: Vec<String> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert!(
        names[0].starts_with("tunescape_bridge_idea_02_"),
        "{names:?}"
    );
    assert!(names[1].starts_with("tunescape_r005_centre_"), "{names:?}");
    let bytes = fs::read(folder.join(&names[0])).unwrap();
    let smf = midly::Smf::parse(&bytes).unwrap();
    let is_named = |event: &midly::TrackEvent<'_>| {
        let named = midly::MetaMessage::TrackName(b"Bridge: idea / 2");
        event.kind == midly::TrackEventKind::Meta(named)
    };
    assert!(smf.tracks.iter().flatten().any(is_named));
}

#[test]
fn a_melody_that_is_not_saved_is_named_and_given_stars_in_the_window() {
    let (_folder, path) = library();
    drop(Window::open(&path));
    let other = rusqlite::Connection::open(&path).unwrap();
    other.pragma_update(None, "user_version", 99).unwrap();
    drop(other);
    let mut window = Window::open(&path);
    window.toggle_kept(4);
    window.run_until_kept(1);
    let number = window.state().kept_melodies.iter().next().unwrap().number;
    window.command(Command::Tray(TrayCommand::Rename(
        number,
        "not lost".to_owned(),
    )));
    window.command(Command::Tray(TrayCommand::SetStars(number, 2)));
    assert!(window.has("Not saved: not lost"));
    window.undo();
    window.undo();
    assert!(window.has("Not saved: Region 4, centre"));
}
