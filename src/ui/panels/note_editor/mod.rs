//! The inspector's piano roll while its notes are edited.
//!
//! `pointer` and `keys` turn input into edits, `paint` draws the roll, `pitches` chooses its rows.

mod keys;
mod paint;
mod pitches;
mod pointer;

use eframe::egui::{Id, Label, Response, RichText, Role, Sense, Ui, Vec2, WidgetInfo};

use crate::melody::{Melody, Note, STEPS_PER_BAR, STEPS_PER_QUARTER, pitch_name};
use crate::sweep::MelodyEntry;
use crate::ui::command::Command;
use crate::ui::state::AppState;
use crate::ui::theme::CAPTION;
use crate::ui::widgets::controls::{card_frame, theme_colours};
use crate::ui::widgets::numbers::grouped_with_noun;
use crate::ui::widgets::piano_roll::RollLayout;
use keys::handle_keys;
use paint::{paint_grid, paint_notes, paint_reconstruction};
use pitches::shown_pitches;
use pointer::handle_pointer;

/// Name of the roll's egui id.
const EDITOR_ID: &str = "note editor";

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
    let size = Vec2::new(ui.available_width(), height);
    let (_, rect) = ui.allocate_space(size);
    let response = ui.interact(rect, Id::unique(EDITOR_ID), Sense::drag());
    focus_once(ui, &response);
    let inner = rect.shrink(8.0);
    let steps = entry.melody.steps();
    let pitches = shown_pitches(ui, state, entry);
    let layout = RollLayout::with_pitch_range(inner, steps, pitches.low, pitches.high);
    let marked = state
        .notes
        .marked_start
        .and_then(|start| note_starting_at(&entry.melody, start));
    let mut send = |command| out.push(Command::Notes(command));
    let change = handle_pointer(ui, &response, &layout, entry, &mut send);
    if response.has_focus() {
        handle_keys(ui, &response, entry, marked, out);
    }
    let marked_text = marked.map(note_text);
    response.widget_info(|| {
        let notes = grouped_with_noun(entry.melody.notes().len(), "note");
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
    let changed_note = change.and_then(|change| change.note_after(&entry.melody));
    let melody = preview.as_ref().unwrap_or(&entry.melody);
    let painter = painter.with_clip_rect(inner.expand(1.0));
    paint_grid(&painter, inner, &layout, steps, pitches, c);
    paint_reconstruction(&painter, state, entry, &layout, c);
    let playhead = state.playback.step_in(&entry.melody);
    paint_notes(
        &painter,
        &layout,
        melody,
        changed_note.or(marked),
        playhead,
        c,
    );
    if let Some(step) = playhead {
        layout.paint_playhead(&painter, step, c);
    }
    for note in entry.melody.notes() {
        // Their names, for screen readers.
        let id = response.id.with(note.start);
        let place = layout.note_rect(note).intersect(inner);
        let named = ui.interact(place, id, Sense::hover());
        named.widget_info(|| {
            WidgetInfo::labeled(Role::Image, true, format!("Note {}", note_text(*note)))
        });
    }
    let hint = "Click draws, drag moves, the right edge stretches";
    let line = changed_note.map(note_text).or(marked_text);
    let text = RichText::new(line.as_deref().unwrap_or(hint)).size(CAPTION);
    ui.add(Label::new(text.color(c.muted)).truncate())
        .on_hover_text(
            "On an empty place a click draws a note, a longer one if you drag. Drag a note to move it in time and pitch, its right \
             edge to stretch it; a right click erases it. Arrows, Tab and Delete do the same with keys, Esc leaves",
        );
}

/// Gives the roll the focus back, after another widget was clicked.
pub(super) fn focus_editor(ui: &Ui) {
    ui.memory_mut(|memory| memory.request_focus(Id::unique(EDITOR_ID)));
}

/// Takes the focus when the editor appears, so that its keys act at once.
fn focus_once(ui: &Ui, response: &Response) {
    let last_shown = Id::unique("frame in which notes were edited last");
    let frame = ui.ctx().cumulative_frame_nr();
    let last_frame: Option<u64> = ui.data(|data| data.get_temp(last_shown));
    if last_frame.is_none_or(|last_frame| last_frame + 1 < frame) {
        response.request_focus();
    }
    ui.data_mut(|data| data.insert_temp(last_shown, frame));
}

fn note_starting_at(melody: &Melody, start: u32) -> Option<Note> {
    let mut notes = melody.notes().iter();
    notes.find(|note| note.start == start).copied()
}

/// A note in words: "D#4, bar 1, beat 2, 3 sixteenths"; a beat may have a fraction: "beat 2.5".
fn note_text(note: Note) -> String {
    let start = note.start as usize;
    let bar = start / STEPS_PER_BAR + 1;
    let beat = (start % STEPS_PER_BAR) as f32 / STEPS_PER_QUARTER as f32 + 1.0;
    let length = grouped_with_noun((note.end - note.start) as usize, "sixteenth");
    format!(
        "{}, bar {bar}, beat {beat}, {length}",
        pitch_name(note.pitch)
    )
}
