//! Tests of dragging melodies: from the history, the kept melodies, the inspector and the map to the timeline, to the kept melodies and
//! out of the window.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use eframe::egui::{Key, Pos2, vec2};
use egui_kittest::kittest::Queryable as _;
use tunescape::sweep::MelodyId;
use tunescape::ui::{Command, FileClipboard, FileDragger, HistoryCommand};

use crate::arranging::{add, swept};
use crate::window::Window;

const KEPT_TAB: &str = "Show the kept melodies";
const TIMELINE_TAB: &str = "Show the timeline";

fn centre(region: u32) -> MelodyId {
    MelodyId::Centre { region }
}

fn label_position(window: &Window, label: &str) -> Pos2 {
    window.harness.get_by_label_contains(label).rect().center()
}

/// Presses at a position and moves the pointer far enough to start a drag.
fn start_drag(window: &mut Window, at: Pos2) {
    window.harness.hover_at(at);
    window.harness.run_steps(1);
    window.harness.drag_at(at);
    window.harness.run_steps(1);
    move_to(window, at + vec2(14.0, 0.0));
}

fn move_to(window: &mut Window, to: Pos2) {
    window.harness.hover_at(to);
    window.harness.run_steps(1);
}

fn drop_at(window: &mut Window, at: Pos2) {
    move_to(window, at);
    window.harness.drop_at(at);
    window.harness.run_steps(3);
}

/// The ids of the melodies of the blocks, and the labels of the blocks.
fn blocks(window: &Window) -> Vec<(MelodyId, String)> {
    let piece = &window.state().timeline.piece;
    let ids = piece
        .blocks()
        .iter()
        .map(|block| block.source().identity.id);
    ids.zip(piece.labels()).collect()
}

fn block(region: u32, label: &str) -> (MelodyId, String) {
    (centre(region), label.to_owned())
}

/// A window that shows a history of two melodies.
fn with_history() -> Window {
    let mut window = swept();
    window.select(3);
    window.select(7);
    window.command(Command::History(HistoryCommand::Show(true)));
    window
}

#[test]
fn a_drag_from_the_history_that_rests_on_the_tab_of_the_timeline_opens_it() {
    let mut window = with_history();
    add(&mut window, &[5, 9]);
    window.command(Command::History(HistoryCommand::Show(true)));
    let from = label_position(&window, "Heard 1: Region 3");
    start_drag(&mut window, from);
    let tab = label_position(&window, TIMELINE_TAB);
    move_to(&mut window, tab);
    assert!(
        !window.state().timeline.shown,
        "passing over it opens nothing"
    );
    // A step is a quarter of a second.
    window.harness.run_steps(4);
    assert!(window.state().timeline.shown);
    let before = label_position(&window, "Block 2: B") - vec2(20.0, 0.0);
    drop_at(&mut window, before);
    let expected = [block(5, "A"), block(3, "C"), block(9, "B")];
    assert_eq!(blocks(&window), expected);
    let undo = "Undo: add Region 3, centre to the timeline";
    assert_eq!(window.state().undo_text(), undo);
}

#[test]
fn a_melody_that_is_dropped_on_a_tab_goes_there_and_the_list_stays() {
    let mut window = with_history();
    let tab = label_position(&window, TIMELINE_TAB);
    for heard in ["Heard 1: Region 3", "Heard 2: Region 7"] {
        let from = label_position(&window, heard);
        start_drag(&mut window, from);
        drop_at(&mut window, tab);
    }
    assert_eq!(blocks(&window), [block(3, "A"), block(7, "B")]);
    assert!(window.state().history.shown && !window.state().timeline.shown);

    let kept = label_position(&window, KEPT_TAB);
    for _ in 0..2 {
        let from = label_position(&window, "Heard 1: Region 3");
        start_drag(&mut window, from);
        drop_at(&mut window, kept);
        window.run_until_kept(1);
    }
    assert!(window.has_notice("Region 3, centre is kept already"));
    // A drop elsewhere does nothing, and Escape ends the drag.
    let from = label_position(&window, "Heard 2: Region 7");
    start_drag(&mut window, from);
    drop_at(&mut window, Pos2::new(700.0, 300.0));
    start_drag(&mut window, from);
    window.press(Key::Escape);
    drop_at(&mut window, tab);
    assert_eq!(blocks(&window).len(), 2);
}

#[test]
fn a_kept_melody_is_dragged_to_the_timeline_and_keeps_its_place() {
    let mut window = swept();
    for region in [3, 7] {
        window.select(region);
        window.press(Key::F);
    }
    window.run_until_kept(2);
    let order = |window: &Window| -> Vec<u64> {
        let shown = window.state().kept_melodies.shown_entries();
        shown.map(|kept| kept.number).collect()
    };
    let before = order(&window);
    let (from, tab) = (
        label_position(&window, "Kept 1: Region 3"),
        label_position(&window, TIMELINE_TAB),
    );
    start_drag(&mut window, from);
    move_to(&mut window, tab);
    // The timeline opens, and is empty yet.
    window.harness.run_steps(4);
    let empty = label_position(&window, "Melodies in a row become a piece");
    drop_at(&mut window, empty);
    assert_eq!(blocks(&window), [block(3, "A")]);
    assert_eq!(order(&window), before);
    // A block goes back to the kept ones by their tab; the other one is not kept yet.
    window.select(9);
    window.press(Key::I);
    let (from, tab) = (
        label_position(&window, "Block 2: B"),
        label_position(&window, KEPT_TAB),
    );
    start_drag(&mut window, from);
    drop_at(&mut window, tab);
    window.run_until_kept(3);
    assert_eq!(blocks(&window), [block(3, "A"), block(9, "B")]);
}

