//! Zooming and panning.

use eframe::egui::{CursorIcon, Event, Key, MouseWheelUnit, PointerButton, Response, Ui};

use super::map_view::MapView;
use crate::ui::options::PlayBy;
use crate::ui::state::AppState;

/// Zoom factor per notch of the wheel.
const NOTCH: f32 = 1.18;

/// Moves the camera by drags, wheel and pinch.
pub fn move_camera(ui: &Ui, response: &Response, state: &AppState, view: &mut MapView, now: f64) {
    let space = ui.input(|input| input.key_down(Key::Space));
    let pans = response.dragged_by(PointerButton::Middle)
        || response.dragged_by(PointerButton::Secondary)
        || ((space || primary_pans(ui, state, view))
            && response.dragged_by(PointerButton::Primary));
    if pans {
        view.camera.pan(response.drag_delta(), now);
        view.gesture.panned_by_space |= space;
        ui.set_cursor_icon(CursorIcon::Grabbing);
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

/// Whether a drag with the primary button pans: it does unless it plays, edits the path or draws a box.
fn primary_pans(ui: &Ui, state: &AppState, view: &MapView) -> bool {
    state.settings.play_by != PlayBy::Drag
        && !view.path.captures_pointer()
        && view.gesture.box_from.is_none()
        && ui.input(|input| !input.modifiers.any())
}
