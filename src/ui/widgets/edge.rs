//! The edge of a panel, which is dragged to resize it.

use eframe::egui::{
    self, CursorIcon, Key, Rangef, Rect, Role, Sense, Stroke, Ui, WidgetInfo, vec2,
};

use super::controls::{lock_arrow_keys, theme_colours};

/// Distance from the edge within which it is dragged, points.
const REACH: f32 = 4.0;
/// What an arrow key changes, points.
const STEP: f32 = 8.0;

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

/// What was done to an edge.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum ResizeAction {
    /// The panel gets this size, points.
    To(f32),
    /// The panel gets its first size.
    Reset,
}

/// The edge on a side of a `panel`, which has one size of the `range`. `name` is read by screen readers. To be drawn after
/// everything beside the panel, which would take the pointer.
pub fn edge(ui: &Ui, name: &str, panel: Rect, side: Side, range: Rangef) -> Option<ResizeAction> {
    let (line, reach, size) = match side {
        Side::Right => (
            panel.with_min_x(panel.right()),
            vec2(REACH, 0.0),
            panel.width(),
        ),
        Side::Left => (
            panel.with_max_x(panel.left()),
            vec2(REACH, 0.0),
            panel.width(),
        ),
        Side::Top => (
            panel.with_max_y(panel.top()),
            vec2(0.0, REACH),
            panel.height(),
        ),
    };
    let id = egui::Id::unique(("edge", name));
    let response = ui.interact(line.expand2(reach), id, Sense::click_and_drag());
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
        .map(|at| match side {
            Side::Right => at.x - panel.left(),
            Side::Left => panel.right() - at.x,
            Side::Top => panel.bottom() - at.y,
        });
    let wanted = dragged.or_else(|| stepped(ui, &response, side, size))?;
    let wanted = wanted.clamp(range.min, range.max).round();
    (wanted != size).then_some(ResizeAction::To(wanted))
}

/// The size after the arrow keys, while the edge has the focus.
fn stepped(ui: &Ui, response: &egui::Response, side: Side, size: f32) -> Option<f32> {
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
    (steps != 0.0).then_some(size + STEP * steps)
}
