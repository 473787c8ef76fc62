//! Undo and redo: each step that is taken back leaves the step that does it again.

use super::play::play_melody;
use super::{kept_melodies, layout, notes, path, steer, taste, timeline};
use crate::ui::services::Services;
use crate::ui::state::{AppState, UndoAction, UndoStep};

/// Takes the last step back.
pub(super) fn undo(state: &mut AppState, services: &mut Services) {
    if let Some(step) = state.undo.pop() {
        let again = revert(state, services, step);
        state.redo.push(again);
    }
}

/// Does again what was undone last.
pub(super) fn redo(state: &mut AppState, services: &mut Services) {
    if let Some(step) = state.redo.pop() {
        let back = revert(state, services, step);
        state.undo.push(back);
    }
}

/// Executes a step and returns the one that reverts it.
fn revert(state: &mut AppState, services: &mut Services, step: UndoStep) -> UndoStep {
    let before = state.selection.clone();
    let mut keeps_selection = false;
    let mut path_plays = false;
    let opposite = step.action.and_then(|action| match action {
        // Kept melodies, the timeline and the filter do not depend on the selection, which stays.
        action if action.is_about_kept() => {
            keeps_selection = true;
            let (opposite, changes) = kept_melodies::revert(state, action);
            kept_melodies::submit_all(state, services, changes);
            Some(opposite)
        }
        UndoAction::RestoreFilter(filter) => {
            keeps_selection = true;
            let now = state.filter.clone();
            state.filter.restore(*filter);
            Some(UndoAction::RestoreFilter(Box::new(now)))
        }
        UndoAction::RestorePiece(piece, words) => {
            keeps_selection = true;
            let now = std::sync::Arc::clone(&state.timeline.piece);
            timeline::restore(state, services, piece);
            Some(UndoAction::RestorePiece(now, words))
        }
        UndoAction::RestoreTrayView(view) => {
            keeps_selection = true;
            let now = state.kept_melodies.view().clone();
            state.kept_melodies.set_view(*view);
            Some(UndoAction::RestoreTrayView(Box::new(now)))
        }
        UndoAction::RestoreTaste(since_ms) => {
            keeps_selection = true;
            Some(taste::restore(state, since_ms))
        }
        UndoAction::RestorePath(path) => {
            let drawn = state.path.drawn.clone();
            path_plays = path::restore(state, services, path.map(|path| *path));
            Some(UndoAction::RestorePath(drawn.map(Box::new)))
        }
        UndoAction::RestoreLayout(kind) => {
            let now = state.settings.layout_kind;
            layout::show_layout(state, services, kind);
            Some(UndoAction::RestoreLayout(now))
        }
        action => revert_of_melodies(state, services, action),
    });
    if keeps_selection {
        return UndoStep::new(before, opposite);
    }
    state.selection = step.selection;
    state.deselect_missing();
    state.steer.highlighted = false;
    if !path_plays
        && state.playback.playhead.playing
        && let Some(id) = state.selection.focus
    {
        play_melody(state, services, id);
    }
    UndoStep::new(before, opposite)
}

/// Removes melodies that were added to the map, or adds them again. `None` if they are not there.
fn revert_of_melodies(
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
            let now = notes::restore(state, services, *step);
            Some(UndoAction::RestoreEdited(Box::new(now)))
        }
        _ => None,
    }
}
