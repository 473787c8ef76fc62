//! The inspector's piano roll while its notes are edited: pointer, keys and drawing.

use eframe::egui::{
    self, Align2, CursorIcon, EventFilter, Id, Key, Label, Modifiers, Painter, PointerButton, Pos2,
    Rect, Response, RichText, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, pos2,
};

use crate::melody::{
    HIGHEST_PITCH, LOWEST_PITCH, Melody, Note, NoteEdit, STEPS_PER_BAR, STEPS_PER_QUARTER,
    pitch_name,
};
use crate::sweep::{MelodyEntry, MelodyId};
use crate::ui::command::{Command, NotesCommand};
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, Colours, font};
use crate::ui::widgets::controls::{card_frame, theme_colours};
use crate::ui::widgets::numbers::counted;
use crate::ui::widgets::piano_roll::{RollLayout, sounds};

/// Rows that the roll has at least.
const MIN_ROWS: u8 = 15;
/// Free rows above the highest and below the lowest note.
const FREE_ROWS: u8 = 2;
/// Width of the right edge of a note by which it is stretched, points; at most a third of the note.
const EDGE: f32 = 6.0;
/// Semitones that an arrow key with Shift moves a note.
const OCTAVE: i32 = 12;
/// Opacity of the lines of sixteenths and octaves.
const FAINT: f32 = 0.3;

/// The pitches that the roll shows: they stay while all notes are among them.
#[derive(Clone, Copy)]
struct ShownPitches {
    melody: MelodyId,
    low: u8,
    high: u8,
}

/// A note that is being changed with the pointer.
#[derive(Clone, Copy)]
struct Drag {
    melody: MelodyId,
    kind: DragKind,
}

#[derive(Clone, Copy)]
enum DragKind {
    /// A note is drawn from this cell on.
    Draw { start: u32, pitch: u8 },
    /// A note is moved; the pointer holds it so many steps behind its start, in this row.
    Move { note: Note, behind: f32, row: i32 },
    /// The end of a note is moved.
    Stretch { note: Note },
}

/// Draws the roll, and turns what the pointer and the keys do in it into edits.
pub(super) fn note_editor_ui(
    ui: &mut Ui,
    state: &AppState,
    entry: &MelodyEntry,
    height: f32,
    out: &mut Vec<Command>,
) {
    let c = theme_colours(ui);
    // A drag begins where the pointer is pressed, and Space and Enter do not click.
    let (rect, response) =
        ui.allocate_exact_size(Vec2::new(ui.available_width(), height), Sense::drag());
    let mut send = |command| out.push(Command::Notes(command));
    focus_once(ui, &response);
    let inner = rect.shrink(8.0);
    let steps = entry.melody.steps();
    let pitches = shown_pitches(ui, state, entry);
    let layout = RollLayout::of_pitches(inner, steps, pitches.low, pitches.high);
    let marked = state
        .notes
        .marked
        .and_then(|start| starting_at(&entry.melody, start));
    let change = pointer(ui, &response, &layout, entry, &mut send);
    if response.has_focus() {
        keys(ui, &response, entry, marked, out);
    }
    let marked_text = marked.map(note_text);
    response.widget_info(|| {
        let notes = counted(entry.melody.notes().len(), "note");
        let name = match &marked_text {
            Some(text) => format!("Piano roll to edit, {notes}; marked: {text}"),
            None => format!("Piano roll to edit, {notes}"),
        };
        WidgetInfo::labeled(Role::Image, true, name)
    });
    let painter = ui.painter().with_clip_rect(rect);
    let edge = if response.has_focus() {
        c.accent
    } else {
        c.line
    };
    card_frame(&painter, rect, c.background, (1.0, edge));
    let preview = change.and_then(|change| change.apply(&entry.melody));
    let touched = change.and_then(|change| change.note_after(&entry.melody));
    let melody = preview.as_ref().unwrap_or(&entry.melody);
    let painter = painter.with_clip_rect(inner.expand(1.0));
    grid(&painter, inner, &layout, steps, pitches, c);
    reconstruction(&painter, state, entry, &layout, c);
    let playhead = state.playback.step_in(&entry.melody);
    notes(&painter, &layout, melody, touched.or(marked), playhead, c);
    if let Some(step) = playhead {
        layout.paint_playhead(&painter, step, c);
    }
    for note in entry.melody.notes() {
        // Their names, for screen readers.
        let id = response.id.with(note.start);
        let place = layout.note(note).intersect(inner);
        let named = ui.interact(place, id, Sense::hover());
        named.widget_info(|| WidgetInfo::labeled(Role::Image, true, note_text(*note)));
    }
    let hint = "Click draws, drag moves, the right edge stretches";
    let line = touched.map(note_text).or(marked_text);
    let text = RichText::new(line.as_deref().unwrap_or(hint)).size(CAPTION);
    ui.add(Label::new(text.color(c.muted)).truncate())
        .on_hover_text(
            "On an empty place a click draws a note, a longer one if you drag. Drag a note to move it in time and pitch, its right \
             edge to stretch it; a right click erases it. Arrows, Tab and Delete do the same with keys, Esc leaves",
        );
}

