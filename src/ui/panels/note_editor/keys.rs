//! The keys of the note editor: going through the notes, moving, transposing and erasing them.

use eframe::egui::{EventFilter, Key, Modifiers, Response, Ui};

use super::pitches::pitch_in_range;
use crate::melody::{Note, NoteEdit};
use crate::sweep::MelodyEntry;
use crate::ui::command::{Command, NotesCommand};

/// Semitones that an arrow key with Shift moves a note.
const OCTAVE: i32 = 12;

/// The keys of the roll while it has the focus.
pub(super) fn handle_keys(
    ui: &Ui,
    response: &Response,
    entry: &MelodyEntry,
    marked: Option<Note>,
    out: &mut Vec<Command>,
) {
    let filter = EventFilter {
        tab: true,
        horizontal_arrows: true,
        vertical_arrows: true,
        ..EventFilter::default()
    };
    ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, filter));
    // Space plays; it presses nothing here.
    if ui.input(|input| input.key_released(Key::Space) && !input.modifiers.any()) {
        out.push(Command::PlayStop);
    }
    let pressed = |modifiers: Modifiers, key| {
        ui.input(|input| input.modifiers == modifiers && input.key_pressed(key))
    };
    let plain = |key| pressed(Modifiers::NONE, key);
    let shifted = |key| pressed(Modifiers::SHIFT, key);
    let notes = entry.melody.notes();
    let tab_direction = if plain(Key::Tab) {
        Some(1)
    } else if shifted(Key::Tab) {
        Some(-1)
    } else {
        None
    };
    let mut send = |command| out.push(Command::Notes(command));
    if let Some(direction) = tab_direction {
        return send(NotesCommand::Mark(next_note(notes, marked, direction)));
    }
    let up = |semitones: i32| (0, semitones);
    let (steps, semitones) = if plain(Key::ArrowUp) {
        up(1)
    } else if plain(Key::ArrowDown) {
        up(-1)
    } else if shifted(Key::ArrowUp) {
        up(OCTAVE)
    } else if shifted(Key::ArrowDown) {
        up(-OCTAVE)
    } else if plain(Key::ArrowLeft) {
        (-1, 0)
    } else if plain(Key::ArrowRight) {
        (1, 0)
    } else if plain(Key::Delete) || plain(Key::Backspace) {
        if let Some(note) = marked {
            send(NotesCommand::Edit(NoteEdit::Erase { start: note.start }));
            // The note after it is the next one to erase.
            send(NotesCommand::Mark(next_note(notes, marked, 1)));
        }
        return;
    } else {
        return;
    };
    match marked {
        Some(note) => send(NotesCommand::Edit(NoteEdit::Move {
            start: note.start,
            new_start: note.start.saturating_add_signed(steps),
            pitch: pitch_in_range(i32::from(note.pitch) + semitones),
        })),
        None => send(NotesCommand::Mark(notes.first().map(|note| note.start))),
    }
}

/// The start of the note after (1) or before (-1) the marked one, around the ends; of the first or last without one.
fn next_note(notes: &[Note], marked: Option<Note>, direction: i64) -> Option<u32> {
    let marked_index = marked.and_then(|marked| notes.iter().position(|note| *note == marked));
    let next = match marked_index {
        Some(index) => index as i64 + direction,
        None if direction > 0 => 0,
        None => -1,
    };
    let index = next.checked_rem_euclid(notes.len() as i64)?;
    notes.get(index as usize).map(|note| note.start)
}
