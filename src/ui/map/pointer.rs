//! The pointer on the map: what it selects, and selection by clicks and boxes.

use eframe::egui::{Key, PointerButton, Pos2, Rect, Response, Ui};

use super::camera::View;
use super::gesture::Gesture;
use super::probes;
use super::screen_points::ScreenPoints;
use super::thumbnails::{self, Thumbnail};
use crate::sweep::MelodyId;
use crate::ui::command::{Command, TimelineSource};
use crate::ui::dragged_melody;
use crate::ui::geometry::encloses;
use crate::ui::state::AppState;
use crate::ui::widgets::click_modifiers::modifiers_of_click;

/// Distance within which the pointer selects a point, points of screen.
pub const HIT_DISTANCE: f32 = 12.0;
/// Distance within which it is on the point itself, above any thumbnail.
const ON_POINT_DISTANCE: f32 = 5.0;
/// Distance within which a click on the background selects the nearest melody where probes cannot be played.
const CLICK_DISTANCE: f32 = 64.0;

/// Distance between two points of the line around melodies, points of screen.
const LASSO_POINT_SPACING: f32 = 3.0;

/// What a pointer can select.
pub struct PointerTargets<'a> {
    /// The points.
    pub points: &'a ScreenPoints,
    /// The thumbnails below them.
    pub thumbnails: &'a [Thumbnail],
    /// The visible part of the map.
    pub view: View,
    /// The open region.
    pub open: Option<u32>,
}

impl PointerTargets<'_> {
    /// The melody that the pointer selects: the point exactly below it, else the thumbnail, else the nearest point.
    pub fn melody_at(&self, pointer: Pos2) -> Option<MelodyId> {
        self.point_under(pointer)
            .or_else(|| thumbnails::thumbnail_at(self.thumbnails, pointer))
            .or_else(|| self.nearest(pointer, HIT_DISTANCE))
    }

    /// The point exactly below the pointer.
    pub fn point_under(&self, pointer: Pos2) -> Option<MelodyId> {
        self.nearest(pointer, ON_POINT_DISTANCE)
    }

    /// The nearest point within a distance.
    pub fn nearest(&self, pointer: Pos2, max_distance: f32) -> Option<MelodyId> {
        self.points.hit(pointer, max_distance, self.open)
    }

    /// The newest probe within a distance.
    pub fn probe_at(
        &self,
        state: &AppState,
        map: Rect,
        pointer: Pos2,
        max_distance: f32,
    ) -> Option<MelodyId> {
        let probes = state.melodies.probes();
        probes
            .filter(|probe| {
                self.view.to_screen(map, probe.position).distance(pointer) <= max_distance
            })
            .last()
            .map(|probe| probe.id)
    }
}

/// Follows the line of a drag with Ctrl, and selects the melodies that it encloses when the drag ends; with Shift, adds them to the
/// selection. Returns whether there is such a line.
fn lasso(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    gesture: &mut Gesture,
    targets: &PointerTargets<'_>,
    out: &mut Vec<Command>,
) -> bool {
    let command = ui.input(|input| input.modifiers.command);
    if response.drag_started_by(PointerButton::Primary) && command {
        gesture.lasso = ui
            .input(|input| input.pointer.press_origin())
            .into_iter()
            .collect();
    }
    if gesture.lasso.is_empty() {
        return false;
    }
    if let Some(at) = response.interact_pointer_pos()
        && gesture
            .lasso
            .last()
            .is_none_or(|last| last.distance(at) >= LASSO_POINT_SPACING)
    {
        gesture.lasso.push(at);
    }
    if response.drag_stopped() || !response.dragged() {
        let line = std::mem::take(&mut gesture.lasso);
        let points = targets.points.list.iter();
        let mut ids: Vec<MelodyId> = points
            .filter(|point| point.ready && encloses(&line, point.position))
            .map(|point| point.id)
            .collect();
        if ui.input(|input| input.modifiers.shift) {
            ids.extend(&state.selection.all);
        }
        out.push(Command::SelectMany(ids));
    }
    true
}

/// Drags the selected melody, if the drag started on it; other drags play. Returns whether it is dragged.
fn drag_melody(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    gesture: &mut Gesture,
    targets: &PointerTargets<'_>,
) -> bool {
    if response.drag_started_by(PointerButton::Primary) {
        let (is_plain, start) = ui.input(|input| {
            let has_keys = input.modifiers.any() || input.key_down(Key::Space);
            let is_plain = !has_keys && !input.any_touches();
            (is_plain, input.pointer.press_origin())
        });
        let start = start.filter(|_| is_plain);
        let id = start.and_then(|position| targets.melody_at(position));
        let entry = id.filter(|id| state.selection.focus == Some(*id));
        let entry = entry.and_then(|id| state.melodies.get(id));
        if let Some(entry) = entry {
            dragged_melody::begin(response, TimelineSource::Melody(entry.id), &entry.melody);
        }
        gesture.drags_melody = entry.is_some();
    }
    gesture.drags_melody &= response.dragged();
    gesture.drags_melody
}

/// Turns clicks and drags into selections.
pub fn select(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    gesture: &mut Gesture,
    targets: &PointerTargets<'_>,
    out: &mut Vec<Command>,
) {
    let focus = state.selection.focus;
    if gesture.last_focus != focus {
        gesture.last_focus = focus;
        gesture.reveal_focus = !response.is_pointer_button_down_on() && !response.clicked();
        gesture.pointer_rests = gesture.reveal_focus;
    }
    gesture.pointer_rests &= ui.input(|input| !input.pointer.is_moving());
    let modifiers = ui.input(|input| input.modifiers);
    let pointer = response.interact_pointer_pos();
    let melody_at = |pointer: Option<Pos2>| pointer.and_then(|at| targets.melody_at(at));

    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.drag_started_by(PointerButton::Primary) && modifiers.shift && !modifiers.command {
        gesture.box_start = ui.input(|input| input.pointer.press_origin());
    }
    if let (Some(from), Some(to)) = (gesture.box_start, pointer.or(response.hover_pos())) {
        if response.drag_stopped() {
            gesture.box_start = None;
            let area = Rect::from_two_pos(from, to);
            let ids = targets
                .points
                .list
                .iter()
                .filter(|point| point.ready && area.contains(point.position))
                .map(|point| point.id)
                .collect();
            out.push(Command::SelectMany(ids));
        }
        return;
    }
    gesture.box_start = None;
    if lasso(ui, response, state, gesture, targets, out)
        || drag_melody(ui, response, state, gesture, targets)
    {
        return;
    }

    if response.double_clicked() && melody_at(pointer).is_none() {
        out.push(Command::FitMap);
    } else if response.clicked_by(PointerButton::Primary) {
        let clicked_melody = melody_at(pointer);
        let modifiers = modifiers_of_click(ui);
        if modifiers.command || modifiers.ctrl {
            if let Some(id) = clicked_melody {
                out.push(Command::ToggleSelected(id));
            }
        } else if let Some(id) = clicked_melody {
            out.push(Command::Select(id));
        } else if let Some(at) = pointer {
            // The background plays too; without a model, or for the other end of a blend, it selects the nearest melody.
            if probes::can_play(state) {
                probes::request(response, state, targets.points, &targets.view, at, out);
            } else if let Some(id) = targets.nearest(at, CLICK_DISTANCE) {
                out.push(Command::Select(id));
            }
        }
    }
}
