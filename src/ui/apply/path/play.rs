//! Playing along the path, and dragging its marker.

use std::sync::Arc;

use crate::melody::{Melody, PlayOrder};
use crate::playback::StartPosition;
use crate::sweep::{GenerateMethod, MelodyId};
use crate::ui::apply::play::{play_melody, play_sequence};
use crate::ui::services::Services;
use crate::ui::state::{AppState, PathVisit, Selection};

/// Whether the button Play plays the path: because it played last, or because its tool is active.
pub(in crate::ui) fn play_means_path(state: &AppState) -> bool {
    let Some(stops) = state.path.stops() else {
        return false;
    };
    let last_set = state
        .playback
        .last_request()
        .and_then(|request| request.path_set());
    state.path.tool_active || last_set == Some(stops.set_number)
}

/// Plays along the path from the marker on. The position in the bar is kept if something plays.
pub(in crate::ui) fn play(state: &mut AppState, services: &mut Services) {
    let Some(stops) = state.path.stops().cloned() else {
        state.path.play_when_decoded |= state.path.decoding;
        return;
    };
    let entries = &stops.set.entries;
    let Some(melody_steps) = entries.first().map(|entry| entry.melody.steps().max(1)) else {
        return;
    };
    let order = state.settings.path_order;
    let steps_per_melody = state.settings.path_stop_duration.steps(melody_steps);
    let visits = order.pass_indices(entries.len());
    let stop = match state.path.last_visit {
        Some(last) => last.stop.min(entries.len() - 1),
        None => stops.nearest(state.path.marker_parameter),
    };
    let is_at_end =
        order == PlayOrder::Once && stop + 1 == entries.len() && !state.playback.playhead.playing;
    let stop = if is_at_end { 0 } else { stop };
    // Where ping-pong passes a stop twice, the direction is kept.
    let visit = state
        .path
        .last_visit
        .map(|last| last.visit)
        .filter(|visit| visits.get(*visit) == Some(&stop))
        .or_else(|| visits.iter().position(|visit| *visit == stop))
        .unwrap_or(0);
    let sequence: Vec<(MelodyId, Arc<Melody>)> = visits
        .iter()
        .filter_map(|index| entries.get(*index))
        .map(|entry| (entry.id, Arc::clone(&entry.melody)))
        .collect();
    let melodies: Vec<&Melody> = sequence.iter().map(|(_, melody)| &**melody).collect();
    let piece = Arc::new(Melody::alternate(&melodies, steps_per_melody));
    let start = StartPosition {
        step: visit * steps_per_melody,
        loop_offset: visit * steps_per_melody / melody_steps * melody_steps,
        loop_length: melody_steps,
        play_once: order == PlayOrder::Once,
    };
    state.probes.cancel();
    if let Some(id) = entries.get(stop).map(|entry| entry.id) {
        state.selection = Selection::single(id);
    }
    play_sequence(state, services, piece, sequence, steps_per_melody, start);
}

/// The path played once as one melody, and its description for the file.
pub(in crate::ui) fn path_piece(state: &AppState) -> Option<(Melody, String)> {
    let stops = state.path.stops()?;
    let melody_steps = stops.set.entries.first()?.melody.steps();
    let order = state.settings.path_order;
    let duration = state.settings.path_stop_duration;
    let melodies: Vec<&Melody> = order
        .pass_indices(stops.set.entries.len())
        .into_iter()
        .filter_map(|index| Some(&*stops.set.entries.get(index)?.melody))
        .collect();
    let direction = match order {
        PlayOrder::PingPong => "ping-pong",
        PlayOrder::Loop | PlayOrder::Once => "from one end to the other",
    };
    let sources: Vec<String> = stops
        .sources
        .iter()
        .map(|weights| sources_text(weights))
        .collect();
    let text = format!(
        "{} melodies {direction}, a new one every {}, made of: {}",
        stops.parameters.len(),
        duration.name(melody_steps),
        sources.join("; ")
    );
    Some((
        Melody::alternate(&melodies, duration.steps(melody_steps)),
        text,
    ))
}

/// Applies changed play settings, if the path plays.
pub(super) fn update_playing(state: &mut AppState, services: &mut Services) {
    if state.playing_path().is_some() {
        play(state, services);
    }
}

/// Plays the melody at the dragged marker.
pub(super) fn drag_marker(state: &mut AppState, services: &mut Services, parameter: f64) {
    let Some(stops) = state.path.stops().cloned() else {
        return;
    };
    if state.path.dragged_parameter.is_none() {
        state.path.resume_after_drag = state.playing_path().is_some();
    }
    state.path.dragged_parameter = Some(parameter);
    let stop = stops.nearest(parameter);
    let Some(id) = stops.set.entries.get(stop).map(|entry| entry.id) else {
        return;
    };
    let last_request = state.playback.last_request();
    let is_playing = state.playback.playhead.playing
        && last_request.is_some_and(|last_request| {
            last_request.id == Some(id) && last_request.sequence.is_empty()
        });
    if !is_playing {
        state.selection = Selection::single(id);
        play_melody(state, services, id);
    }
}

/// Whether a melody belongs to a path.
pub(super) fn is_on_path(id: MelodyId) -> bool {
    matches!(
        id,
        MelodyId::Generated {
            method: GenerateMethod::Path,
            ..
        }
    )
}

/// The visit that will play at the next step, from which a change takes effect.
fn next_visit(state: &AppState) -> Option<PathVisit> {
    let playing = state.playback.now_playing()?;
    let next_step = state.playback.playhead.step.ceil();
    let is_inside = next_step < playing.melody.steps() as f64;
    let (visit, _) = playing.visit(if is_inside { next_step } else { 0.0 })?;
    match playing.sequence.get(visit)?.0 {
        MelodyId::Generated { index, .. } => Some(PathVisit {
            stop: index as usize,
            visit,
        }),
        _ => None,
    }
}

/// Moves the marker to the playhead, and shows the playing melody in the inspector.
pub(in crate::ui) fn update_marker(state: &mut AppState) {
    let Some(parameter) = state.marker_from_playhead() else {
        return;
    };
    if state.path.dragged_parameter.is_some() {
        return;
    }
    state.path.marker_parameter = parameter;
    state.path.last_visit = next_visit(state);
    if let (Some((id, _)), Some(focus)) =
        (state.playback.sequence_position(), state.selection.focus)
        && is_on_path(focus)
        && focus != id
        && !state.selection.is_many()
    {
        state.selection = Selection::single(id);
    }
}

/// Melodies and weights as text, for files.
pub(in crate::ui) fn sources_text(weights: &[(MelodyId, f64)]) -> String {
    weights
        .iter()
        .map(|(id, weight)| format!("{} {weight:.4}", id.slug()))
        .collect::<Vec<_>>()
        .join(" + ")
}
