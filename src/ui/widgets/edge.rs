//! The edge of a panel, which is dragged to resize it.

use eframe::egui::{
    self, CursorIcon, Key, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use super::controls::{lock_arrow_keys, theme_colours};

/// Distance from the edge at which the pointer can still drag it, points.
const GRAB_DISTANCE: f32 = 4.0;
/// Change of the size by an arrow key, points.
const KEY_STEP: f32 = 8.0;

/// The side of its panel that an edge is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// The panel is left of the edge.
    Right,
    /// The panel is right of the edge.
    Left,
    /// The panel is below the edge.
    Top,
}

/// A change of a panel's size by its edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResizeAction {
    /// The panel gets this size, points.
    SetSize(f32),
    /// The panel gets its default size.
    Reset,
}

/// Draws the edge on one side of `panel`, and returns the change of the panel's size, within `range`. `name` is read by screen
/// readers. To be drawn after the panel's neighbours, which otherwise would take the pointer.
pub fn resize_edge(
    ui: &Ui,
    name: &str,
    panel: Rect,
    side: Side,
    range: Rangef,
) -> Option<ResizeAction> {
    let (line, grab_margin, size) = match side {
        Side::Right => (
            panel.with_min_x(panel.right()),
            vec2(GRAB_DISTANCE, 0.0),
            panel.width(),
        ),
        Side::Left => (
            panel.with_max_x(panel.left()),
            vec2(GRAB_DISTANCE, 0.0),
            panel.width(),
        ),
        Side::Top => (
            panel.with_max_y(panel.top()),
            vec2(0.0, GRAB_DISTANCE),
            panel.height(),
        ),
    };
    let id = egui::Id::unique(("edge", name));
    let response = ui.interact(line.expand2(grab_margin), id, Sense::click_and_drag());
    response.widget_info(|| {
        let mut info = WidgetInfo::labeled(Role::Splitter, true, name);
        info.value = Some(f64::from(size));
        info
    });
    if response.hovered() || response.dragged() || response.has_focus() {
        let c = theme_colours(ui);
        let stroke = Stroke::new(
            2.0,
            if response.dragged() {
                c.accent
            } else {
                c.muted
            },
        );
        ui.painter().line_segment([line.min, line.max], stroke);
        ui.set_cursor_icon(match side {
            Side::Top => CursorIcon::ResizeVertical,
            Side::Left | Side::Right => CursorIcon::ResizeHorizontal,
        });
    }
    if response.double_clicked() {
        return Some(ResizeAction::Reset);
    }
    let dragged = response
        .interact_pointer_pos()
        .filter(|_| response.dragged())
        .map(|pointer| match side {
            Side::Right => pointer.x - panel.left(),
            Side::Left => panel.right() - pointer.x,
            Side::Top => panel.bottom() - pointer.y,
        });
    let new_size = dragged.or_else(|| size_after_keys(ui, &response, side, size))?;
    let new_size = new_size.clamp(range.min, range.max).round();
    (new_size != size).then_some(ResizeAction::SetSize(new_size))
}

/// The size after the arrow keys, while the edge has the focus.
fn size_after_keys(ui: &Ui, response: &egui::Response, side: Side, size: f32) -> Option<f32> {
    if !response.has_focus() {
        return None;
    }
    lock_arrow_keys(ui, response);
    let (larger, smaller) = match side {
        Side::Right => (Key::ArrowRight, Key::ArrowLeft),
        Side::Left => (Key::ArrowLeft, Key::ArrowRight),
        Side::Top => (Key::ArrowUp, Key::ArrowDown),
    };
    let steps =
        ui.input(|input| input.num_presses(larger) as f32 - input.num_presses(smaller) as f32);
    (steps != 0.0).then_some(size + KEY_STEP * steps)
}
