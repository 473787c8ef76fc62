//! The history of what was heard: recording it, going back and forward in it, keeping from it.

use std::sync::Arc;

use super::play::play_stored;
use super::{kept_melodies, maps};
use crate::sweep::MelodyId;
use crate::ui::command::HistoryCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, HeardEntry};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: HistoryCommand) {
    match command {
        HistoryCommand::Step(by) => {
            if let Some(number) = state.history.neighbour(by) {
                play_again(state, services, number);
            }
        }
        HistoryCommand::Compare => {
            if let Some(number) = state.history.other() {
                play_again(state, services, number);
            }
        }
        HistoryCommand::Play(number) => play_again(state, services, number),
        HistoryCommand::ToggleKept(number) => {
            if let Some(entry) = state.history.get(number) {
                let melody = entry.stored.clone();
                kept_melodies::toggle_melody(state, services, melody);
            }
        }
        HistoryCommand::Show(shown) => {
            state.history.shown = shown;
            state.timeline.shown = false;
        }
        HistoryCommand::Search(text) => state.history.search = text,
    }
}

/// Records what plays. To be called whenever the playhead was read.
pub(in crate::ui) fn record(state: &mut AppState) {
    let generation = state.melodies.generation();
    let shown = state.maps.shown.as_ref().map(|map| map.number);
    let map = |of: u64| shown.filter(|_| of == generation);
    state.history.record(&state.playback, map);
}

/// Plays an entry again; on its map, if that is there, and selected, if it is still on it.
fn play_again(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(entry) = state.history.get(number).cloned() else {
        return;
    };
    if let Some(map) = entry.map
        && on_map(state, &entry).is_none()
    {
        maps::show(state, services, map);
    }
    let on_map = on_map(state, &entry);
    play_stored(state, services, entry.melody, entry.stored, on_map);
    if let Some(tag) = state.playback.last_request().map(|request| request.tag) {
        state.history.replaying(number, tag);
    }
}

/// The melody of the shown map that an entry is, if it is there with the same notes.
fn on_map(state: &AppState, entry: &HeardEntry) -> Option<MelodyId> {
    let identity = &entry.stored.identity;
    let here = state.melodies.get(identity.id)?;
    let is_same = identity.seed == state.seed()
        && identity.weights_hash == state.weights_hash()
        && (Arc::ptr_eq(&here.melody, &entry.melody) || *here.melody.tokens() == identity.tokens);
    is_same.then_some(here.id)
}
