//! Editing the path and decoding its melodies.

use std::sync::Arc;

use super::play::{drag_marker, is_on_path, play, update_playing};
use super::sampled_path::SampledPath;
use crate::sweep::{GenerateMethod, GeneratedMelody, MelodyId};
use crate::ui::apply::model::MODEL_NOT_OPEN;
use crate::ui::command::PathCommand;
use crate::ui::map::MapIndex;
use crate::ui::options::{MAX_PATH_POINTS, MAX_PATH_STOPS};
use crate::ui::services::Services;
use crate::ui::state::{AppState, DrawnPath, GeneratedSet, PathStops, ReversibleAction, Selection};
use crate::worker::{DecodedPath, PathRequest, ProbeRequest};

/// Turns the path tool off. A path of one point leads nowhere and is dropped.
pub(in crate::ui) fn end_tool(state: &mut AppState) {
    state.path.tool_active = false;
    if state
        .path
        .drawn
        .as_ref()
        .is_some_and(|path| path.points.len() < 2)
    {
        state.path.drawn = None;
    }
}

pub(in crate::ui) fn apply(state: &mut AppState, services: &mut Services, command: PathCommand) {
    match command {
        PathCommand::SetTool(on) => {
            if on {
                state.path.tool_active = true;
                state.generate.blend_from = None;
                state.notes.stop_editing();
                state.analysis.open = false;
            } else {
                end_tool(state);
            }
        }
        PathCommand::Draw { points, closed } => draw(state, services, &points, closed),
        PathCommand::Append(position) => edit(state, services, |map, state, path| {
            path.points.push(map.anchor(position, &state.melodies));
        }),
        PathCommand::Insert(index, position) => edit(state, services, |map, state, path| {
            let index = index.min(path.points.len());
            path.points
                .insert(index, map.anchor(position, &state.melodies));
        }),
        PathCommand::Move(index, position) => edit(state, services, |map, state, path| {
            if let Some(point) = path.points.get_mut(index) {
                *point = map.anchor(position, &state.melodies);
            }
        }),
        PathCommand::Remove(index) => edit(state, services, |_, _, path| {
            if index < path.points.len() {
                path.points.remove(index);
            }
        }),
        PathCommand::SetClosed(closed) => edit(state, services, |_, _, path| path.closed = closed),
        PathCommand::Clear => clear(state, services),
        PathCommand::PlayStop => {
            if state.playing_path().is_some() {
                services.player.stop();
                state.playback.playhead = services.player.playhead();
            } else {
                play(state, services);
            }
        }
        PathCommand::DragMarker(parameter) => drag_marker(state, services, parameter),
        PathCommand::ReleaseMarker => {
            if let Some(parameter) = state.path.dragged_parameter.take() {
                state.path.marker_parameter = parameter;
                state.path.last_visit = None;
                if std::mem::take(&mut state.path.resume_after_drag) {
                    play(state, services);
                }
            }
        }
        PathCommand::SetPlayOrder(order) => {
            state.settings.path_order = order;
            update_playing(state, services);
        }
        PathCommand::SetStopDuration(duration) => {
            state.settings.path_stop_duration = duration;
            update_playing(state, services);
        }
        PathCommand::SetStops(count) => {
            state.settings.path_stops = count.clamp(2, MAX_PATH_STOPS);
            if state.path.drawn.is_some() {
                state.path.last_visit = None;
                state.path.play_when_decoded =
                    state.playing_path().is_some() || state.path.play_when_decoded;
                decode(state, services);
            }
        }
    }
}

/// Replaces the path, and plays it once it is decoded.
fn draw(state: &mut AppState, services: &mut Services, points: &[[f64; 2]], closed: bool) {
    edit(state, services, |map, state, path| {
        let anchors = points.iter().take(MAX_PATH_POINTS);
        path.points = anchors
            .map(|position| map.anchor(*position, &state.melodies))
            .collect();
        path.closed = closed && path.points.len() > 2;
    });
    state.path.marker_parameter = 0.0;
    state.path.last_visit = None;
    state.path.play_when_decoded = true;
}

