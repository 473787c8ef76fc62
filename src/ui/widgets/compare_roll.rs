//! Drawing a melody and its reconstruction over each other, to compare them.

use eframe::egui::{Painter, Rect, Stroke, StrokeKind, vec2};

use super::piano_roll::{RollLayout, is_sounding};
use crate::melody::{Melody, Note, Reconstruction, STEPS_PER_BAR, STEPS_PER_QUARTER};
use crate::ui::theme::Colours;

/// Draws the melody filled and its reconstruction as outlines above it, in the error colour where the melody has no such
/// note.
pub fn paint(
    painter: &Painter,
    rect: Rect,
    melody: &Melody,
    reconstruction: Option<&Melody>,
    playhead: Option<f64>,
    c: &Colours,
) {
    let reconstructed = reconstruction.map_or(&[][..], Melody::notes);
    let notes = melody.notes().iter().chain(reconstructed);
    let layout = RollLayout::new(rect, melody.steps(), notes, 11.0);
    layout.paint_grid(painter, &[STEPS_PER_QUARTER, STEPS_PER_BAR], c);
    let corner = (layout.note_height / 3.0).min(2.5);
    for note in melody.notes() {
        let colour = if is_sounding(note, playhead) {
            c.playing
        } else {
            c.accent
        };
        painter.rect_filled(layout.note_rect(note), corner, colour.gamma_multiply(0.85));
    }
    if let Some(reconstruction) = reconstruction {
        let differing: Vec<&Note> =
            Reconstruction::differing_notes(melody, reconstruction).collect();
        for note in reconstructed {
            let colour = if differing.contains(&note) {
                c.error
            } else {
                c.text
            };
            let outline = layout.note_rect(note).expand2(vec2(0.0, 1.0));
            painter.rect_stroke(
                outline,
                corner,
                Stroke::new(1.3, colour),
                StrokeKind::Middle,
            );
        }
    }
    if let Some(step) = playhead {
        layout.paint_playhead(painter, step, c);
    }
}
