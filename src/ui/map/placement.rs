//! The error of the position of a melody that was placed on a finished layout, as a ring.

use eframe::egui::{Align2, Painter, Pos2, Rect, Stroke, vec2};

use crate::embedding::Placement;
use crate::ui::theme::{CAPTION, Colours, font};

/// Least width of the map on which the ring has a caption, points: the overlays of a narrow one are over its middle.
const MIN_WIDTH_FOR_CAPTION: f32 = 600.0;
/// Height of the row of chips at the top of the free part of the map, points.
const CHIPS_HEIGHT: f32 = 44.0;

/// Draws the ring around a placed melody, unless it is too small; `scale` is points per map unit. Its caption stands above it
/// where nothing covers it: in `free_rect`, the part of the map without overlays, below the row of chips.
pub(super) fn paint(
    painter: &Painter,
    centre: Pos2,
    placement: &Placement,
    scale: f64,
    free_rect: Rect,
    c: &Colours,
) {
    let radius = (placement.error * scale) as f32;
    if radius < 6.0 {
        return;
    }
    painter.circle_stroke(
        centre,
        radius,
        Stroke::new(1.0, c.muted.gamma_multiply(0.7)),
    );
    let text = "placed to within this ring".to_owned();
    let text = painter.layout_no_wrap(text, font(CAPTION), c.muted);
    let text_bottom = centre - vec2(0.0, radius + 4.0);
    let text_rect = Align2::CENTER_BOTTOM.anchor_size(text_bottom, text.size());
    let free_rect = Rect::from_min_max(free_rect.min + vec2(0.0, CHIPS_HEIGHT), free_rect.max);
    if painter.clip_rect().width() >= MIN_WIDTH_FOR_CAPTION && free_rect.contains_rect(text_rect) {
        let background = c.background.gamma_multiply(0.75);
        painter.rect_filled(text_rect.expand2(vec2(4.0, 1.0)), 4.0, background);
        painter.galley(text_rect.min, text, c.muted);
    }
}
