//! Playing along the path, and the hand that drags its puck.

use std::sync::Arc;

use super::super::Services;
use super::super::listening::{hand_over_way, play_entry};
use super::on_path;
use crate::melody::{Melody, PlayOrder};
use crate::playback::Entry;
use crate::sweep::MelodyId;
use crate::ui::state::{AppState, Selection};

/// Whether play goes along the path: it was heard last, or is being drawn.
pub(in crate::ui) fn resumes(state: &AppState) -> bool {
    let Some(stations) = state.path.stations() else {
        return false;
    };
    let last = state.listening.last().and_then(|last| last.path_set());
    state.path.tool || last == Some(stations.number)
}

/// Plays along the path from where the puck is. In a loop that sounds, the music keeps its place in the bar.
pub(in crate::ui) fn play(state: &mut AppState, services: &mut Services) {
    let Some(stations) = state.path.stations().cloned() else {
        state.path.begin |= state.path.planning;
        return;
    };
    let entries = &stations.set.entries;
    let Some(length) = entries.first().map(|entry| entry.melody.steps().max(1)) else {
        return;
    };
    let walk = state.settings.path_order;
    let each = state.settings.path_pace.steps(length);
    let visits = walk.visits(entries.len());
    let station = match state.path.heard {
        Some((station, _)) => station.min(entries.len() - 1),
        None => stations.nearest(state.path.rest),
    };
    // Once it has ended, it begins again.
    let ended = walk == PlayOrder::Once
        && station + 1 == entries.len()
        && !state.listening.playhead.playing;
    let station = if ended { 0 } else { station };
    // On the way back it stays on the way back.
    let visit = state
        .path
        .heard
        .map(|(_, visit)| visit)
        .filter(|visit| visits.get(*visit) == Some(&station))
        .or_else(|| visits.iter().position(|visit| *visit == station))
        .unwrap_or(0);
    let way: Vec<(MelodyId, Arc<Melody>)> = visits
        .iter()
        .filter_map(|index| entries.get(*index))
        .map(|entry| (entry.id, Arc::clone(&entry.melody)))
        .collect();
    let row: Vec<&Melody> = way.iter().map(|(_, melody)| &**melody).collect();
    let piece = Arc::new(Melody::in_order(&row, each));
    let entry = Entry {
        from: visit * each,
        base: visit * each / length * length,
        round: length,
        once: walk == PlayOrder::Once,
    };
    // A spot that is still being decoded is no longer wanted.
    state.spots.forget();
    if let Some(id) = entries.get(station).map(|entry| entry.id) {
        state.selection = Selection::one(id);
    }
    hand_over_way(state, services, piece, way, each, entry);
}

/// The path as one melody, as it is heard once through, and in words.
pub(in crate::ui) fn piece_to_export(state: &AppState) -> Option<(Melody, String)> {
    let stations = state.path.stations()?;
    let length = stations.set.entries.first()?.melody.steps();
    let walk = state.settings.path_order;
    let pace = state.settings.path_pace;
    let melodies: Vec<&Melody> = walk
        .visits(stations.set.entries.len())
        .into_iter()
        .filter_map(|index| Some(&*stations.set.entries.get(index)?.melody))
        .collect();
    let way = match walk {
        PlayOrder::PingPong => "ping-pong",
        PlayOrder::Loop | PlayOrder::Once => "from one end to the other",
    };
    let origins: Vec<String> = stations.made_of.iter().map(|near| origin(near)).collect();
    let text = format!(
        "{} melodies {way}, a new one every {}, made of: {}",
        stations.at.len(),
        pace.name(length),
        origins.join("; ")
    );
    Some((Melody::in_order(&melodies, pace.steps(length)), text))
}

/// Plays on in another way, if it plays.
pub(super) fn play_on(state: &mut AppState, services: &mut Services) {
    if state.riding().is_some() {
        play(state, services);
    }
}

/// Plays the melody at which a hand holds the puck.
pub(super) fn hold(state: &mut AppState, services: &mut Services, at: f64) {
    let Some(stations) = state.path.stations().cloned() else {
        return;
    };
    if state.path.held.is_none() {
        state.path.resume = state.riding().is_some();
    }
    state.path.held = Some(at);
    let station = stations.nearest(at);
    let Some(id) = stations.set.entries.get(station).map(|entry| entry.id) else {
        return;
    };
    let last = state.listening.last();
    let sounds = state.listening.playhead.playing
        && last.is_some_and(|last| last.id == Some(id) && last.way.is_empty());
    if !sounds {
        state.selection = Selection::one(id);
        play_entry(state, services, id);
    }
}

/// Which melody is heard along the path from the next step on, when a change would be heard, and which visit of the walk
/// that is.
fn heard(state: &AppState) -> Option<(usize, usize)> {
    let sounding = state.listening.sounding()?;
    let next = state.listening.playhead.step.ceil();
    let inside = next < sounding.melody.steps() as f64;
    let (visit, _) = sounding.visit(if inside { next } else { 0.0 })?;
    match sounding.way.get(visit)?.0 {
        MelodyId::Generated { index, .. } => Some((index as usize, visit)),
        _ => None,
    }
}

/// The inspector and the puck go along with the music.
pub(in crate::ui) fn follow(state: &mut AppState) {
    let Some(at) = state.puck_of_the_music() else {
        return;
    };
    if state.path.held.is_some() {
        return;
    }
    state.path.rest = at;
    state.path.heard = heard(state);
    if let (Some((id, _)), Some(focus)) = (state.listening.step_of_way(), state.selection.focus)
        && on_path(focus)
        && focus != id
        && !state.selection.is_many()
    {
        state.selection = Selection::one(id);
    }
}

/// An anchor's melodies and weights in words, for files.
pub(in crate::ui) fn origin(near: &[(MelodyId, f64)]) -> String {
    near.iter()
        .map(|(id, weight)| format!("{} {weight:.4}", id.slug()))
        .collect::<Vec<_>>()
        .join(" + ")
}
