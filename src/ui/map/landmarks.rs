//! The landmarks: marks and names of the user's melodies that the model has learnt from, and the switch that hides them.

use eframe::egui::{Align2, Painter, Rect, Role, Shape, Stroke, Ui, WidgetInfo, vec2};
use egui_material_icons::icons::ICON_CHANGE_HISTORY;

use super::screen_point::ScreenPoint;
use super::screen_points::ScreenPoints;
use crate::ui::command::{Command, LandmarkCommand};
use crate::ui::state::AppState;
use crate::ui::theme::{CAPTION, Colours, font};
use crate::ui::widget_rects::record_rect;
use crate::ui::widgets::controls::{icon_only, theme_colours};

/// Distance of the corners of a mark from the rim of its point, points.
const MARK_DISTANCE: f32 = 4.5;
/// Space around a name in which no other one is drawn, points.
const NAME_MARGIN: f32 = 3.0;

/// A triangle around each landmark, as maps mark points that were surveyed, and as many of their names as have space; `names` are
/// the rectangles of the names that are drawn already.
pub(super) fn paint(
    painter: &Painter,
    state: &AppState,
    points: &ScreenPoints,
    names: &mut Vec<Rect>,
    c: &Colours,
) {
    if state.melodies.landmark_count() == 0 {
        return;
    }
    let visible = painter.clip_rect();
    let landmarks = points.list.iter().filter(|point| {
        let set = state.melodies.generated_set(point.id);
        set.is_some_and(|set| set.is_landmarks)
    });
    let landmarks: Vec<&ScreenPoint> = landmarks
        .filter(|point| visible.expand(16.0).contains(point.position))
        .collect();
    for point in &landmarks {
        let distance = point.radius + MARK_DISTANCE;
        // The corners of an equilateral triangle around the point, one of them up.
        let corners = [(0.0, -1.0), (0.866, 0.5), (-0.866, 0.5)]
            .map(|(x, y)| point.position + 1.25 * distance * vec2(x, y));
        let line = Stroke::new(1.2, c.muted);
        painter.add(Shape::closed_line(corners.to_vec(), line));
    }
    for point in &landmarks {
        let text = painter.layout_no_wrap(state.title(point.id), font(CAPTION), c.muted);
        let offset = vec2(point.radius + 2.0 * MARK_DISTANCE, 0.0);
        let right = Align2::LEFT_CENTER.anchor_size(point.position + offset, text.size());
        let left = Align2::RIGHT_CENTER.anchor_size(point.position - offset, text.size());
        let is_free = |place: &Rect| {
            let place = place.expand(NAME_MARGIN);
            visible.contains_rect(place) && !names.iter().any(|name| name.intersects(place))
        };
        let Some(place) = [right, left].into_iter().find(is_free) else {
            continue;
        };
        names.push(place);
        let background = c.background.gamma_multiply(0.6);
        painter.rect_filled(place.expand2(vec2(3.0, 0.0)), 4.0, background);
        painter.galley(place.min, text, c.muted);
    }
}

/// Draws the switch, if the map has landmarks.
pub(super) fn switch(ui: &mut Ui, state: &AppState, out: &mut Vec<Command>) {
    let count = state.melodies.landmark_count();
    if count == 0 {
        return;
    }
    let c = theme_colours(ui);
    let shown = !state.melodies.hides_landmarks();
    let (colour, name) = if shown {
        (c.accent, "Hide your melodies")
    } else {
        (c.muted, "Show your melodies")
    };
    let total = state.landmarks.learnt.as_ref();
    let total = total.map_or(count, |known| known.learnt.melodies.len());
    let text = if count < total {
        format!(
            "{name}: {count} of the {total} that the model has learnt from, taken evenly from all of them"
        )
    } else {
        format!("{name}: the {count} that the model has learnt from")
    };
    let response = ui
        .add(icon_only(ICON_CHANGE_HISTORY, colour))
        .on_hover_text(text);
    record_rect(ui.ctx(), "landmarks", response.rect);
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    if response.clicked() {
        out.push(Command::Landmarks(LandmarkCommand::Show(!shown)));
    }
}
