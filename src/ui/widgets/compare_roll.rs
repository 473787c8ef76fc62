//! A melody and its reconstruction drawn over each other, so that it shows where they differ.

use eframe::egui::{Painter, Rect, Stroke, StrokeKind, pos2, vec2};

use crate::melody::{Melody, Note, Reconstruction, STEPS_PER_BAR, STEPS_PER_QUARTER};
use crate::ui::theme::Colours;

/// Lines closer than this are a grey wash, points.
const CLOSEST_LINES: f32 = 5.0;

/// Draws `own` filled and `found` as outlines above it: an outline around a filled note is a note that came back, an
/// outline in the colour of trouble is one that the melody does not have.
pub fn paint(
    painter: &Painter,
    rect: Rect,
    own: &Melody,
    found: Option<&Melody>,
    playhead: Option<f64>,
    c: &Colours,
) {
    let steps = own.steps().max(1) as f32;
    let x = |step: f32| rect.left() + rect.width() * step / steps;
    let beats = rect.width() * STEPS_PER_QUARTER as f32 / steps >= CLOSEST_LINES;
    let each = if beats {
        STEPS_PER_QUARTER
    } else {
        STEPS_PER_BAR
    };
    for step in (0..=own.steps()).step_by(each) {
        let strength = if step % STEPS_PER_BAR == 0 { 1.0 } else { 0.55 };
        let line = Stroke::new(1.0, c.line.gamma_multiply(strength));
        painter.vline(x(step as f32), rect.y_range(), line);
    }
    let notes = || {
        let found = found.map_or(&[][..], Melody::notes);
        own.notes().iter().chain(found)
    };
    let low = notes().map(|note| note.pitch).min().unwrap_or(60);
    let high = notes().map(|note| note.pitch).max().unwrap_or(60);
    let middle = (f32::from(low) + f32::from(high)) / 2.0;
    let row = rect.height() / (f32::from(high - low) + 3.0).max(14.0);
    let height = row.clamp(2.0, 11.0) * 0.86;
    let shape = |note: &Note| {
        let y = rect.center().y - (f32::from(note.pitch) - middle) * row;
        let (from, to) = (x(note.start as f32), x(note.end as f32));
        Rect::from_min_max(
            pos2(from + 0.5, y - height / 2.0),
            pos2((to - 1.0).max(from + 2.0), y + height / 2.0),
        )
    };
    let corner = (height / 3.0).min(2.5);
    for note in own.notes() {
        let sounds = playhead
            .is_some_and(|step| f64::from(note.start) <= step && step < f64::from(note.end));
        let fill = if sounds { c.playing } else { c.accent };
        painter.rect_filled(shape(note), corner, fill.gamma_multiply(0.85));
    }
    if let Some(found) = found {
        let wrong: Vec<Note> = Reconstruction::differing(own, found).copied().collect();
        for note in found.notes() {
            let ink = if wrong.contains(note) {
                c.error
            } else {
                c.text
            };
            let outline = shape(note).expand2(vec2(0.0, 1.0));
            painter.rect_stroke(outline, corner, Stroke::new(1.3, ink), StrokeKind::Middle);
        }
    }
    if let Some(step) = playhead {
        let at = x(step as f32).clamp(rect.left(), rect.right());
        painter.vline(at, rect.y_range(), Stroke::new(1.5, c.playing));
    }
}
