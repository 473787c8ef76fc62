//! Tests of playing a timeline, and of finding it again in the session.

use std::path::Path;

use eframe::egui::Key;
use tunescape::session::piece::Piece;
use tunescape::ui::{Command, SessionOptions, TimelineCommand};
use tunescape::worker::{LibraryLocation, SessionPaths};

use crate::arranging::{add, blocks, swept};
use crate::window::fake_model::FakeModel;
use crate::window::{Setup, Window};

fn timeline(window: &mut Window, command: TimelineCommand) {
    window.command(Command::Timeline(command));
}

/// The step at which the last request starts if nothing plays, and in a loop while the player is at a step.
fn start(window: &Window) -> usize {
    let recording = window.recorder.lock().unwrap();
    recording.played.last().unwrap().2.unwrap().step
}

/// Id of the block that plays at a step.
fn playing_at(window: &mut Window, step: f64) -> (u64, f64) {
    window.recorder.lock().unwrap().step = step;
    window.harness.run_steps(2);
    let playing = window.state().playing_block().unwrap();
    (playing.id, playing.step)
}

#[test]
fn play_plays_the_whole_piece_from_the_selected_block() {
    let mut window = swept();
    add(&mut window, &[3, 7, 3]);
    timeline(&mut window, TimelineCommand::SetRepeats(1, 3));
    let piece = window.state().timeline.piece.clone();
    let ids: Vec<u64> = piece.blocks().iter().map(|block| block.id()).collect();
    window.click("Block 2: B");
    window.press(Key::Space);
    let (played, _, _) = window
        .recorder
        .lock()
        .unwrap()
        .played
        .last()
        .cloned()
        .unwrap();
    assert_eq!(*played, Piece::joined(piece.blocks()));
    assert_eq!((played.steps(), start(&window)), (160, 32));
    assert_eq!(playing_at(&mut window, 33.5), (ids[1], 1.5));
    assert_eq!(playing_at(&mut window, 127.0), (ids[1], 95.0));
    assert_eq!(playing_at(&mut window, 130.0), (ids[2], 2.0));
    assert_eq!(playing_at(&mut window, 5.0), (ids[0], 5.0));
    // Each block is heard.
    let heard: Vec<&str> = window
        .state()
        .history
        .iter()
        .map(|entry| entry.stored.name.as_str())
        .collect();
    assert!(heard.contains(&"Region 7, centre") && heard.contains(&"Region 3, centre"));
    window.click("Stop the timeline");
    assert!(!window.is_playing());
    window.click("Play the timeline");
    assert!(window.is_playing());
}

#[test]
fn a_change_while_it_plays_goes_on_at_the_same_place_of_the_block() {
    let mut window = swept();
    add(&mut window, &[3, 7]);
    timeline(&mut window, TimelineCommand::PlayFrom(1));
    let (second, step) = playing_at(&mut window, 40.25);
    assert_eq!(step, 8.25);
    // The first block becomes 32 steps longer.
    timeline(&mut window, TimelineCommand::SetRepeats(0, 2));
    let (played, _, begun) = window
        .recorder
        .lock()
        .unwrap()
        .played
        .last()
        .cloned()
        .unwrap();
    let begun = begun.unwrap();
    assert_eq!((played.steps(), begun.step), (96, 64 + 9));
    // In a loop the player adds its present step, 41.
    assert_eq!((begun.loop_offset + 41 % begun.loop_length) % 96, 64 + 9);
    assert_eq!(playing_at(&mut window, 73.0), (second, 9.0));
    // A loop plays its blocks alone; the block goes on from where it was.
    timeline(&mut window, TimelineCommand::SetLoop(Some((1, 1))));
    let (played, _, _) = window
        .recorder
        .lock()
        .unwrap()
        .played
        .last()
        .cloned()
        .unwrap();
    assert_eq!(played.steps(), 32);
    assert_eq!(playing_at(&mut window, 10.0), (second, 10.0));
    timeline(&mut window, TimelineCommand::Remove(1));
    timeline(&mut window, TimelineCommand::Remove(0));
    assert!(!window.is_playing());
}

#[test]
fn a_block_outside_the_loop_plays_the_whole_piece() {
    let mut window = swept();
    add(&mut window, &[3, 7, 5]);
    let steps = |window: &Window| {
        let recording = window.recorder.lock().unwrap();
        recording.played.last().unwrap().0.steps()
    };
    timeline(&mut window, TimelineCommand::SetLoop(Some((1, 1))));
    timeline(&mut window, TimelineCommand::PlayFrom(1));
    assert_eq!(steps(&window), 32);
    timeline(&mut window, TimelineCommand::PlayFrom(2));
    assert_eq!((steps(&window), start(&window)), (96, 64));
    playing_at(&mut window, 70.0);
    // A change of a block goes on there; another loop is entered.
    timeline(&mut window, TimelineCommand::Transpose(2, 1));
    assert_eq!(steps(&window), 96);
    playing_at(&mut window, 70.0);
    timeline(&mut window, TimelineCommand::SetLoop(Some((0, 1))));
    assert_eq!(steps(&window), 64);
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
fn a_timeline_is_there_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let mut window = with_session(folder.path());
    add(&mut window, &[3, 7, 3]);
    timeline(&mut window, TimelineCommand::Transpose(2, -4));
    timeline(&mut window, TimelineCommand::SetRepeats(1, 5));
    timeline(
        &mut window,
        TimelineCommand::Rename(1, Some("bridge".to_owned())),
    );
    timeline(&mut window, TimelineCommand::SetLoop(Some((0, 1))));
    timeline(&mut window, TimelineCommand::SelectBlock(Some(1)));
    let before = blocks(&window);
    window.run_until("the session is saved", |app| {
        let session = &app.state().session;
        session.submitted > 0 && session.saved == session.submitted
    });
    drop(window);

    let mut window = with_session(folder.path());
    assert_eq!(blocks(&window), before);
    assert_eq!(before[1], ("bridge".to_owned(), 5, 0));
    let state = &window.state().timeline;
    assert_eq!(state.piece.loop_range(), Some(0..=1));
    assert_eq!((state.shown, state.selected()), (true, Some(1)));
    assert!(window.has("Block 2: bridge"));
    add(&mut window, &[5]);
    assert_eq!(blocks(&window)[2].0, "B");
}
