//! The path over the map: editing it, and having its melodies decoded. How it is played is in `ride`.

mod ride;
mod route;

use std::sync::Arc;

pub(in crate::ui) use ride::follow;
pub(super) use ride::{origin, piece_to_export, play, resumes};

use super::Services;
use crate::sweep::{GenerateMethod, GeneratedMelody, MelodyId};
use crate::ui::command::PathCommand;
use crate::ui::map::MapIndex;
use crate::ui::options::{MAX_PATH_POINTS, MAX_PATH_STOPS};
use crate::ui::state::{AppState, DrawnPath, GeneratedSet, Selection, Stations, Undone};
use crate::worker::{PathPreview, PathRequest, PreviewRequest};
use ride::{hold, play_on};
use route::Route;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: PathCommand) {
    match command {
        PathCommand::Tool(on) => {
            state.path.tool = on;
            if on {
                state.making.blend_from = None;
                state.analysis.open = false;
            }
        }
        PathCommand::Draw { points, closed } => {
            edit(state, services, |ground, state, path| {
                let anchors = points.iter().take(MAX_PATH_POINTS);
                path.points = anchors
                    .map(|place| ground.anchor(*place, &state.library))
                    .collect();
                path.closed = closed && path.points.len() > 2;
            });
            state.path.rest = 0.0;
            state.path.heard = None;
            state.path.begin = true;
        }
        PathCommand::Append(place) => edit(state, services, |ground, state, path| {
            path.points.push(ground.anchor(place, &state.library));
        }),
        PathCommand::Insert(before, place) => edit(state, services, |ground, state, path| {
            let before = before.min(path.points.len());
            path.points
                .insert(before, ground.anchor(place, &state.library));
        }),
        PathCommand::Move(index, place) => edit(state, services, |ground, state, path| {
            if let Some(point) = path.points.get_mut(index) {
                *point = ground.anchor(place, &state.library);
            }
        }),
        PathCommand::Remove(index) => edit(state, services, |_, _, path| {
            if index < path.points.len() {
                path.points.remove(index);
            }
        }),
        PathCommand::Close(closed) => edit(state, services, |_, _, path| path.closed = closed),
        PathCommand::Clear => clear(state, services),
        PathCommand::PlayStop => {
            if state.riding().is_some() {
                services.sound.stop();
                state.listening.playhead = services.sound.playhead();
            } else {
                play(state, services);
            }
        }
        PathCommand::Hold(at) => hold(state, services, at),
        PathCommand::LetGo => {
            if let Some(at) = state.path.held.take() {
                state.path.rest = at;
                state.path.heard = None;
                if std::mem::take(&mut state.path.resume) {
                    play(state, services);
                }
            }
        }
        PathCommand::SetPlayOrder(walk) => {
            state.settings.path_order = walk;
            play_on(state, services);
        }
        PathCommand::SetPace(pace) => {
            state.settings.path_pace = pace;
            play_on(state, services);
        }
        PathCommand::SetStations(count) => {
            state.settings.path_stations = count.clamp(2, MAX_PATH_STOPS);
            if state.path.drawn.is_some() {
                state.path.heard = None;
                state.path.begin = state.riding().is_some() || state.path.begin;
                plan(state, services);
            }
        }
    }
}

/// Changes the path; one step to undo. The music goes along it once its melodies are decoded, unless somebody stopped it.
fn edit(
    state: &mut AppState,
    services: &mut Services,
    change: impl FnOnce(&MapIndex, &AppState, &mut DrawnPath),
) {
    let ground = MapIndex::new(&state.library);
    let before = state.path.drawn.clone();
    let mut path = before.clone().unwrap_or(DrawnPath {
        points: Vec::new(),
        closed: false,
        layout: state.layout.shown,
        stations: None,
    });
    let puck = path.curve(&state.library).at(state.path.rest);
    change(&ground, state, &mut path);
    let same = before
        .as_ref()
        .is_some_and(|before| before.points == path.points && before.closed == path.closed);
    if same || path.points.len() > MAX_PATH_POINTS {
        return;
    }
    state.settings.hint_done = true;
    path.layout = state.layout.shown;
    path.closed &= path.points.len() > 2;
    // Each of its own points is one of its melodies.
    let own = (path.points.len() as u32).clamp(2, MAX_PATH_STOPS);
    state.settings.path_stations = state.settings.path_stations.max(own);
    state.remember(Some(Undone::Path(before.map(Box::new))));
    let curve = path.curve(&state.library);
    state.path.rest = curve.nearest(puck, None).map_or(0.0, |nearest| nearest.at);
    state.path.begin = state.listening.playhead.playing || path.stations.is_none();
    state.path.drawn = (!path.points.is_empty()).then_some(path);
    plan(state, services);
}