/// Takes the focus when the editor appears, so that its keys act at once.
fn focus_once(ui: &Ui, response: &Response) {
    let last_shown = Id::unique("frame in which notes were edited last");
    let frame = ui.ctx().cumulative_frame_nr();
    let before: Option<u64> = ui.data(|data| data.get_temp(last_shown));
    if before.is_none_or(|before| before + 1 < frame) {
        response.request_focus();
    }
    ui.data_mut(|data| data.insert_temp(last_shown, frame));
}

fn starting_at(melody: &Melody, start: u32) -> Option<Note> {
    let mut notes = melody.notes().iter();
    notes.find(|note| note.start == start).copied()
}

/// The pitches that the roll shows: those of the last frame if all notes are among them, else all notes with some space around.
fn shown_pitches(ui: &Ui, state: &AppState, entry: &MelodyEntry) -> ShownPitches {
    let id = Id::unique("pitches of the note editor");
    let pitches = || entry.melody.notes().iter().map(|note| note.pitch);
    let before: Option<ShownPitches> = ui.data(|data| data.get_temp(id));
    let set = state.melodies.generated_set(entry.id);
    // The first edit makes another melody of it.
    let is_edited = set.is_some_and(|set| set.edit.is_some());
    let stays = before.filter(|before| {
        (before.melody == entry.id || is_edited)
            && pitches().all(|pitch| (before.low..=before.high).contains(&pitch))
    });
    let shown = match stays {
        Some(before) => ShownPitches {
            melody: entry.id,
            ..before
        },
        None => {
            let low = pitches().min().unwrap_or(60).saturating_sub(FREE_ROWS);
            let high = pitches().max().unwrap_or(60) + FREE_ROWS;
            let missing = MIN_ROWS.saturating_sub(high - low + 1);
            let low = low.saturating_sub(missing.div_ceil(2)).max(LOWEST_PITCH);
            let high = (high + missing / 2).min(HIGHEST_PITCH);
            ShownPitches {
                melody: entry.id,
                low: low.min(high.saturating_sub(MIN_ROWS - 1)),
                high: high.max(low.saturating_add(MIN_ROWS - 1)),
            }
        }
    };
    ui.data_mut(|data| data.insert_temp(id, shown));
    shown
}

/// Handles the pointer: marks, erases, and sends what a drag has done when it ends. Returns what a drag would do now.
fn pointer(
    ui: &Ui,
    response: &Response,
    layout: &RollLayout,
    entry: &MelodyEntry,
    send: &mut impl FnMut(NotesCommand),
) -> Option<NoteEdit> {
    let id = response.id.with("drag");
    let melody = &entry.melody;
    if let Some(at) = response.hover_pos() {
        let target = target(layout, melody, at);
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
        let kind = grabbed(layout, melody, at);
        if let DragKind::Move { note, .. } | DragKind::Stretch { note } = kind {
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
    let ended = !response.dragged() || response.drag_stopped();
    if ended {
        ui.data_mut(|data| data.remove::<Drag>(id));
        if let Some(change) = change.filter(|_| response.drag_stopped()) {
            send(NotesCommand::Edit(change));
        }
    }
    change
}

/// The note under a place, and whether its right edge is.
fn target(layout: &RollLayout, melody: &Melody, at: Pos2) -> Option<(Note, bool)> {
    let (step, pitch) = (layout.step_at(at.x), layout.pitch_at(at.y));
    let mut notes = melody.notes().iter();
    let note = *notes.find(|note| {
        i32::from(note.pitch) == pitch && (note.start as f32..note.end as f32).contains(&step)
    })?;
    let (left, right) = (layout.x(note.start as f32), layout.x(note.end as f32));
    let edge = EDGE.min((right - left) / 3.0);
    Some((note, at.x > right - edge))
}

/// What a drag that begins at a place changes.
fn grabbed(layout: &RollLayout, melody: &Melody, at: Pos2) -> DragKind {
    let (step, row) = (layout.step_at(at.x), layout.pitch_at(at.y));
    match target(layout, melody, at) {
        Some((note, true)) => DragKind::Stretch { note },
        Some((note, false)) => DragKind::Move {
            note,
            behind: step - note.start as f32,
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
        DragKind::Move { note, behind, row } => NoteEdit::Move {
            start: note.start,
            to: (step - behind).round().max(0.0) as u32,
            pitch: pitch_in_range(i32::from(note.pitch) + layout.pitch_at(at.y) - row),
        },
        DragKind::Stretch { note } => NoteEdit::Stretch {
            start: note.start,
            end: step.round().max(0.0) as u32,
        },
    }
}

fn pitch_in_range(pitch: i32) -> u8 {
    pitch.clamp(LOWEST_PITCH.into(), HIGHEST_PITCH.into()) as u8
}

/// The keys of the roll while it has the focus.
fn keys(
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
    let by_tab = if plain(Key::Tab) {
        Some(1)
    } else if shifted(Key::Tab) {
        Some(-1)
    } else {
        None
    };
    let mut send = |command| out.push(Command::Notes(command));
    if let Some(by) = by_tab {
        return send(NotesCommand::Mark(next_note(notes, marked, by)));
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
            to: note.start.saturating_add_signed(steps),
            pitch: pitch_in_range(i32::from(note.pitch) + semitones),
        })),
        None => send(NotesCommand::Mark(notes.first().map(|note| note.start))),
    }
}

