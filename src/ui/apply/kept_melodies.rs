//! Keeping and removing melodies. The library thread executes the changes; the window shows them once they are on the disk.

use crate::session::library::{KeptEdit, KeptMelody, LibraryChange, now_ms};
use crate::ui::services::Services;
use crate::ui::state::{AppState, KeptEntry, NoticeAction, NoticeKind, UndoAction};
use crate::worker::LibraryReport;

/// Keeps the shown melody, or removes it if it is kept.
pub(super) fn toggle_kept(state: &mut AppState, services: &mut Services) {
    match state
        .inspector_melody()
        .map(|entry| state.kept_melody_of(entry))
    {
        Some(melody) => toggle(state, services, melody),
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
        toggle(state, services, melody);
    }
    true
}

/// Keeps the melody that plays, or the shown one, with stars. Returns false if there is none.
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
    let action = if state.kept_melodies.will_be_kept(&melody.identity) {
        // Not on the disk yet.
        UndoAction::EditKept(Box::new(melody.identity), KeptEdit::Stars(stars))
    } else {
        melody.annotations.stars = stars;
        melody.kept_at_ms = now_ms();
        UndoAction::RestoreKept(Box::new(melody), None)
    };
    execute(state, services, vec![action], None);
    true
}

/// Keeps the melody that plays, or removes it if it is kept.
pub(super) fn toggle_kept_playing(state: &mut AppState, services: &mut Services) {
    if let Some(melody) = state.playback.melody_to_keep().cloned() {
        toggle_melody(state, services, melody);
    }
}

/// Keeps a melody from elsewhere, or removes it if it is kept.
pub(super) fn toggle_melody(state: &mut AppState, services: &mut Services, melody: KeptMelody) {
    let melody = KeptMelody {
        kept_at_ms: now_ms(),
        ..melody
    };
    toggle(state, services, melody);
}