/// Has the melodies along the path decoded; the newest request counts.
fn plan(state: &mut AppState, services: &mut Services) {
    state.path.trouble = None;
    let Some(worker) = &services.worker else {
        return;
    };
    if !state.decodes() {
        state.path.trouble = Some(super::maps::NOT_OPEN.to_owned());
        return;
    }
    let single = match &state.path.drawn {
        Some(path) if path.points.len() > 1 => None,
        other => Some(other.as_ref().and_then(|path| path.points.first()).cloned()),
    };
    if let Some(point) = single {
        worker.cancel_path_preview();
        take_stations_away(state);
        // One point is no path yet, but a place that sounds.
        if let Some(point) = point
            && let Some(latent) = point.latent(&state.library)
        {
            state.spots.asked += 1;
            worker.preview(PreviewRequest {
                number: state.spots.asked,
                at: point.place(&state.library),
                latent,
            });
        }
        return;
    }
    let Some(path) = &state.path.drawn else {
        return;
    };
    let ground = MapIndex::new(&state.library);
    let route = Route::new(path, &ground, state);
    if route.along.points.len() < 2 {
        state.path.trouble = Some(
            "there are no melodies under the path yet; wait until the map has some".to_owned(),
        );
        return;
    }
    state.path.candidates = route.candidates;
    state.path.asked += 1;
    state.path.planning = true;
    worker.preview_path(PathRequest {
        number: state.path.asked,
        set: state.making.sets,
        path: route.along,
    });
    state.making.sets += 1;
}

/// Takes the melodies along the path.
pub(in crate::ui) fn take(state: &mut AppState, services: &mut Services, answer: PathPreview) {
    if answer.number != state.path.asked {
        return;
    }
    state.path.planning = false;
    let made = match answer.result {
        Ok(made) => made,
        Err(text) => {
            state.path.trouble = Some(text);
            return;
        }
    };
    let Some(path) = &state.path.drawn else {
        return;
    };
    let curve = path.curve(&state.library);
    let hash = state.weights_hash().to_owned();
    let (at, made_of): (Vec<f64>, Vec<_>) = made
        .chosen
        .iter()
        .filter_map(|index| state.path.candidates.get(*index).cloned())
        .unzip();
    let melodies: Vec<GeneratedMelody> = made.melodies.into_iter().take(at.len()).collect();
    let mut set = GeneratedSet::new(GenerateMethod::Path, &melodies, Vec::new(), hash);
    for (entry, at) in set.entries.iter_mut().zip(&at) {
        entry.position = curve.at(*at);
    }
    let plays = state.riding().is_some() || std::mem::take(&mut state.path.begin);
    let stations = Arc::new(Stations {
        number: made.set,
        set,
        at,
        made_of,
    });
    show(state, stations);
    if plays {
        play(state, services);
    }
}

/// Puts stations in place of those that were there.
fn show(state: &mut AppState, stations: Arc<Stations>) {
    let focus = state.selection.focus;
    if let Some(old) = state.path.stations() {
        let number = old.number;
        state.library.remove_made(number);
    }
    state
        .library
        .add_made(stations.number, stations.set.clone());
    let nearest = stations.nearest(state.path.rest);
    let first = stations.set.entries.get(nearest).map(|entry| entry.id);
    if let Some(path) = &mut state.path.drawn {
        path.stations = Some(stations);
    }
    // The inspector stays with the path.
    if focus.is_some_and(on_path) {
        state.selection = first.map_or_else(Selection::default, Selection::one);
    }
}

fn on_path(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Generated {
            by: GenerateMethod::Path,
            ..
        }
    )
}

fn take_stations_away(state: &mut AppState) {
    state.path.planning = false;
    state.path.asked += 1;
    if let Some(number) = state.path.stations().map(|stations| stations.number) {
        state.library.remove_made(number);
    }
    if let Some(path) = &mut state.path.drawn {
        path.stations = None;
    }
    if state.selection.focus.is_some_and(on_path) {
        state.selection = Selection::default();
    }
}

fn clear(state: &mut AppState, services: &mut Services) {
    let Some(before) = state.path.drawn.clone() else {
        return;
    };
    if state.riding().is_some() {
        services.sound.finish_bar();
    }
    state.remember(Some(Undone::Path(Some(Box::new(before)))));
    drop_path(state, services);
}

/// The map of the path is shown again: melodies that it still lacks are decoded.
pub(in crate::ui) fn resume(state: &mut AppState, services: &mut Services) {
    state.path.held = None;
    state.path.begin = false;
    state.path.resume = false;
    let unfinished = state.path.planning || state.path.stations().is_none();
    if state.path.drawn.is_some() && unfinished {
        plan(state, services);
    }
}

fn drop_path(state: &mut AppState, services: &mut Services) {
    if let Some(worker) = &services.worker {
        worker.cancel_path_preview();
    }
    take_stations_away(state);
    state.path.drawn = None;
    state.path.held = None;
    state.path.rest = 0.0;
    state.path.trouble = None;
}

/// Puts the path back that was there before an edit. True if the music goes along it.
pub(super) fn put_back(
    state: &mut AppState,
    services: &mut Services,
    before: Option<DrawnPath>,
) -> bool {
    let plays = state.riding().is_some() || (state.path.begin && state.path.planning);
    if plays && before.is_none() {
        services.sound.finish_bar();
    }
    drop_path(state, services);
    state.path.drawn = before;
    state.path.begin = plays;
    if let Some(path) = &mut state.path.drawn {
        // Whether its stations are its own is not known: they are decoded again.
        path.stations = None;
        plan(state, services);
    }
    plays
}

/// The melodies of the path go where its points have gone.
pub(in crate::ui) fn settle(state: &mut AppState) {
    let (Some(path), Some(stations)) = (&state.path.drawn, state.path.stations()) else {
        return;
    };
    let curve = path.curve(&state.library);
    let ids: Vec<MelodyId> = stations.set.entries.iter().map(|entry| entry.id).collect();
    let places: Vec<[f64; 2]> = stations.at.iter().map(|at| curve.at(*at)).collect();
    state.library.move_to(&ids, &places, false);
}
