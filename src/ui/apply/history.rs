//! The history of what was heard: recording it, stepping through it, keeping melodies of it.

use std::sync::Arc;

use super::play::play_stored;
use super::{kept_melodies, maps};
use crate::sweep::MelodyId;
use crate::ui::command::HistoryCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, HeardEntry};

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: HistoryCommand) {
    match command {
        HistoryCommand::Step(offset) => {
            if let Some(number) = state.history.neighbour(offset) {
                play_again(state, services, number);
            }
        }
        HistoryCommand::Compare => {
            if let Some(number) = state.history.previous_entry() {
                play_again(state, services, number);
            }
        }
        HistoryCommand::Play(number) => play_again(state, services, number),
        HistoryCommand::ToggleKept(number) => {
            if let Some(entry) = state.history.get(number) {
                let melody = entry.stored.clone();
                kept_melodies::toggle_kept_now(state, services, melody);
            }
        }
        HistoryCommand::Show(shown) => {
            state.history.shown = shown;
            state.timeline.shown = false;
        }
        HistoryCommand::Search(text) => state.history.search = text,
    }
}

/// Records what plays. To be called after each update of the playhead.
pub(in crate::ui) fn record(state: &mut AppState) {
    let generation = state.melodies.generation();
    let shown_map = state.maps.shown.as_ref().map(|map| map.number);
    let map_of_generation = |other: u64| shown_map.filter(|_| other == generation);
    state.history.record(&state.playback, map_of_generation);
}

/// Plays an entry again. Shows its map, if that is still open, and selects the melody, if it is still on the map.
fn play_again(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(entry) = state.history.get(number).cloned() else {
        return;
    };
    if let Some(map) = entry.map
        && id_on_shown_map(state, &entry).is_none()
    {
        maps::show(state, services, map);
    }
    let on_map = id_on_shown_map(state, &entry);
    play_stored(state, services, entry.melody, entry.stored, on_map);
    if let Some(tag) = state.playback.last_request().map(|request| request.tag) {
        state.history.note_replay(number, tag);
    }
}

/// The id of an entry's melody on the shown map, if it is there with the same notes.
fn id_on_shown_map(state: &AppState, entry: &HeardEntry) -> Option<MelodyId> {
    let identity = &entry.stored.identity;
    let entry_on_map = state.melodies.get(identity.id)?;
    let is_same = identity.seed == state.seed()
        && identity.weights_hash == state.weights_hash()
        && (Arc::ptr_eq(&entry_on_map.melody, &entry.melody)
            || *entry_on_map.melody.tokens() == identity.tokens);
    is_same.then_some(entry_on_map.id)
}
