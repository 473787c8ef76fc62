//! Hands on the map: zoom, pan, click, sweep over points, draw a box.

use eframe::egui::{
    Event, Key, Modifiers, MouseWheelUnit, PointerButton, Pos2, Rect, Response, Ui,
};

use super::camera::View;
use super::dots::{ScreenPoint, hit};
use super::grid::Grid;
use super::thumbnails::{self, Card};
use super::{MapView, REACH, spots};
use crate::sweep::MelodyId;
use crate::ui::command::Command;
use crate::ui::options::PlayBy;
use crate::ui::state::AppState;

/// A click on bare ground still means the nearest melody within this, points.
const NEAR_ENOUGH: f32 = 64.0;
/// Within this the pointer is on a point itself, points.
const EXACT: f32 = 5.0;
/// Zoom per notch of the wheel.
const NOTCH: f32 = 1.18;

/// A gesture under way.
#[derive(Default)]
pub struct Gesture {
    /// Corner where a box began.
    pub box_from: Option<Pos2>,
    /// The space key was used to pan.
    pub panned_by_space: bool,
    /// The selection changed by other means than the pointer: bring it into view.
    pub follow: bool,
    /// Since then the pointer has not moved, so it means nothing.
    pub idle: bool,
    last_focus: Option<MelodyId>,
    /// What the menu is about.
    pub menu: Option<MelodyId>,
}

/// What there is to point at.
pub struct Points<'a> {
    /// The points as they are drawn.
    pub placed: &'a [ScreenPoint],
    /// The same by where they are.
    pub grid: &'a Grid,
    /// The rolls below them.
    pub cards: &'a [Card],
    /// What is seen.
    pub view: View,
    /// The open region.
    pub open: Option<u32>,
}

impl Points<'_> {
    /// The melody that the pointer means: the point right below it, else the roll, else the nearest point within reach.
    pub fn at(&self, pointer: Pos2) -> Option<MelodyId> {
        hit(self.placed, self.grid, pointer, EXACT, self.open)
            .or_else(|| thumbnails::at(self.cards, pointer))
            .or_else(|| self.nearest(pointer, REACH))
    }

    /// The nearest point within a reach.
    pub fn nearest(&self, pointer: Pos2, reach: f32) -> Option<MelodyId> {
        hit(self.placed, self.grid, pointer, reach, self.open)
    }

    /// The newest spot between the points within a reach.
    pub fn spot_at(
        &self,
        state: &AppState,
        map: Rect,
        pointer: Pos2,
        reach: f32,
    ) -> Option<MelodyId> {
        let spots = state.library.spots();
        spots
            .filter(|spot| self.view.to_screen(map, spot.position).distance(pointer) <= reach)
            .last()
            .map(|spot| spot.id)
    }
}

/// Moves the camera.
pub fn camera(ui: &Ui, response: &Response, state: &AppState, view: &mut MapView, now: f64) {
    let space = ui.input(|input| input.key_down(Key::Space));
    let pans = response.dragged_by(PointerButton::Middle)
        || response.dragged_by(PointerButton::Secondary)
        || ((space || grabs(ui, state, view)) && response.dragged_by(PointerButton::Primary));
    if pans {
        view.camera.pan(response.drag_delta(), now);
        view.pointer.panned_by_space |= space;
        ui.set_cursor_icon(eframe::egui::CursorIcon::Grabbing);
    }
    let Some(pointer) = response.hover_pos() else {
        return;
    };
    let factor = ui.input(|input| {
        let notches: f32 = input
            .events
            .iter()
            .map(|event| match event {
                Event::MouseWheel { unit, delta, .. } => match unit {
                    MouseWheelUnit::Line => delta.y,
                    MouseWheelUnit::Point => delta.y / 50.0,
                    MouseWheelUnit::Page => delta.y * 4.0,
                },
                _ => 0.0,
            })
            .sum();
        if notches == 0.0 {
            // A pinch on a touch screen or pad.
            input.zoom_delta()
        } else {
            NOTCH.powf(notches)
        }
    });
    if (factor - 1.0).abs() > 1e-4 {
        view.camera
            .zoom_at(response.rect, pointer, f64::from(factor), now);
    }
}

/// Where dragging plays nothing it moves the map.
fn grabs(ui: &Ui, state: &AppState, view: &MapView) -> bool {
    state.settings.play_by != PlayBy::Sweep
        && !view.path.claims()
        && view.pointer.box_from.is_none()
        && ui.input(|input| !input.modifiers.any())
}

/// Turns clicks and drags into selections.
pub fn select(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    gesture: &mut Gesture,
    points: &Points<'_>,
    out: &mut Vec<Command>,
) {
    let Points { placed, grid, .. } = *points;
    let focus = state.selection.focus;
    if gesture.last_focus != focus {
        gesture.last_focus = focus;
        gesture.follow = !response.is_pointer_button_down_on() && !response.clicked();
        gesture.idle = gesture.follow;
    }
    gesture.idle &= ui.input(|input| !input.pointer.is_moving());
    let modifiers = ui.input(|input| input.modifiers);
    let pointer = response.interact_pointer_pos();
    let at = |pointer: Option<Pos2>| pointer.and_then(|at| points.at(at));

    if response.clicked() || response.drag_started() {
        response.request_focus();
    }
    if response.drag_started_by(PointerButton::Primary) && modifiers.shift {
        gesture.box_from = ui.input(|input| input.pointer.press_origin());
    }
    if let (Some(from), Some(to)) = (gesture.box_from, pointer.or(response.hover_pos())) {
        if response.drag_stopped() {
            gesture.box_from = None;
            let area = Rect::from_two_pos(from, to);
            let inside = placed
                .iter()
                .filter(|dot| dot.ready && area.contains(dot.at))
                .map(|dot| dot.id)
                .collect();
            out.push(Command::SelectMany(inside));
        }
        return;
    }
    gesture.box_from = None;

    if response.double_clicked() && at(pointer).is_none() {
        out.push(Command::FitMap);
    } else if response.clicked_by(PointerButton::Primary) {
        let exact = at(pointer);
        let modifiers = modifiers_of_click(ui);
        if modifiers.command || modifiers.ctrl {
            if let Some(id) = exact {
                out.push(Command::ToggleSelected(id));
            }
        } else if let Some(id) = exact {
            out.push(Command::Select(id));
        } else if let Some(at) = pointer {
            // Bare ground plays too; without a model, or for the other end of a blend, it means the nearest melody.
            if spots::possible(state) {
                spots::ask(response, state, placed, grid, &points.view, at, out);
            } else if let Some(id) = points.nearest(at, NEAR_ENOUGH) {
                out.push(Command::Select(id));
            }
        }
    }
}

/// Keys held when the button was let go; on a slow screen they may be up again before the frame.
fn modifiers_of_click(ui: &Ui) -> Modifiers {
    ui.input(|input| {
        let released = input.events.iter().rev().find_map(|event| match event {
            Event::PointerButton {
                pressed: false,
                modifiers,
                ..
            } => Some(*modifiers),
            _ => None,
        });
        released.unwrap_or(input.modifiers)
    })
}
