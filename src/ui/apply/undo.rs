//! Undo and redo. Executing a step returns the step that reverts it, which goes on the other stack.

use super::kept_melodies::StepStack;
use super::play::play_melody;
use super::{kept_melodies, layout, notes, path, steer, taste, timeline};
use crate::session::library::LibraryChange;
use crate::ui::services::Services;
use crate::ui::state::{AppState, UndoAction, UndoStep};

/// Undoes the last step.
pub(super) fn undo(state: &mut AppState, services: &mut Services) {
    if let Some(step) = state.undo.pop() {
        let kept_action = step.action.as_ref().filter(|action| action.is_about_kept());
        let kept_action = kept_action.cloned();
        let (redo_step, changes) = revert(state, services, step);
        state.redo.push(redo_step);
        kept_melodies::submit_step(state, services, changes, StepStack::Redo, kept_action);
    }
}

/// Executes the last undone step again.
pub(super) fn redo(state: &mut AppState, services: &mut Services) {
    if let Some(step) = state.redo.pop() {
        let kept_action = step.action.as_ref().filter(|action| action.is_about_kept());
        let kept_action = kept_action.cloned();
        let (undo_step, changes) = revert(state, services, step);
        state.undo.push(undo_step);
        kept_melodies::submit_step(state, services, changes, StepStack::Undo, kept_action);
    }
}

/// Executes a step. Returns the one that reverts it, and the changes for the library.
fn revert(
    state: &mut AppState,
    services: &mut Services,
    step: UndoStep,
) -> (UndoStep, Vec<LibraryChange>) {
    let before = state.selection.clone();
    let mut keeps_selection = false;
    let mut path_is_playing = false;
    let mut changes = Vec::new();
    let opposite = step.action.and_then(|action| match action {
        // Kept melodies, the timeline and the filter do not depend on the selection, which stays.
        action if action.is_about_kept() => {
            keeps_selection = true;
            let (opposite, needed_changes) = kept_melodies::revert(state, action);
            changes = needed_changes;
            Some(opposite)
        }
        UndoAction::RestoreFilter(filter) => {
            keeps_selection = true;
            let current = state.filter.clone();
            state.filter.restore(*filter);
            Some(UndoAction::RestoreFilter(Box::new(current)))
        }
        UndoAction::RestorePiece(piece, description) => {
            keeps_selection = true;
            let current = std::sync::Arc::clone(&state.timeline.piece);
            timeline::restore(state, services, piece);
            Some(UndoAction::RestorePiece(current, description))
        }
        UndoAction::RestoreTrayView(view) => {
            keeps_selection = true;
            let current = state.kept_melodies.view().clone();
            state.kept_melodies.set_view(*view);
            Some(UndoAction::RestoreTrayView(Box::new(current)))
        }
        UndoAction::RestoreTaste(since_ms) => {
            keeps_selection = true;
            Some(taste::restore(state, since_ms))
        }
        UndoAction::RestorePath(path) => {
            let current_path = state.path.drawn.clone();
            path_is_playing = path::restore(state, services, path.map(|path| *path));
            Some(UndoAction::RestorePath(current_path.map(Box::new)))
        }
        UndoAction::RestoreLayout(kind) => {
            let current = state.settings.layout_kind;
            layout::show_layout(state, services, kind);
            Some(UndoAction::RestoreLayout(current))
        }
        action => revert_added_melodies(state, services, action),
    });
    if keeps_selection {
        return (UndoStep::new(before, opposite), changes);
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
    (UndoStep::new(before, opposite), changes)
}

/// Removes melodies that were added to the map, or adds removed ones again. `None` if there are none to remove.
fn revert_added_melodies(
    state: &mut AppState,
    services: &mut Services,
    action: UndoAction,
) -> Option<UndoAction> {
    match action {
        UndoAction::RemoveSteer(number, settings) => {
            let removed = steer::remove(state, services, number, *settings);
            Some(UndoAction::RestoreSteer(Box::new(removed)))
        }
        UndoAction::RestoreSteer(removed) => {
            let (number, before) = (removed.number, state.steer.settings());
            steer::restore(state, services, *removed);
            Some(UndoAction::RemoveSteer(number, Box::new(before)))
        }
        UndoAction::RemoveGenerated(number) => {
            let set = state.melodies.remove_generated_set(number)?;
            Some(UndoAction::RestoreGenerated(number, Box::new(set)))
        }
        UndoAction::RestoreGenerated(number, set) => {
            state.melodies.restore_generated_set(number, *set);
            state
                .melodies
                .show_reconstructions(state.generate.reconstructed);
            let added = state.melodies.added_melodies_of_set(number);
            layout::place(state, services, added);
            Some(UndoAction::RemoveGenerated(number))
        }
        UndoAction::RestoreEdited(step) => {
            let current = notes::restore(state, services, *step);
            Some(UndoAction::RestoreEdited(Box::new(current)))
        }
        _ => None,
    }
}