fn toggle(state: &mut AppState, services: &mut Services, melody: KeptMelody) {
    if !state.kept_melodies.will_be_kept(&melody.identity) {
        execute(
            state,
            services,
            vec![UndoAction::RestoreKept(Box::new(melody), None)],
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
            vec![UndoAction::RemoveKept(Box::new(melody))],
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
pub(super) fn removal_action(state: &AppState, kept: &KeptEntry) -> Option<UndoAction> {
    let is_kept = state.kept_melodies.will_be_kept(&kept.stored.identity);
    is_kept.then(|| UndoAction::RemoveKept(Box::new(kept.stored.clone())))
}

/// Marks a kept melody for export, or unmarks it.
pub(super) fn toggle_marked(state: &mut AppState, services: &mut Services, number: u64) {
    if state.kept_melodies.get(number).is_some() {
        let marked = state.kept_melodies.marked().contains(&number);
        state.tray.mark_anchor = Some(number);
        execute(
            state,
            services,
            vec![UndoAction::SetMarked(number, !marked)],
            None,
        );
    }
}

/// Executes changes of the kept melodies as one step that can be undone. `description` names the step if there are several.
pub(super) fn execute(
    state: &mut AppState,
    services: &mut Services,
    actions: Vec<UndoAction>,
    description: Option<String>,
) {
    let mut actions = actions;
    let action = match (actions.len(), description) {
        (0, _) => return,
        (1, _) => actions.remove(0),
        (_, description) => UndoAction::Several(description.unwrap_or_default(), actions),
    };
    let (opposite, changes) = revert(state, action);
    state.push_undo(Some(opposite));
    submit_all(state, services, changes);
}

/// Executes a change of the kept melodies in the window. Returns the one that reverts it, and the changes for the library.
pub(super) fn revert(state: &mut AppState, action: UndoAction) -> (UndoAction, Vec<LibraryChange>) {
    let kept_melodies = &mut state.kept_melodies;
    match action {
        UndoAction::RemoveKept(melody) => {
            let kept = kept_melodies.find_identity(&melody.identity);
            let (number, stored) = kept.map_or((None, *melody), |kept| {
                (kept.library_number(), kept_melodies.as_submitted(kept))
            });
            kept_melodies.remove_unsaved(&stored.identity);
            // Also if it was not saved: a change that saves it may be pending.
            let change = LibraryChange::Remove(Box::new(stored.identity.clone()));
            (
                UndoAction::RestoreKept(Box::new(stored), number),
                vec![change],
            )
        }
        UndoAction::RestoreKept(melody, number) => {
            let change = LibraryChange::Keep {
                melody: melody.clone(),
                number,
            };
            (UndoAction::RemoveKept(melody), vec![change])
        }
        UndoAction::SetMarked(number, marked) => {
            let current = kept_melodies.marked().contains(&number);
            let changes = match kept_melodies.get(number) {
                Some(kept) if kept.saved => vec![LibraryChange::Mark { number, marked }],
                Some(_) => {
                    kept_melodies.mark_unsaved(number, marked);
                    Vec::new()
                }
                None => Vec::new(),
            };
            (UndoAction::SetMarked(number, current), changes)
        }
        UndoAction::EditKept(identity, edit) => {
            let kept = kept_melodies.find_identity(&identity);
            let current = kept.map(|kept| edit.current(&kept_melodies.as_submitted(kept)));
            let change = LibraryChange::Edit {
                identity: identity.clone(),
                edit: edit.clone(),
            };
            let changes = if kept_melodies.edit_unsaved(&identity, &edit) {
                Vec::new()
            } else {
                vec![change]
            };
            (
                UndoAction::EditKept(identity, current.unwrap_or(edit)),
                changes,
            )
        }
        UndoAction::Several(description, actions) => {
            let mut changes = Vec::new();
            let mut opposites: Vec<UndoAction> = Vec::new();
            for action in actions {
                let (opposite, needed_changes) = revert(state, action);
                opposites.push(opposite);
                changes.extend(needed_changes);
            }
            opposites.reverse();
            (UndoAction::Several(description, opposites), changes)
        }
        other => (other, Vec::new()),
    }
}

/// Submits these changes to the library, which makes all of them or none.
pub(super) fn submit_all(
    state: &mut AppState,
    services: &mut Services,
    mut changes: Vec<LibraryChange>,
) {
    match changes.len() {
        0 => {}
        1 => submit(state, services, changes.remove(0)),
        _ => submit(state, services, LibraryChange::Several(changes)),
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

/// Takes a report of the library thread.
pub(in crate::ui) fn receive_library(state: &mut AppState, report: LibraryReport) {
    match report {
        LibraryReport::Melodies {
            entries,
            last_change,
            status,
        } => {
            state.kept_melodies.show(&entries);
            let renaming = state.tray.renaming;
            state.tray.renaming =
                renaming.filter(|number| state.kept_melodies.get(*number).is_some());
            state.kept_melodies.set_library_status(status);
            state.kept_melodies.note_completed(last_change);
            if state.kept_melodies.unsaved().next().is_none() {
                remove_save_notice(state);
            }
        }
        LibraryReport::Failed {
            change,
            text,
            number,
        } => {
            state.kept_melodies.note_completed(number);
            handle_failed_change(state, change, &text);
        }
        LibraryReport::Notice(text) => state.notices.error(text),
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
    submit(state, services, LibraryChange::Keep { melody, number });
}

fn submit(state: &mut AppState, services: &mut Services, change: LibraryChange) {
    let submitted = match &mut services.library_thread {
        Some(library_thread) => library_thread.submit(change.clone()).ok(),
        None => None,
    };
    match submitted {
        Some(number) => state.kept_melodies.note_submitted(number, &change),
        None => handle_failed_change(
            state,
            change,
            "the thread of the library has ended; start Tunescape again",
        ),
    }
}

/// Removes the notice that offers to save the unsaved melodies again.
fn remove_save_notice(state: &mut AppState) {
    let is_save_notice = |action: &NoticeAction| matches!(action, NoticeAction::SaveUnsaved);
    state.notices.retain(|action| !is_save_notice(action));
}

/// Handles a change that the library could not make: melodies to keep stay in this window, everything else stays as it is.
fn handle_failed_change(state: &mut AppState, change: LibraryChange, text: &str) {
    let (mut melodies_to_keep, mut not_removed, mut not_marked, mut not_edited) =
        (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    change.for_each(&mut |change| match change {
        LibraryChange::Keep { melody, .. } => melodies_to_keep.push((**melody).clone()),
        LibraryChange::Remove(identity) => not_removed.push((**identity).clone()),
        LibraryChange::Edit { identity, .. } => not_edited.push((**identity).clone()),
        LibraryChange::Mark { number, .. } => not_marked.push(*number),
        LibraryChange::Several(_) => {}
    });
    if !melodies_to_keep.is_empty() {
        for melody in melodies_to_keep {
            state.kept_melodies.keep_unsaved(melody);
        }
        // Saving is tried again every half minute: one notice is enough.
        remove_save_notice(state);
        state.notices.push(
            NoticeKind::Error,
            format!(
                "{text}. Until then the melodies that you keep are lost when the window closes"
            ),
            Some(NoticeAction::SaveUnsaved),
        );
    }
    not_removed.retain(|identity| state.kept_melodies.will_be_kept(identity));
    let message = match (not_removed.len(), not_edited.len(), not_marked.len()) {
        (1, ..) => "The kept melody was not removed",
        (2.., ..) => "The kept melodies were not removed",
        (_, 1.., _) => "The change was not saved",
        (_, _, 1..) => "The mark was not saved",
        _ => return,
    };
    state.notices.error(format!("{message}: {text}"));
    // Nothing was changed, so there is nothing to undo.
    let first_identity = not_removed.first().or(not_edited.first());
    let is_failed_action = |action: &UndoAction| match action {
        UndoAction::RestoreKept(melody, _) => Some(&melody.identity) == not_removed.first(),
        UndoAction::EditKept(identity, _) => Some(&**identity) == first_identity,
        UndoAction::SetMarked(number, _) => Some(number) == not_marked.first(),
        _ => false,
    };
    let step = state.undo.iter().rposition(|step| match &step.action {
        Some(UndoAction::Several(_, actions)) => actions.iter().any(is_failed_action),
        action => action.as_ref().is_some_and(is_failed_action),
    });
    if let Some(step) = step {
        state.undo.remove(step);
    }
}
