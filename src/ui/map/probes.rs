//! Requests of probes. A probe is the melody at a position of the map between the points, decoded when the pointer is there.

use std::time::Duration;

use eframe::egui::{CursorIcon, PointerButton, Pos2, Response, Ui};

use super::camera::View;
use super::screen_points::ScreenPoints;
use crate::ui::command::{Command, ProbeCommand};
use crate::ui::options::PlayBy;
use crate::ui::state::{AppState, interpolate_latent};

/// Time a hovering pointer has to be on the map before it requests anything, seconds.
const HOVER_DELAY: f64 = 0.12;
/// Speed above which a hovering pointer requests nothing, points of screen per second.
const MAX_HOVER_SPEED: f32 = 1_200.0;
/// Minimum time between two requests, seconds.
pub const REQUEST_INTERVAL: f64 = 0.03;
/// Minimum distance of the pointer from its last request, points of screen.
const REQUEST_DISTANCE: f32 = 0.5;

/// The requests of a pointer that hovers or sweeps.
#[derive(Default)]
pub struct ProbeRequests {
    /// Position and time of the last one.
    last_request: Option<(Pos2, f64)>,
    /// When the hovering pointer entered the map, seconds.
    entered_at: Option<f64>,
    /// Whether the last one was made by hovering.
    last_by_hovering: bool,
}

/// Whether probes can be played now.
pub fn can_play(state: &AppState) -> bool {
    state.model.info().is_some()
        && state.melodies.decoded_count() > 0
        && state.generate.blend_from.is_none()
}

/// Requests the probe under a pointer that hovers or, pressed, sweeps over the map.
pub fn handle_pointer(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    requests: &mut ProbeRequests,
    points: &ScreenPoints,
    view: &View,
    out: &mut Vec<Command>,
) {
    let (now, modifiers, speed, space) = ui.input(|input| {
        (
            input.time,
            input.modifiers,
            input.pointer.velocity().length(),
            input.key_down(eframe::egui::Key::Space),
        )
    });
    let plays_by_hovering = state.settings.play_by == PlayBy::Hover;
    // Not where a menu or a button covers the map.
    let hover = response.hover_pos().filter(|_| response.contains_pointer());
    match (plays_by_hovering, hover) {
        (true, Some(_)) => {
            requests.entered_at.get_or_insert(now);
        }
        _ => {
            requests.entered_at = None;
            if std::mem::take(&mut requests.last_by_hovering) && plays_by_hovering {
                out.push(Command::Probe(ProbeCommand::PointerLeft));
            }
        }
    }
    // Hovering does not interrupt a path that plays.
    let path_plays = plays_by_hovering && state.playing_path().is_some();
    if !can_play(state) || modifiers.any() || space || path_plays {
        return;
    }
    let pressed = response.dragged_by(PointerButton::Primary);
    let position = match state.settings.play_by {
        PlayBy::Hover => {
            let has_settled = requests
                .entered_at
                .is_some_and(|since| now - since >= HOVER_DELAY);
            if hover.is_some() && !has_settled {
                ui.ctx().request_repaint_after(Duration::from_millis(40));
            }
            hover.filter(|_| has_settled && !response.dragged() && speed < MAX_HOVER_SPEED)
        }
        PlayBy::Drag => response.interact_pointer_pos().filter(|_| pressed),
        PlayBy::Click => None,
    };
    let Some(at) = position.filter(|at| response.rect.contains(*at)) else {
        if !pressed && !plays_by_hovering {
            requests.last_request = None;
        }
        return;
    };
    ui.set_cursor_icon(CursorIcon::Crosshair);
    if !may_request(requests.last_request, at, now) {
        let moved = requests
            .last_request
            .is_some_and(|(last, _)| last.distance(at) >= REQUEST_DISTANCE);
        if moved {
            ui.ctx()
                .request_repaint_after(Duration::from_secs_f64(REQUEST_INTERVAL));
        }
        return;
    }
    requests.last_request = Some((at, now));
    requests.last_by_hovering = plays_by_hovering;
    request(response, state, points, view, at, out);
}

/// Whether the pointer has moved enough since the `last` request, and long enough ago.
pub fn may_request(last: Option<(Pos2, f64)>, at: Pos2, now: f64) -> bool {
    last.is_none_or(|(last, time)| {
        last.distance(at) >= REQUEST_DISTANCE && now - time >= REQUEST_INTERVAL
    })
}

/// Requests the melody of one probe.
pub fn request(
    response: &Response,
    state: &AppState,
    points: &ScreenPoints,
    view: &View,
    at: Pos2,
    out: &mut Vec<Command>,
) {
    if let Some(latent) = interpolate_latent(&points.weights(at), &state.melodies) {
        out.push(Command::Probe(ProbeCommand::Play {
            at: view.to_map(response.rect, at),
            latent,
        }));
    }
}
