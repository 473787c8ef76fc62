//! Keeping and removing melodies. The library thread executes the changes; the window shows them once they are on the disk.

use super::library_reports::{NOT_SUBMITTED, handle_failed_change};
use crate::session::library::{KeptEdit, KeptMelody, LibraryChange, now_ms};
use crate::ui::services::Services;
use crate::ui::state::{AppState, KeptEntry, ReversibleAction, StepChange};

/// Why a change cannot be submitted.
const THREAD_ENDED: &str = "the thread of the library has ended; start Tunescape again";

/// The steps to undo, or those to redo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StepStack {
    Undo,
    Redo,
}

/// Keeps the shown melody, or removes it if it is kept.
pub(super) fn toggle_kept(state: &mut AppState, services: &mut Services) {
    match state
        .inspector_melody()
        .map(|entry| state.kept_melody_of(entry))
    {
        Some(melody) => keep_or_remove(state, services, melody),
        None => state
            .notices
            .info("Select a melody on the map first; F then keeps it"),
    }
}

/// Keeps the shown melody, unless it is kept. Returns false if none is shown.
pub(super) fn keep_shown(state: &mut AppState, services: &mut Services) -> bool {
    let Some(melody) = state
        .inspector_melody()
        .map(|entry| state.kept_melody_of(entry))
    else {
        return false;
    };
    if !state.kept_melodies.will_be_kept(&melody.identity) {
        keep_or_remove(state, services, melody);
    }
    true
}

/// Keeps the melody that plays, or the shown one, with stars; if it is kept already, it gets the stars. Returns false if there is
/// none.
pub(super) fn keep_with_stars(state: &mut AppState, services: &mut Services, stars: u8) -> bool {
    let playing = state.playback.melody_to_keep().cloned();
    let shown = || {
        state
            .inspector_melody()
            .map(|entry| state.kept_melody_of(entry))
    };
    let Some(mut melody) = playing.or_else(shown) else {
        return false;
    };
    let action = match state.kept_melodies.submitted(&melody.identity) {
        Some(kept) if kept.annotations.stars == stars => return true,
        // Perhaps not on the disk yet.
        Some(_) => ReversibleAction::EditKept(Box::new(melody.identity), KeptEdit::Stars(stars)),
        None => {
            melody.annotations.stars = stars;
            melody.kept_at_ms = now_ms();
            ReversibleAction::RestoreKept(Box::new(melody), None)
        }
    };
    execute(state, services, vec![action], None);
    true
}

/// Keeps the melody that plays, or removes it if it is kept.
pub(super) fn toggle_kept_playing(state: &mut AppState, services: &mut Services) {
    if let Some(melody) = state.playback.melody_to_keep().cloned() {
        toggle_kept_now(state, services, melody);
    }
}

/// Keeps a melody from elsewhere as of now, or removes it if it is kept.
pub(super) fn toggle_kept_now(state: &mut AppState, services: &mut Services, melody: KeptMelody) {
    let melody = KeptMelody {
        kept_at_ms: now_ms(),
        ..melody
    };
    keep_or_remove(state, services, melody);
}

fn keep_or_remove(state: &mut AppState, services: &mut Services, melody: KeptMelody) {
    if !state.kept_melodies.will_be_kept(&melody.identity) {
        execute(
            state,
            services,
            vec![ReversibleAction::RestoreKept(Box::new(melody), None)],
            None,
        );
        return;
    }
    let kept = state.kept_melodies.find_identity(&melody.identity);
    match kept.map(|kept| kept.number) {
        Some(number) => remove_kept(state, services, number),
        // Kept, but not on the disk yet.
        None => execute(
            state,
            services,
            vec![ReversibleAction::RemoveKept(Box::new(melody))],
            None,
        ),
    }
}

/// Removes a kept melody.
pub(super) fn remove_kept(state: &mut AppState, services: &mut Services, number: u64) {
    let removal = state
        .kept_melodies
        .get(number)
        .and_then(|kept| removal_action(state, kept));
    execute(state, services, removal.into_iter().collect(), None);
}

/// The action that removes a kept melody. `None` if it was removed already: a second click before the library has answered
/// would add an undo step without effect.
pub(super) fn removal_action(state: &AppState, kept: &KeptEntry) -> Option<ReversibleAction> {
    let is_kept = state.kept_melodies.will_be_kept(&kept.stored.identity);
    is_kept.then(|| ReversibleAction::RemoveKept(Box::new(kept.stored.clone())))
}

/// Marks a kept melody for export, or unmarks it.
pub(super) fn toggle_marked(state: &mut AppState, services: &mut Services, number: u64) {
    if state.kept_melodies.get(number).is_some() {
        let marked = state.kept_melodies.will_be_marked(number);
        state.tray.mark_anchor = Some(number);
        execute(
            state,
            services,
            vec![ReversibleAction::SetMarked(number, !marked)],
            None,
        );
    }
}

/// Executes changes of the kept melodies as one step that can be undone. `description` names the step if there are several.
pub(super) fn execute(
    state: &mut AppState,
    services: &mut Services,
    actions: Vec<ReversibleAction>,
    description: Option<String>,
) {
    let mut actions = actions;
    let action = match (actions.len(), description) {
        (0, _) => return,
        (1, _) => actions.remove(0),
        (_, description) => ReversibleAction::Several(description.unwrap_or_default(), actions),
    };
    let (inverse, changes) = execute_action(state, action);
    state.push_undo(Some(inverse));
    submit_step(state, services, changes, StepStack::Undo, None);
}

