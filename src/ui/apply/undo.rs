//! Undo and redo. Executing a step returns its inverse, which goes on the other stack.

use super::kept_melodies::StepStack;
use super::play::play_melody;
use super::{kept_melodies, layout, notes, path, steer, taste, timeline};
use crate::session::library::LibraryChange;
use crate::ui::services::Services;
use crate::ui::state::{AppState, ReversibleAction, UndoStep};

/// Undoes the last step.
pub(super) fn undo(state: &mut AppState, services: &mut Services) {
    if let Some(step) = state.undo.pop() {
        let kept_action = step.action.as_ref().filter(|action| action.is_about_kept());
        let kept_action = kept_action.cloned();
        let (redo_step, changes) = execute_step(state, services, step);
        state.redo.push(redo_step);
        kept_melodies::submit_step(state, services, changes, StepStack::Redo, kept_action);
    }
}

/// Executes the last undone step again.
pub(super) fn redo(state: &mut AppState, services: &mut Services) {
    if let Some(step) = state.redo.pop() {
        let kept_action = step.action.as_ref().filter(|action| action.is_about_kept());
        let kept_action = kept_action.cloned();
        let (undo_step, changes) = execute_step(state, services, step);
        state.undo.push(undo_step);
        kept_melodies::submit_step(state, services, changes, StepStack::Undo, kept_action);
    }
}

/// Executes a step. Returns the one that reverts it, and the changes for the library.
fn execute_step(
    state: &mut AppState,
    services: &mut Services,
    step: UndoStep,
) -> (UndoStep, Vec<LibraryChange>) {
    let before = state.selection.clone();
    let mut keeps_selection = false;
    let mut path_is_playing = false;
    let mut changes = Vec::new();
    let inverse = step.action.and_then(|action| match action {
        // Kept melodies, the timeline and the filter do not depend on the selection, which stays.
        action if action.is_about_kept() => {
            keeps_selection = true;
            let (inverse, needed_changes) = kept_melodies::execute_action(state, action);
            changes = needed_changes;
            Some(inverse)
        }
        ReversibleAction::RestoreFilter(filter) => {
            keeps_selection = true;
            let current = state.filter.clone();
            state.filter.restore(*filter);
            Some(ReversibleAction::RestoreFilter(Box::new(current)))
        }
        ReversibleAction::RestorePiece(piece, description) => {
            keeps_selection = true;
            let current = std::sync::Arc::clone(&state.timeline.piece);
            timeline::restore(state, services, piece);
            Some(ReversibleAction::RestorePiece(current, description))
        }
        ReversibleAction::RestoreTrayView(view) => {
            keeps_selection = true;
            let current = state.kept_melodies.view().clone();
            state.kept_melodies.set_view(*view);
            Some(ReversibleAction::RestoreTrayView(Box::new(current)))
        }
        ReversibleAction::RestoreTaste(since_ms) => {
            keeps_selection = true;
            Some(taste::restore(state, since_ms))
        }
        ReversibleAction::RestorePath(path) => {
            let current_path = state.path.drawn.clone();
            path_is_playing = path::restore(state, services, path.map(|path| *path));
            Some(ReversibleAction::RestorePath(current_path.map(Box::new)))
        }
        ReversibleAction::RestoreLayout(kind) => {
            let current = state.settings.layout_kind;
            layout::show_layout(state, services, kind);
            Some(ReversibleAction::RestoreLayout(current))
        }
        action => execute_on_added_melodies(state, services, action),
    });
    if keeps_selection {
        return (UndoStep::new(before, inverse), changes);
    }
    state.selection = step.selection;
    state.deselect_missing();
    state.steer.highlighted = false;
    if !path_is_playing
        && state.playback.playhead.playing
        && let Some(id) = state.selection.focus
    {
        play_melody(state, services, id);
    }
    (UndoStep::new(before, inverse), changes)
}

/// Removes melodies that were added to the map, or adds removed ones again. `None` if there are none to remove.
fn execute_on_added_melodies(
    state: &mut AppState,
    services: &mut Services,
    action: ReversibleAction,
) -> Option<ReversibleAction> {
    match action {
        ReversibleAction::RemoveSteer(number, settings) => {
            let removed = steer::remove(state, services, number, *settings);
            Some(ReversibleAction::RestoreSteer(Box::new(removed)))
        }
        ReversibleAction::RestoreSteer(removed) => {
            let (number, before) = (removed.number, state.steer.settings());
            steer::restore(state, services, *removed);
            Some(ReversibleAction::RemoveSteer(number, Box::new(before)))
        }
        ReversibleAction::RemoveGenerated(number) => {
            let set = state.melodies.remove_generated_set(number)?;
            Some(ReversibleAction::RestoreGenerated(number, Box::new(set)))
        }
        ReversibleAction::RestoreGenerated(number, set) => {
            state.melodies.restore_generated_set(number, *set);
            state
                .melodies
                .show_reconstructions(state.generate.reconstructed);
            let added = state.melodies.added_melodies_of_set(number);
            layout::place(state, services, added);
            Some(ReversibleAction::RemoveGenerated(number))
        }
        ReversibleAction::RestoreEdited(step) => {
            let current = notes::restore(state, services, *step);
            Some(ReversibleAction::RestoreEdited(Box::new(current)))
        }
        _ => None,
    }
}
