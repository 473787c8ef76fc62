//! Frames and positions of the overlays.

use eframe::egui::{self, Align2, Frame, Margin, Rect, Stroke, Ui, vec2};

use crate::ui::theme::CORNER;
use crate::ui::widgets::controls::theme_colours;

/// Distance of the overlays from the edges of the map, points.
pub const EDGE: f32 = 14.0;
/// Width of the column of buttons on the left, with the space next to it.
pub const TOOLS_WIDTH: f32 = 54.0;

/// Width of the map below which the layouts are a menu and the chips are folded, points.
const NARROW_WIDTH: f32 = 460.0;
/// Height of the chip that names what plays, with the space below it, points.
pub const PLAYING_HEIGHT: f32 = 42.0;

/// Whether the map is so narrow that its overlays are folded.
pub fn is_narrow(map: Rect) -> bool {
    map.width() < NARROW_WIDTH
}

/// The part of the map below the layout switch and right of the column of buttons.
pub fn inner_area(rect: Rect) -> Rect {
    let inner = rect.shrink(EDGE);
    Rect::from_min_max(inner.min + vec2(TOOLS_WIDTH, 48.0), inner.max)
}

/// A child `Ui` in a corner of an area, as large as its content. Returns its rectangle.
pub fn corner(ui: &mut Ui, area: Rect, align: Align2, add_contents: impl FnOnce(&mut Ui)) -> Rect {
    let at = align.pos_in_rect(&area);
    let salt = (
        area.min.x as i32,
        area.min.y as i32,
        align.0.map(|side| side as u8),
    );
    egui::Area::new(ui.scope_id().with(("corner", salt)))
        .order(egui::Order::Middle)
        .fixed_pos(at)
        .pivot(align)
        // One point larger, as contents are clipped to it and their edges are rounded to pixels.
        .constrain_to(area.expand(1.0))
        .show(ui.ctx(), add_contents)
        .response
        .rect
}

/// A framed line.
pub fn chip(ui: &mut Ui, add_contents: impl FnOnce(&mut Ui)) -> egui::Response {
    framed(ui, Margin::symmetric(10, 5), add_contents)
}

/// A frame with the background of a panel.
pub fn framed(ui: &mut Ui, margin: Margin, add_contents: impl FnOnce(&mut Ui)) -> egui::Response {
    let c = theme_colours(ui);
    Frame::new()
        .fill(c.panel.gamma_multiply(0.94))
        .stroke(Stroke::new(1.0, c.line))
        .corner_radius(f32::from(CORNER))
        .inner_margin(margin)
        .show(ui, add_contents)
        .response
}