/// Executes a change of the kept melodies in the window. Returns its inverse, and the changes for the library.
pub(super) fn execute_action(
    state: &mut AppState,
    action: ReversibleAction,
) -> (ReversibleAction, Vec<LibraryChange>) {
    let kept_melodies = &mut state.kept_melodies;
    match action {
        ReversibleAction::RemoveKept(melody) => {
            let kept = kept_melodies.find_identity(&melody.identity);
            let number = kept.and_then(KeptEntry::library_number);
            let submitted = kept_melodies.submitted(&melody.identity);
            let stored = submitted.unwrap_or(*melody);
            kept_melodies.remove_unsaved(&stored.identity);
            // Also if it was not saved: a change that saves it may be pending.
            let change = LibraryChange::Remove(Box::new(stored.identity.clone()));
            (
                ReversibleAction::RestoreKept(Box::new(stored), number),
                vec![change],
            )
        }
        ReversibleAction::RestoreKept(melody, number) => {
            let change = LibraryChange::Keep {
                melody: melody.clone(),
                number,
            };
            (ReversibleAction::RemoveKept(melody), vec![change])
        }
        ReversibleAction::SetMarked(number, marked) => {
            let current = kept_melodies.will_be_marked(number);
            let changes = match kept_melodies.get(number) {
                Some(kept) if kept.saved => vec![LibraryChange::Mark { number, marked }],
                Some(_) => {
                    kept_melodies.set_unsaved_marked(number, marked);
                    Vec::new()
                }
                None => Vec::new(),
            };
            (ReversibleAction::SetMarked(number, current), changes)
        }
        ReversibleAction::EditKept(identity, edit) => {
            let submitted = kept_melodies.submitted(&identity);
            let current = submitted.map(|melody| edit.with_value_of(&melody));
            let change = LibraryChange::Edit {
                identity: identity.clone(),
                edit: edit.clone(),
            };
            // A melody that is being saved again is stored as it was submitted, so the library has to edit it too.
            let is_being_saved = kept_melodies.is_being_kept(&identity);
            let changes = if kept_melodies.edit_unsaved(&identity, &edit) && !is_being_saved {
                Vec::new()
            } else {
                vec![change]
            };
            (
                ReversibleAction::EditKept(identity, current.unwrap_or(edit)),
                changes,
            )
        }
        ReversibleAction::Several(description, actions) => {
            let mut changes = Vec::new();
            let mut inverses: Vec<ReversibleAction> = Vec::new();
            for action in actions {
                let (inverse, needed_changes) = execute_action(state, action);
                inverses.push(inverse);
                changes.extend(needed_changes);
            }
            inverses.reverse();
            (ReversibleAction::Several(description, inverses), changes)
        }
        other => (other, Vec::new()),
    }
}

/// Submits the changes of the last step of a stack to the library, which makes all of them or none. `executed` is the step that was
/// undone or redone; `None` for a new one.
pub(super) fn submit_step(
    state: &mut AppState,
    services: &mut Services,
    mut changes: Vec<LibraryChange>,
    stack: StepStack,
    executed: Option<ReversibleAction>,
) {
    let change = match changes.len() {
        0 => return,
        1 => changes.remove(0),
        _ => LibraryChange::Several(changes),
    };
    let submitted = submit(state, services, &change);
    let steps = match stack {
        StepStack::Undo => &mut state.undo,
        StepStack::Redo => &mut state.redo,
    };
    if let Some(step) = steps.last_mut() {
        let number = submitted.unwrap_or(NOT_SUBMITTED);
        step.library_change = Some(StepChange { number, executed });
    }
    if submitted.is_none() {
        handle_failed_change(state, change, NOT_SUBMITTED, THREAD_ENDED);
        for step in state.undo.iter_mut().chain(&mut state.redo) {
            let change = step.library_change.take();
            step.library_change = change.filter(|change| change.number != NOT_SUBMITTED);
        }
    }
}

/// Tries again to save the melodies that could not be saved.
pub(in crate::ui) fn save_unsaved(state: &mut AppState, services: &mut Services) {
    let unsaved: Vec<KeptMelody> = state
        .kept_melodies
        .unsaved()
        .map(|kept| kept.stored.clone())
        .collect();
    for melody in unsaved {
        keep(state, services, melody, None);
    }
}

/// Keeps a melody; a removed one again under the `number` it had in the library.
pub(super) fn keep(
    state: &mut AppState,
    services: &mut Services,
    melody: KeptMelody,
    number: Option<u64>,
) {
    let melody = Box::new(melody);
    let change = LibraryChange::Keep { melody, number };
    if submit(state, services, &change).is_none() {
        handle_failed_change(state, change, NOT_SUBMITTED, THREAD_ENDED);
    }
}

/// Submits a change and returns its number; `None` if the thread has ended.
fn submit(state: &mut AppState, services: &mut Services, change: &LibraryChange) -> Option<u64> {
    let library_thread = services.library_thread.as_mut()?;
    let number = library_thread.submit(change.clone()).ok()?;
    state.kept_melodies.record_submitted(number, change);
    Some(number)
}