/// Changes the path, as one step to undo. It plays once its melodies are decoded, unless playback was stopped.
fn edit(
    state: &mut AppState,
    services: &mut Services,
    change: impl FnOnce(&MapIndex, &AppState, &mut DrawnPath),
) {
    let index = MapIndex::new(&state.melodies);
    let before = state.path.drawn.clone();
    let mut path = before.clone().unwrap_or(DrawnPath {
        points: Vec::new(),
        closed: false,
        layout_kind: state.layout.shown_kind,
        stops: None,
    });
    let marker = path
        .curve(&state.melodies)
        .position(state.path.marker_parameter);
    change(&index, state, &mut path);
    let is_unchanged = before
        .as_ref()
        .is_some_and(|before| before.points == path.points && before.closed == path.closed);
    if is_unchanged || path.points.len() > MAX_PATH_POINTS {
        return;
    }
    path.layout_kind = state.layout.shown_kind;
    path.closed &= path.points.len() > 2;
    // Each of its points is a stop.
    let min_stops = (path.points.len() as u32).clamp(2, MAX_PATH_STOPS);
    state.settings.path_stops = state.settings.path_stops.max(min_stops);
    state.push_undo(Some(ReversibleAction::RestorePath(before.map(Box::new))));
    let curve = path.curve(&state.melodies);
    state.path.marker_parameter = curve
        .nearest(marker, None)
        .map_or(0.0, |nearest| nearest.parameter);
    state.path.play_when_decoded = state.playback.playhead.playing || path.stops.is_none();
    state.path.drawn = (!path.points.is_empty()).then_some(path);
    decode(state, services);
}

/// Requests the melodies along the path, in place of an earlier request.
fn decode(state: &mut AppState, services: &mut Services) {
    state.path.error = None;
    let Some(worker) = &services.worker else {
        return;
    };
    if !state.can_decode() {
        state.path.error = Some(MODEL_NOT_OPEN.to_owned());
        return;
    }
    let lone_point = match &state.path.drawn {
        Some(path) if path.points.len() > 1 => None,
        short_path => Some(
            short_path
                .as_ref()
                .and_then(|path| path.points.first())
                .cloned(),
        ),
    };
    if let Some(point) = lone_point {
        worker.cancel_path();
        remove_stops(state);
        // A single point plays as a probe.
        if let Some(point) = point
            && let Some(latent) = point.latent(&state.melodies)
        {
            state.probes.requests += 1;
            worker.decode_probe(ProbeRequest {
                number: state.probes.requests,
                position: point.position(&state.melodies),
                latent,
            });
        }
        return;
    }
    let Some(path) = &state.path.drawn else {
        return;
    };
    let index = MapIndex::new(&state.melodies);
    let sampled_path = SampledPath::new(path, &index, state);
    if sampled_path.latent_path.points.len() < 2 {
        state.path.error = Some(
            "there are no melodies under the path yet; wait until the map has some".to_owned(),
        );
        return;
    }
    state.path.candidates = sampled_path.candidates;
    state.path.last_request_id += 1;
    state.path.decoding = true;
    worker.decode_path(PathRequest {
        number: state.path.last_request_id,
        set: state.generate.next_set,
        path: sampled_path.latent_path,
    });
    state.generate.next_set += 1;
}

/// Takes the decoded melodies along the path.
pub(in crate::ui) fn receive(state: &mut AppState, services: &mut Services, decoded: DecodedPath) {
    if decoded.number != state.path.last_request_id {
        return;
    }
    state.path.decoding = false;
    let generated = match decoded.result {
        Ok(generated) => generated,
        Err(text) => {
            state.path.error = Some(text);
            return;
        }
    };
    let Some(path) = &state.path.drawn else {
        return;
    };
    let curve = path.curve(&state.melodies);
    let hash = state.weights_hash().to_owned();
    let (parameters, sources): (Vec<f64>, Vec<_>) = generated
        .path_point_indices
        .iter()
        .filter_map(|index| state.path.candidates.get(*index).cloned())
        .unzip();
    let melodies: Vec<GeneratedMelody> = generated
        .melodies
        .into_iter()
        .take(parameters.len())
        .collect();
    let mut set = GeneratedSet::new(GenerateMethod::Path, &melodies, Vec::new(), hash);
    for (entry, parameter) in set.entries.iter_mut().zip(&parameters) {
        entry.position = curve.position(*parameter);
    }
    let is_playing =
        state.playing_path().is_some() || std::mem::take(&mut state.path.play_when_decoded);
    let stops = Arc::new(PathStops {
        set_number: generated.set,
        set,
        parameters,
        sources,
    });
    set_stops(state, stops);
    if is_playing {
        play(state, services);
    }
}

