//! The hint for the first click: a text and a ring, which pulses for a while, until something has been played.

use eframe::egui::{Painter, Rect, Stroke, StrokeKind, Ui, Vec2, pos2, vec2};

use super::colour_bar;
use super::overlay_frame::EDGE;
use super::screen_points::ScreenPoints;
use crate::sweep::MelodyId;
use crate::ui::state::AppState;
use crate::ui::theme::{BODY, Colours, font};
use crate::ui::widgets::controls::theme_colours;

/// How long the ring pulses, seconds; afterwards an idle window draws no frames.
const PULSE_SECONDS: f64 = 16.0;
/// Duration of one pulse, seconds.
const PULSE_PERIOD: f64 = 1.6;

/// Whether the hint is shown.
pub fn is_shown(state: &AppState) -> bool {
    let waits_for_click = state.path.tool_active || state.generate.blend_from.is_some();
    !state.settings.has_played && state.melodies.decoded_count() > 0 && !waits_for_click
}

/// The frame of a text of this size at the lower edge of the map: beside the colour bar, or above it on a narrow map.
fn frame(rect: Rect, size: Vec2) -> Rect {
    let mut centre = pos2(rect.center().x, rect.bottom() - 40.0);
    let right_of_colour_bar = rect
        .shrink(EDGE)
        .with_min_x(rect.left() + EDGE + colour_bar::SIZE.x + EDGE);
    if centre.x - size.x / 2.0 < right_of_colour_bar.left() {
        if size.x <= right_of_colour_bar.width() {
            centre.x = right_of_colour_bar.center().x;
        } else {
            centre.y = rect.bottom() - EDGE - colour_bar::SIZE.y - EDGE - size.y / 2.0;
        }
    }
    Rect::from_center_size(centre, size)
}

/// Draws the text at the lower edge of the map, fading in and out.
pub fn paint_text(ui: &Ui, rect: Rect, state: &AppState) {
    let c = theme_colours(ui);
    let id = ui.scope_id().with("hint");
    // The notices stand in the same place on a small map.
    let shown = is_shown(state) && state.notices.iter().next().is_none();
    let seconds = if state.reduces_motion() { 0.0 } else { 0.2 };
    let opacity = ui.ctx().animate_bool_with_time(id, shown, seconds);
    if opacity <= 0.0 {
        return;
    }
    let text = ui.painter().layout_no_wrap(
        "Click anywhere to listen".to_owned(),
        font(BODY + 1.0),
        c.text.gamma_multiply(opacity),
    );
    let size = text.size() + vec2(28.0, 14.0);
    let frame = frame(rect, size);
    ui.painter().rect(
        frame,
        size.y / 2.0,
        c.panel.gamma_multiply(0.92 * opacity),
        Stroke::new(1.0, c.accent.gamma_multiply(0.6 * opacity)),
        StrokeKind::Inside,
    );
    let corner = frame.center() - text.size() / 2.0;
    ui.painter().galley(corner, text, c.text);
}

/// Seconds since the ring began to pulse; `None` if it does not pulse. `shown_since` is when the hint was first shown.
pub fn seconds_pulsing(state: &AppState, shown_since: &mut Option<f64>, now: f64) -> Option<f64> {
    if !is_shown(state) {
        *shown_since = None;
        return None;
    }
    let pulse_seconds = now - *shown_since.get_or_insert(now);
    (pulse_seconds < PULSE_SECONDS && !state.reduces_motion()).then_some(pulse_seconds)
}

/// Paints a ring around the most central region that can be played, with a second one that grows while it pulses.
pub fn paint_ring(
    painter: &Painter,
    rect: Rect,
    state: &AppState,
    points: &ScreenPoints,
    pulse: Option<f64>,
    c: &Colours,
) {
    if !is_shown(state) {
        return;
    }
    let middle = rect.center();
    let first = points
        .list
        .iter()
        .filter(|point| point.ready && matches!(point.id, MelodyId::Centre { .. }))
        .min_by(|a, b| {
            a.position
                .distance(middle)
                .total_cmp(&b.position.distance(middle))
        });
    if let Some(point) = first {
        if let Some(pulse_seconds) = pulse {
            let t = (pulse_seconds % PULSE_PERIOD / PULSE_PERIOD) as f32;
            painter.circle_stroke(
                point.position,
                point.radius + 3.0 + 14.0 * t,
                Stroke::new(2.0, c.accent.gamma_multiply(1.0 - t)),
            );
        }
        painter.circle_stroke(
            point.position,
            point.radius + 3.0,
            Stroke::new(1.5, c.accent),
        );
    }
}
