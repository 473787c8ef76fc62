//! Drawing the note editor.

use eframe::egui::{Align2, Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use super::pitches::ShownPitches;
use crate::melody::{Melody, Note, STEPS_PER_BAR, STEPS_PER_QUARTER, pitch_name};
use crate::sweep::MelodyEntry;
use crate::ui::state::AppState;
use crate::ui::theme::{Colours, font};
use crate::ui::widgets::piano_roll::{RollLayout, is_sounding};

/// Opacity of the lines of sixteenths and octaves.
const FAINT_OPACITY: f32 = 0.3;

/// Lines of sixteenths, beats, bars and octaves.
pub(super) fn paint_grid(
    painter: &Painter,
    rect: Rect,
    layout: &RollLayout,
    steps: usize,
    pitches: ShownPitches,
    c: &Colours,
) {
    let step_width = layout.x(1.0) - layout.x(0.0);
    for step in 0..=steps {
        let (opacity, interval) = match step {
            _ if step % STEPS_PER_BAR == 0 => (1.0, STEPS_PER_BAR),
            _ if step % STEPS_PER_QUARTER == 0 => (0.55, STEPS_PER_QUARTER),
            _ => (FAINT_OPACITY, 1),
        };
        if step_width * interval as f32 >= 5.0 {
            let line = Stroke::new(1.0, c.line.gamma_multiply(opacity));
            painter.vline(layout.x(step as f32), rect.y_range(), line);
        }
    }
    for pitch in (pitches.low..=pitches.high).filter(|pitch| pitch % 12 == 0) {
        let y = layout.y(pitch);
        let line = Stroke::new(1.0, c.line.gamma_multiply(FAINT_OPACITY));
        painter.hline(rect.x_range(), y, line);
        let position = pos2(rect.left() + 2.0, y);
        painter.text(
            position,
            Align2::LEFT_CENTER,
            pitch_name(pitch),
            font(9.0),
            c.muted,
        );
    }
}

/// The notes that the model decodes where an edited melody was encoded, as outlines.
pub(super) fn paint_reconstruction(
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
        let outline = layout.note_rect(note).expand2(vec2(0.0, 1.0));
        let line = Stroke::new(1.0, c.muted);
        painter.rect_stroke(outline, 2.5, line, StrokeKind::Middle);
    }
}

pub(super) fn paint_notes(
    painter: &Painter,
    layout: &RollLayout,
    melody: &Melody,
    marked: Option<Note>,
    playhead: Option<f64>,
    c: &Colours,
) {
    let corner = (layout.note_height / 3.0).min(2.5);
    for note in melody.notes() {
        let fill = if is_sounding(note, playhead) {
            c.playing
        } else {
            c.accent
        };
        let rect = layout.note_rect(note);
        painter.rect_filled(rect, corner, fill);
        if marked == Some(*note) {
            let line = Stroke::new(1.5, c.text);
            painter.rect_stroke(rect, corner, line, StrokeKind::Outside);
        }
    }
}
