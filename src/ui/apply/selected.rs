//! Actions on all selected melodies of the map.

use std::sync::Arc;

use super::kept_melodies::{execute, removal_action};
use super::play::{TurnMelody, play_in_turn};
use crate::ui::command::SelectedCommand;
use crate::ui::services::Services;
use crate::ui::state::{AppState, ReversibleAction};
use crate::wording::count_with_noun;

pub(super) fn apply(state: &mut AppState, services: &mut Services, command: SelectedCommand) {
    match command {
        SelectedCommand::Play => play(state, services),
        SelectedCommand::Keep => keep(state, services),
        SelectedCommand::RemoveKept => remove(state, services),
    }
}

fn play(state: &mut AppState, services: &mut Services) {
    let entries = state.selection.all.iter();
    let melodies: Vec<TurnMelody> = entries
        .filter_map(|id| state.melodies.get(*id))
        .map(|entry| TurnMelody {
            id: entry.id,
            melody: Arc::clone(&entry.melody),
            stored: state.kept_melody_of(entry),
        })
        .collect();
    let generation = state.melodies.generation();
    play_in_turn(state, services, melodies, Some(generation));
}

/// Keeps all selected melodies, as one undo step.
fn keep(state: &mut AppState, services: &mut Services) {
    let entries = state.selection.all.iter();
    let actions: Vec<ReversibleAction> = entries
        .filter_map(|id| state.melodies.get(*id))
        .map(|entry| state.kept_melody_of(entry))
        .filter(|melody| !state.kept_melodies.will_be_kept(&melody.identity))
        .map(|melody| ReversibleAction::RestoreKept(Box::new(melody), None))
        .collect();
    if actions.is_empty() && !state.selection.all.is_empty() {
        state.notices.info("All selected melodies are kept already");
    }
    let description = format!("keep {}", count_with_noun(actions.len(), "melody"));
    execute(state, services, actions, Some(description));
}

fn remove(state: &mut AppState, services: &mut Services) {
    let entries = state.selection.all.iter();
    let actions: Vec<ReversibleAction> = entries
        .filter_map(|id| state.kept(state.melodies.get(*id)?))
        .filter_map(|kept| removal_action(state, kept))
        .collect();
    let description = format!("remove {}", count_with_noun(actions.len(), "melody"));
    execute(state, services, actions, Some(description));
}
