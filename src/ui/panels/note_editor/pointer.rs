//! The pointer in the note editor: drawing, moving, stretching and erasing.

use eframe::egui::{CursorIcon, PointerButton, Pos2, Response, Ui};

use super::pitches::pitch_in_range;
use crate::melody::{Melody, Note, NoteEdit};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::command::NotesCommand;
use crate::ui::widgets::piano_roll::RollLayout;

/// Width of the right edge of a note by which it is stretched, points; at most a third of the note.
const RESIZE_EDGE_WIDTH: f32 = 6.0;

/// A note that is being changed with the pointer.
#[derive(Clone, Copy)]
struct Drag {
    melody: MelodyId,
    kind: DragKind,
}

#[derive(Clone, Copy)]
enum DragKind {
    /// A note is drawn, starting at this step and pitch.
    Draw { start: u32, pitch: u8 },
    /// A note is moved; the pointer grabbed it this many steps after its start, in the row of this pitch.
    Move {
        note: Note,
        grab_offset_steps: f32,
        row: i32,
    },
    /// The end of a note is moved.
    Resize { note: Note },
}

/// Handles the pointer: marks, erases, and sends what a drag has done when it ends. Returns what a drag would do now.
pub(super) fn handle_pointer(
    ui: &Ui,
    response: &Response,
    layout: &RollLayout,
    entry: &MelodyEntry,
    send: &mut impl FnMut(NotesCommand),
) -> Option<NoteEdit> {
    let id = response.id.with("drag");
    let melody = &entry.melody;
    if let Some(at) = response.hover_pos() {
        let target = note_at(layout, melody, at);
        let icon = match target {
            Some((_, true)) => CursorIcon::ResizeHorizontal,
            Some((_, false)) => CursorIcon::Grab,
            None => CursorIcon::Crosshair,
        };
        ui.set_cursor_icon(icon);
        let erases = ui.input(|input| input.pointer.button_pressed(PointerButton::Secondary));
        if let Some((note, _)) = target
            && erases
        {
            response.request_focus();
            send(NotesCommand::Edit(NoteEdit::Erase { start: note.start }));
        }
    }
    let at = response.interact_pointer_pos();
    if response.drag_started_by(PointerButton::Primary)
        && let Some(at) = at
    {
        response.request_focus();
        let kind = drag_kind_at(layout, melody, at);
        if let DragKind::Move { note, .. } | DragKind::Resize { note } = kind {
            send(NotesCommand::Mark(Some(note.start)));
        }
        let drag = Drag {
            melody: entry.id,
            kind,
        };
        ui.data_mut(|data| data.insert_temp(id, drag));
    }
    let drag: Option<Drag> = ui.data(|data| data.get_temp(id));
    // Another melody may have come to the inspector.
    let drag = drag.filter(|drag| drag.melody == entry.id);
    let change = drag.zip(at).map(|(drag, at)| change(layout, drag.kind, at));
    let has_ended = !response.dragged() || response.drag_stopped();
    if has_ended {
        ui.data_mut(|data| data.remove::<Drag>(id));
        if let Some(change) = change.filter(|_| response.drag_stopped()) {
            send(NotesCommand::Edit(change));
        }
    }
    change
}

/// The note under a place, and whether its right edge is.
fn note_at(layout: &RollLayout, melody: &Melody, at: Pos2) -> Option<(Note, bool)> {
    let (step, pitch) = (layout.step_at(at.x), layout.pitch_at(at.y));
    let mut notes = melody.notes().iter();
    let note = *notes.find(|note| {
        i32::from(note.pitch) == pitch && (note.start as f32..note.end as f32).contains(&step)
    })?;
    let (left, right) = (layout.x(note.start as f32), layout.x(note.end as f32));
    let edge = RESIZE_EDGE_WIDTH.min((right - left) / 3.0);
    Some((note, at.x > right - edge))
}

/// What a drag that begins at a place changes.
fn drag_kind_at(layout: &RollLayout, melody: &Melody, at: Pos2) -> DragKind {
    let (step, row) = (layout.step_at(at.x), layout.pitch_at(at.y));
    match note_at(layout, melody, at) {
        Some((note, true)) => DragKind::Resize { note },
        Some((note, false)) => DragKind::Move {
            note,
            grab_offset_steps: step - note.start as f32,
            row,
        },
        None => DragKind::Draw {
            // The frame around the notes belongs to the first and the last step.
            start: (step.max(0.0) as u32).min((melody.steps() as u32).saturating_sub(1)),
            pitch: pitch_in_range(row),
        },
    }
}

/// What a drag does while the pointer is at a place.
fn change(layout: &RollLayout, kind: DragKind, at: Pos2) -> NoteEdit {
    let step = layout.step_at(at.x);
    match kind {
        DragKind::Draw { start, pitch } => NoteEdit::Draw(Note {
            pitch,
            start,
            end: (step.max(0.0) as u32).max(start) + 1,
        }),
        DragKind::Move {
            note,
            grab_offset_steps,
            row,
        } => NoteEdit::Move {
            start: note.start,
            new_start: (step - grab_offset_steps).round().max(0.0) as u32,
            pitch: pitch_in_range(i32::from(note.pitch) + layout.pitch_at(at.y) - row),
        },
        DragKind::Resize { note } => NoteEdit::Resize {
            start: note.start,
            end: step.round().max(0.0) as u32,
        },
    }
}