/// The start of the note after (1) or before (-1) the marked one, around the ends; of the first or last without one.
fn next_note(notes: &[Note], marked: Option<Note>, by: i64) -> Option<u32> {
    let at = marked.and_then(|marked| notes.iter().position(|note| *note == marked));
    let next = match at {
        Some(at) => at as i64 + by,
        None if by > 0 => 0,
        None => -1,
    };
    let index = next.checked_rem_euclid(notes.len() as i64)?;
    notes.get(index as usize).map(|note| note.start)
}

/// Lines of sixteenths, beats, bars and octaves.
fn grid(
    painter: &Painter,
    rect: Rect,
    layout: &RollLayout,
    steps: usize,
    pitches: ShownPitches,
    c: &Colours,
) {
    let apart = layout.x(1.0) - layout.x(0.0);
    for step in 0..=steps {
        let (opacity, interval) = match step {
            _ if step % STEPS_PER_BAR == 0 => (1.0, STEPS_PER_BAR),
            _ if step % STEPS_PER_QUARTER == 0 => (0.55, STEPS_PER_QUARTER),
            _ => (FAINT, 1),
        };
        if apart * interval as f32 >= 5.0 {
            let line = Stroke::new(1.0, c.line.gamma_multiply(opacity));
            painter.vline(layout.x(step as f32), rect.y_range(), line);
        }
    }
    for pitch in (pitches.low..=pitches.high).filter(|pitch| pitch % 12 == 0) {
        let y = layout.y(pitch);
        let line = Stroke::new(1.0, c.line.gamma_multiply(FAINT));
        painter.hline(rect.x_range(), y, line);
        let place = pos2(rect.left() + 2.0, y);
        painter.text(
            place,
            Align2::LEFT_CENTER,
            pitch_name(pitch),
            font(9.0),
            c.muted,
        );
    }
}

/// The notes that the model decodes where an edited melody was encoded, as outlines.
fn reconstruction(
    painter: &Painter,
    state: &AppState,
    entry: &MelodyEntry,
    layout: &RollLayout,
    c: &Colours,
) {
    let versions = state.melodies.imported_versions(entry.id);
    let Some(versions) = versions.filter(|_| !state.generate.reconstructed) else {
        return;
    };
    for note in versions.reconstruction.0.notes() {
        let outline = layout.note(note).expand2(egui::vec2(0.0, 1.0));
        let line = Stroke::new(1.0, c.muted);
        painter.rect_stroke(outline, 2.5, line, StrokeKind::Middle);
    }
}

fn notes(
    painter: &Painter,
    layout: &RollLayout,
    melody: &Melody,
    marked: Option<Note>,
    playhead: Option<f64>,
    c: &Colours,
) {
    let corner = (layout.height / 3.0).min(2.5);
    for note in melody.notes() {
        let fill = if sounds(note, playhead) {
            c.playing
        } else {
            c.accent
        };
        let rect = layout.note(note);
        painter.rect_filled(rect, corner, fill);
        if marked == Some(*note) {
            let line = Stroke::new(1.5, c.text);
            painter.rect_stroke(rect, corner, line, StrokeKind::Outside);
        }
    }
}

/// A note in words: "D#4, bar 1, beat 2, 3 sixteenths"; a beat may have a fraction: "beat 2.5".
fn note_text(note: Note) -> String {
    let start = note.start as usize;
    let bar = start / STEPS_PER_BAR + 1;
    let beat = (start % STEPS_PER_BAR) as f32 / STEPS_PER_QUARTER as f32 + 1.0;
    let length = counted((note.end - note.start) as usize, "sixteenth");
    format!(
        "{}, bar {bar}, beat {beat}, {length}",
        pitch_name(note.pitch)
    )
}
