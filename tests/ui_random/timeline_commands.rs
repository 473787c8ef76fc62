//! A random command on the timeline, or on the notes of a melody.

use rand::RngExt as _;
use tunescape::melody::{Note, NoteEdit};
use tunescape::ui::{Command, DragCommand, NotesCommand, TimelineCommand, TimelineSource};

use crate::commands::{kept_number, melody};
use crate::random_window::RandomWindow;

pub fn timeline(window: &mut RandomWindow) -> Command {
    if window.once_in(6) {
        return dragging(window);
    }
    let (block, other) = (window.below(6), window.below(6));
    Command::Timeline(match window.below(17) {
        0..4 => TimelineCommand::Add(source(window)),
        4 => TimelineCommand::Show(window.once_in(2)),
        5 => TimelineCommand::SelectBlock(Some(block).filter(|_| !window.once_in(4))),
        6 => TimelineCommand::Remove(block),
        7 => TimelineCommand::Move(block, other),
        8 => TimelineCommand::Duplicate(block),
        9 => TimelineCommand::SetRepeats(block, window.below(20) as u32),
        10 => TimelineCommand::Transpose(block, window.rng.random_range(-100..100)),
        11 => {
            let label = ["", "bridge\n", "a label that is longer than a label can be"];
            let label = label[window.below(3)].to_owned();
            TimelineCommand::Rename(block, Some(label).filter(|_| !window.once_in(3)))
        }
        12 => TimelineCommand::SetLoop(Some((block, other)).filter(|_| !window.once_in(3))),
        13 => TimelineCommand::PlayFrom(block),
        14 => TimelineCommand::Bridge(block),
        15 => TimelineCommand::Vary(block),
        _ => TimelineCommand::PlayStop,
    })
}

/// The source of a melody, which may not exist.
fn source(window: &mut RandomWindow) -> TimelineSource {
    match window.below(5) {
        0 => TimelineSource::Shown,
        1 => TimelineSource::Melody(melody(window)),
        2 => TimelineSource::Kept(kept_number(window)),
        3 => TimelineSource::Block(window.below(20) as u64),
        _ => TimelineSource::Heard(window.below(40) as u64),
    }
}

/// A command that drops a melody.
fn dragging(window: &mut RandomWindow) -> Command {
    let source = source(window);
    Command::Drag(match window.below(3) {
        0 => DragCommand::Keep(source),
        1 => DragCommand::OutOfWindow(source),
        _ => DragCommand::ToTimeline(window.below(8), source),
    })
}

/// A command to edit notes: mostly existing ones, seldom outside the melody.
pub fn notes(window: &mut RandomWindow) -> Command {
    let starts: Vec<u32> = {
        let shown = window.window.harness.state().state().inspector_melody();
        let notes = shown.into_iter().flat_map(|entry| entry.melody.notes());
        notes.map(|note| note.start).collect()
    };
    let start = match starts.len() {
        0 => 3,
        count => starts[window.below(count)],
    };
    let (step, pitch) = (window.below(40) as u32, window.below(128) as u8);
    Command::Notes(match window.below(12) {
        0 | 1 => NotesCommand::SetTool(window.once_in(2)),
        2 => NotesCommand::Mark(Some(step).filter(|_| window.once_in(2))),
        3 | 4 => NotesCommand::Encode,
        5 | 6 => NotesCommand::Edit(NoteEdit::Draw(Note {
            pitch,
            start: step,
            end: window.below(40) as u32,
        })),
        7 | 8 => NotesCommand::Edit(NoteEdit::Move {
            start,
            new_start: step,
            pitch,
        }),
        9 => NotesCommand::Edit(NoteEdit::Resize { start, end: step }),
        _ => NotesCommand::Edit(NoteEdit::Erase { start }),
    })
}
