//! How far the place of a melody that was not laid out can be believed: a ring as wide as its error.

use eframe::egui::{Align2, Painter, Pos2, Stroke, vec2};

use crate::embedding::Placement;
use crate::ui::theme::{CAPTION, Colours, font};

/// Draws the ring around a placed melody; `scale` is points per map unit.
pub(super) fn paint(painter: &Painter, at: Pos2, placed: &Placement, scale: f64, c: &Colours) {
    let radius = (placed.error * scale) as f32;
    if radius < 6.0 {
        return;
    }
    painter.circle_stroke(at, radius, Stroke::new(1.0, c.muted.gamma_multiply(0.7)));
    painter.text(
        at + vec2(0.0, -radius - 4.0),
        Align2::CENTER_BOTTOM,
        "placed to within this ring",
        font(CAPTION),
        c.muted,
    );
}
