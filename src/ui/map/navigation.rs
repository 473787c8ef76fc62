//! Zooming and panning.

use eframe::egui::{
    CursorIcon, Event, InputState, Key, Modifiers, MouseWheelUnit, PointerButton, Response, Ui,
    Vec2,
};

use super::map_view::MapView;
use crate::ui::options::PlayBy;
use crate::ui::state::AppState;

/// Zoom factor per notch of the wheel.
const ZOOM_PER_NOTCH: f32 = 1.18;
/// Scroll distance that counts as a notch, points.
const NOTCH_POINTS: f32 = 50.0;
/// A wheel turns by multiples of this part of a notch (Windows' `WHEEL_DELTA`, libinput's v120), a trackpad by any.
const WHEEL_PART: f32 = 1.0 / 120.0;
/// Time after a trackpad event during which scrolling is not taken for a wheel's, seconds.
const TRACKPAD_SECONDS: f64 = 0.3;

/// Moves the camera by drags, wheel, trackpad and fingers.
pub fn move_camera(ui: &Ui, response: &Response, state: &AppState, view: &mut MapView, now: f64) {
    if view.gesture.two_fingers {
        move_by_fingers(ui, response, view, now);
        return;
    }
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
    let scrolled = ui.input(|input| ScrollInput::new(input, &mut view.gesture.trackpad_until));
    let rect = response.rect;
    if scrolled.pan != Vec2::ZERO {
        view.camera.pan(scrolled.pan, now);
    }
    if (scrolled.pinch - 1.0).abs() > 1e-4 {
        let factor = f64::from(scrolled.pinch);
        view.camera.zoom_immediately(rect, pointer, factor, now);
    }
    if scrolled.notches != 0.0 {
        let factor = f64::from(ZOOM_PER_NOTCH.powf(scrolled.notches));
        view.camera.zoom_at(rect, pointer, factor, now);
    }
}

/// Two fingers on a touch screen: they move and stretch the map between them.
fn move_by_fingers(ui: &Ui, response: &Response, view: &mut MapView, now: f64) {
    let Some(fingers) = ui.input(InputState::multi_touch) else {
        return;
    };
    if !response.rect.contains(fingers.center_pos) {
        return;
    }
    view.camera.pan(fingers.translation_delta, now);
    let factor = f64::from(fingers.zoom_delta);
    if factor.is_finite() && factor > 0.0 {
        let rect = response.rect;
        view.camera
            .zoom_immediately(rect, fingers.center_pos, factor, now);
    }
}

/// What wheel and trackpad did since the last frame.
struct ScrollInput {
    /// Notches of the wheel, positive away from the user.
    notches: f32,
    /// Movement of two fingers on a trackpad, points.
    pan: Vec2,
    /// Zoom factor of a pinch on a trackpad.
    pinch: f32,
}

impl ScrollInput {
    fn new(input: &InputState, trackpad_until: &mut f64) -> Self {
        let mut scrolled = Self {
            notches: 0.0,
            pan: Vec2::ZERO,
            pinch: 1.0,
        };
        for event in &input.events {
            match *event {
                Event::Zoom(factor) => scrolled.pinch *= factor,
                Event::MouseWheel {
                    unit,
                    delta,
                    modifiers,
                    ..
                } => {
                    let is_trackpad = match unit {
                        MouseWheelUnit::Point => true,
                        // X11 and Windows report no other difference.
                        MouseWheelUnit::Line => {
                            input.time < *trackpad_until || !is_wheel_step(delta.y)
                        }
                        MouseWheelUnit::Page => false,
                    };
                    if is_trackpad {
                        *trackpad_until = input.time + TRACKPAD_SECONDS;
                    }
                    scrolled.add(unit, delta, modifiers, is_trackpad);
                }
                _ => {}
            }
        }
        scrolled
    }

    fn add(&mut self, unit: MouseWheelUnit, delta: Vec2, modifiers: Modifiers, is_trackpad: bool) {
        let notches = match unit {
            MouseWheelUnit::Line => delta,
            MouseWheelUnit::Point => delta / NOTCH_POINTS,
            MouseWheelUnit::Page => 4.0 * delta,
        };
        if modifiers.ctrl || modifiers.command {
            self.notches += notches.y;
        } else if is_trackpad {
            self.pan += NOTCH_POINTS * notches;
        } else {
            self.notches += notches.y;
            // A wheel that tilts.
            self.pan.x += NOTCH_POINTS * notches.x;
        }
    }
}

fn is_wheel_step(lines: f32) -> bool {
    let parts = lines / WHEEL_PART;
    (parts - parts.round()).abs() < 1e-3
}

/// Whether a drag with the primary button pans: it does unless it plays, edits the path or draws a box.
fn primary_pans(ui: &Ui, state: &AppState, view: &MapView) -> bool {
    state.settings.play_by != PlayBy::Drag
        && !view.path.captures_pointer()
        && view.gesture.box_start.is_none()
        && view.gesture.lasso.is_empty()
        && ui.input(|input| !input.modifiers.any())
}