#[test]
fn the_selected_melody_is_dragged_from_the_map_and_the_inspector_and_others_play() {
    let mut window = swept();
    window.select(3);
    let plays = window.play_count();
    let (from, tab) = (
        window.region_position(3),
        label_position(&window, TIMELINE_TAB),
    );
    start_drag(&mut window, from);
    move_to(&mut window, from + (tab - from) * 0.5);
    drop_at(&mut window, tab);
    assert_eq!(blocks(&window), [block(3, "A")]);
    assert_eq!(
        (window.play_count(), window.focus()),
        (plays, Some(centre(3)))
    );

    let roll = label_position(&window, "Piano roll, ");
    start_drag(&mut window, roll);
    let below = label_position(&window, KEPT_TAB) + vec2(0.0, 50.0);
    drop_at(&mut window, below);
    window.run_until_kept(1);

    let other = window.region_position(7);
    start_drag(&mut window, other);
    move_to(&mut window, other + vec2(30.0, 10.0));
    window.run_until("a position on the way plays", |app| {
        app.state().melodies.probes().next().is_some()
    });
    drop_at(&mut window, tab);
    assert_eq!(blocks(&window).len(), 1);
}

/// A clipboard that only has a folder for files.
struct Folder(PathBuf);

impl FileClipboard for Folder {
    fn set_files(&mut self, _: &[PathBuf]) -> Result<(), String> {
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.0.clone()
    }
}

/// Records the files that are dragged out of the window.
#[derive(Clone, Default)]
struct Dragger(Arc<Mutex<Vec<PathBuf>>>);

impl FileDragger for Dragger {
    fn drag(&mut self, _: &eframe::Frame, files: &[PathBuf]) -> Result<(), String> {
        self.0.lock().unwrap().extend_from_slice(files);
        Ok(())
    }
}

#[test]
fn a_melody_that_is_dragged_out_of_the_window_becomes_a_file() {
    let mut window = with_history();
    let folder = window.folder.path().join("copied");
    let dragger = Dragger::default();
    let app = window.harness.state_mut();
    app.set_file_clipboard(Folder(folder.clone()));
    app.set_file_dragger(Some(Box::new(dragger.clone())));
    add(&mut window, &[5]);
    window.harness.run_steps(1);
    let outside = Pos2::new(-30.0, 400.0);
    let from = label_position(&window, "Block 1: A");
    start_drag(&mut window, from);
    move_to(&mut window, Pos2::new(4.0, 400.0));
    assert!(dragger.0.lock().unwrap().is_empty());
    move_to(&mut window, outside);
    window.run_until("the file is dragged", |_| {
        !dragger.0.lock().unwrap().is_empty()
    });
    let files = dragger.0.lock().unwrap().clone();
    assert_eq!(files.len(), 1);
    assert!(files[0].starts_with(&folder));
    assert!(std::fs::read(&files[0]).unwrap().starts_with(b"MThd"));
    // The drag in the window has ended.
    let tab = label_position(&window, KEPT_TAB);
    drop_at(&mut window, tab);
    assert_eq!(window.state().kept_melodies.len(), 0);

    // A drop before the pointer leaves the window drags nothing out.
    window.command(Command::History(HistoryCommand::Show(true)));
    let from = label_position(&window, "Heard 1: Region 3");
    start_drag(&mut window, from);
    drop_at(&mut window, Pos2::new(4.0, 400.0));
    assert_eq!(dragger.0.lock().unwrap().len(), 1);
    start_drag(&mut window, from);
    move_to(&mut window, outside);
    window.run_until("the heard melody is dragged", |_| {
        dragger.0.lock().unwrap().len() == 2
    });
    let name = dragger.0.lock().unwrap()[1].file_name().unwrap().to_owned();
    assert!(
        name.to_string_lossy().starts_with("tunescape_r003_centre_"),
        "{name:?}"
    );
}

#[test]
fn where_nothing_can_be_dragged_out_the_user_is_told_once_what_to_do_instead() {
    let mut window = with_history();
    let from = label_position(&window, "Heard 1: Region 3");
    for _ in 0..2 {
        start_drag(&mut window, from);
        move_to(&mut window, Pos2::new(-30.0, 400.0));
        drop_at(&mut window, from);
        let notices = window.state().notices.iter();
        let hints = notices.filter(|notice| notice.text.contains("cannot be dragged out"));
        assert_eq!(hints.count(), 1);
    }
}
