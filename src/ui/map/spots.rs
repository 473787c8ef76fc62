//! Every spot plays: what lies in the latent space under the pointer, and when to ask for it.

use eframe::egui::{CursorIcon, PointerButton, Pos2, Response, Ui};

use super::camera::View;
use super::dots::ScreenPoint;
use super::grid::Grid;
use crate::latent::{LatentPoint, shepard_weights};
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::command::{Command, SpotCommand};
use crate::ui::options::PlayBy;
use crate::ui::state::{AppState, Library, latent_of};

/// Points of the map that a spot between them is made of.
const NEIGHBOURS: usize = 6;
/// A pointer that hovers is meant once it has been on the map for this long, seconds.
const DWELL: f64 = 0.12;
/// Faster than this, points of screen per second, it is on its way elsewhere.
const PASSING: f32 = 1_200.0;
/// Shortest time between two requests, seconds: a model that keeps up has no need of more.
const PAUSE: f64 = 0.03;

/// The pointer's last request.
#[derive(Default)]
pub struct Spots {
    asked: Option<(Pos2, f64)>,
    /// The hovering pointer is on the map since then, seconds.
    over: Option<f64>,
    /// What sounds was asked for by hovering.
    hovered: bool,
}

/// The points that a place is made of, from those drawn around it, and their weights: continuous in `at`; at a point,
/// that point alone. The weights sum to 1.
///
/// Spots and paths do not count: they are made of the others.
pub fn near(placed: &[ScreenPoint], grid: &Grid, at: Pos2) -> Vec<(MelodyId, f64)> {
    let real = |dot: &ScreenPoint| {
        !matches!(
            dot.id,
            MelodyId::Generated {
                by: GenerateMethod::Spot | GenerateMethod::Path,
                ..
            }
        )
    };
    let near = grid.nearest(placed, at, NEIGHBOURS + 1, real);
    let mut distances: Vec<f64> = near.iter().map(|(_, d)| f64::from(*d)).collect();
    let Some(farthest) = distances.last().copied() else {
        return Vec::new();
    };
    // The farthest has no weight and says how far the others reach; of too few, all have one.
    let reach = if distances.len() > NEIGHBOURS {
        distances.truncate(NEIGHBOURS);
        farthest
    } else {
        2.0 * farthest
    };
    near.iter()
        .zip(shepard_weights(&distances, reach))
        .filter(|(_, weight)| *weight > 0.0)
        .filter_map(|((index, _), weight)| Some((placed.get(*index)?.id, weight)))
        .collect()
}

/// The latent point of a place on screen.
fn latent_at(
    placed: &[ScreenPoint],
    grid: &Grid,
    library: &Library,
    at: Pos2,
) -> Option<LatentPoint> {
    latent_of(&near(placed, grid, at), library)
}

/// Whether pointing between the points plays anything now.
pub fn possible(state: &AppState) -> bool {
    state.model.info().is_some() && state.library.decoded() > 0 && state.making.blend_from.is_none()
}

/// Asks for the spot that hovering or pressing and sweeping means.
#[expect(
    clippy::too_many_arguments,
    reason = "what a gesture on the map is made of"
)]
pub fn listen(
    ui: &Ui,
    response: &Response,
    state: &AppState,
    spots: &mut Spots,
    placed: &[ScreenPoint],
    grid: &Grid,
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
    let hovering = state.settings.play_by == PlayBy::Hover;
    // Something over the map, such as a menu or a button, is not the map.
    let hover = response.hover_pos().filter(|_| response.contains_pointer());
    match (hovering, hover) {
        (true, Some(_)) => {
            spots.over.get_or_insert(now);
        }
        _ => {
            spots.over = None;
            if std::mem::take(&mut spots.hovered) && hovering {
                out.push(Command::Spot(SpotCommand::Leave));
            }
        }
    }
    // A path that plays is not swept away by a pointer that passes.
    let riding = hovering && state.riding().is_some();
    if !possible(state) || modifiers.any() || space || riding {
        return;
    }
    let pressed = response.dragged_by(PointerButton::Primary);
    let meant = match state.settings.play_by {
        PlayBy::Hover => {
            let still = spots.over.is_some_and(|since| now - since >= DWELL);
            if hover.is_some() && !still {
                ui.ctx()
                    .request_repaint_after(std::time::Duration::from_millis(40));
            }
            hover.filter(|_| still && !response.dragged() && speed < PASSING)
        }
        PlayBy::Sweep => response.interact_pointer_pos().filter(|_| pressed),
        PlayBy::Click => None,
    };
    let Some(at) = meant.filter(|at| response.rect.contains(*at)) else {
        if !pressed && !hovering {
            spots.asked = None;
        }
        return;
    };
    ui.set_cursor_icon(CursorIcon::Crosshair);
    if let Some((last, when)) = spots.asked {
        if last.distance(at) < 0.5 {
            return;
        }
        if now - when < PAUSE {
            ui.ctx()
                .request_repaint_after(std::time::Duration::from_secs_f64(PAUSE));
            return;
        }
    }
    spots.asked = Some((at, now));
    spots.hovered = hovering;
    ask(response, state, placed, grid, view, at, out);
}

/// Asks for the melody of one spot.
pub fn ask(
    response: &Response,
    state: &AppState,
    placed: &[ScreenPoint],
    grid: &Grid,
    view: &View,
    at: Pos2,
    out: &mut Vec<Command>,
) {
    if let Some(latent) = latent_at(placed, grid, &state.library, at) {
        out.push(Command::Spot(SpotCommand::Ask {
            at: view.to_map(response.rect, at),
            latent,
        }));
    }
}
