//! The error of the position of a melody that was placed on a finished layout, as a ring.

use eframe::egui::{Align2, Painter, Pos2, Stroke, vec2};

use crate::embedding::Placement;
use crate::ui::theme::{CAPTION, Colours, font};

/// Least width of the map on which the ring is named, points.
const NAMED: f32 = 460.0;

/// Draws the ring around a placed melody, unless it is too small; `scale` is points per map unit.
pub(super) fn paint(painter: &Painter, at: Pos2, placement: &Placement, scale: f64, c: &Colours) {
    let radius = (placement.error * scale) as f32;
    if radius < 6.0 {
        return;
    }
    painter.circle_stroke(at, radius, Stroke::new(1.0, c.muted.gamma_multiply(0.7)));
    if painter.clip_rect().width() < NAMED {
        return;
    }
    painter.text(
        at + vec2(0.0, -radius - 4.0),
        Align2::CENTER_BOTTOM,
        "placed to within this ring",
        font(CAPTION),
        c.muted,
    );
}