/// Replaces the stops.
fn set_stops(state: &mut AppState, stops: Arc<PathStops>) {
    let focus = state.selection.focus;
    if let Some(old) = state.path.stops() {
        let number = old.set_number;
        state.melodies.remove_generated_set(number);
    }
    state
        .melodies
        .add_generated_set(stops.set_number, stops.set.clone());
    let nearest = stops.nearest(state.path.marker_parameter);
    let first = stops.set.entries.get(nearest).map(|entry| entry.id);
    if let Some(path) = &mut state.path.drawn {
        path.stops = Some(stops);
    }
    if focus.is_some_and(is_on_path) {
        state.selection = first.map_or_else(Selection::default, Selection::single);
    }
    // One of several selected melodies may have been on the path.
    state.deselect_missing();
}

fn remove_stops(state: &mut AppState) {
    state.path.decoding = false;
    state.path.last_request_id += 1;
    if let Some(number) = state.path.stops().map(|stops| stops.set_number) {
        state.melodies.remove_generated_set(number);
    }
    if let Some(path) = &mut state.path.drawn {
        path.stops = None;
    }
    if state.selection.focus.is_some_and(is_on_path) {
        state.selection = Selection::default();
    }
    state.deselect_missing();
}

fn clear(state: &mut AppState, services: &mut Services) {
    let Some(before) = state.path.drawn.clone() else {
        return;
    };
    if state.playing_path().is_some() {
        services.player.finish_bar();
    }
    state.push_undo(Some(ReversibleAction::RestorePath(Some(Box::new(before)))));
    remove_path(state, services);
}

/// Decodes missing melodies of the path when its map is shown again.
pub(in crate::ui) fn resume(state: &mut AppState, services: &mut Services) {
    state.path.dragged_parameter = None;
    state.path.play_when_decoded = false;
    state.path.resume_after_drag = false;
    let unfinished = state.path.decoding || state.path.stops().is_none();
    if state.path.drawn.is_some() && unfinished {
        decode(state, services);
    }
}

fn remove_path(state: &mut AppState, services: &mut Services) {
    if let Some(worker) = &services.worker {
        worker.cancel_path();
    }
    remove_stops(state);
    state.path.drawn = None;
    state.path.dragged_parameter = None;
    state.path.marker_parameter = 0.0;
    state.path.error = None;
}

/// Restores the path as it was before an edit. Returns whether it plays.
pub(in crate::ui) fn restore(
    state: &mut AppState,
    services: &mut Services,
    before: Option<DrawnPath>,
) -> bool {
    let is_playing =
        state.playing_path().is_some() || (state.path.play_when_decoded && state.path.decoding);
    if is_playing && before.is_none() {
        services.player.finish_bar();
    }
    remove_path(state, services);
    state.path.drawn = before;
    state.path.play_when_decoded = is_playing;
    if let Some(path) = &mut state.path.drawn {
        // Its stops may belong to another edit.
        path.stops = None;
        decode(state, services);
    }
    is_playing
}

/// Moves the stops to the present curve, after the points of the map have moved.
pub(in crate::ui) fn move_stops(state: &mut AppState) {
    let (Some(path), Some(stops)) = (&state.path.drawn, state.path.stops()) else {
        return;
    };
    let curve = path.curve(&state.melodies);
    let ids: Vec<MelodyId> = stops.set.entries.iter().map(|entry| entry.id).collect();
    let positions: Vec<[f64; 2]> = stops
        .parameters
        .iter()
        .map(|parameter| curve.position(*parameter))
        .collect();
    state.melodies.move_to(&ids, &positions, false);
}
