//! Keeping and removing melodies. The library thread makes the changes; the window shows them once they are on the disk.

use crate::session::library::{KeptMelody, LibraryChange, MelodyIdentity, now_ms};
use crate::ui::services::Services;
use crate::ui::state::{AppState, NoticeAction, NoticeKind, UndoAction};
use crate::worker::LibraryReport;

/// Keeps the shown melody, or removes it if it is kept.
pub(super) fn toggle_kept(state: &mut AppState, services: &mut Services) {
    match state.shown().map(|entry| state.kept_melody_of(entry)) {
        Some(melody) => toggle(state, services, melody),
        None => state
            .notices
            .info("Select a melody on the map first; F then keeps it"),
    }
}

/// Keeps the shown melody, unless it is kept. Returns false if none is shown.
pub(super) fn keep_shown(state: &mut AppState, services: &mut Services) -> bool {
    let Some(melody) = state.shown().map(|entry| state.kept_melody_of(entry)) else {
        return false;
    };
    if !state.kept_melodies.will_be_kept(&melody.identity) {
        toggle(state, services, melody);
    }
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
        state.push_undo(Some(UndoAction::RemoveKept(Box::new(melody.clone()))));
        keep(state, services, melody, None);
        return;
    }
    let kept = state.kept_melodies.find_identity(&melody.identity);
    match kept.map(|kept| kept.number) {
        Some(number) => remove_kept(state, services, number),
        None => {
            // Kept, but not on the disk yet.
            state.push_undo(Some(UndoAction::RestoreKept(
                Box::new(melody.clone()),
                None,
            )));
            remove(state, services, melody.identity);
        }
    }
}

/// Removes a kept melody.
pub(super) fn remove_kept(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(kept) = state.kept_melodies.get(number).cloned() else {
        return;
    };
    // A second click before the library has answered would only add a step that undoes nothing.
    if !state.kept_melodies.will_be_kept(&kept.stored.identity) {
        return;
    }
    let (number, identity) = (kept.library_number(), kept.stored.identity.clone());
    state.push_undo(Some(UndoAction::RestoreKept(Box::new(kept.stored), number)));
    remove(state, services, identity);
}

/// Marks a kept melody for export, or unmarks it.
pub(super) fn toggle_marked(state: &mut AppState, services: &mut Services, number: u64) {
    if state.kept_melodies.get(number).is_some() {
        let marked = state.kept_melodies.marked().contains(&number);
        state.push_undo(Some(UndoAction::SetMarked(number, marked)));
        set_marked(state, services, number, !marked);
    }
}

/// Marks a melody for export, or unmarks it, if it is still kept.
pub(super) fn set_marked(state: &mut AppState, services: &mut Services, number: u64, marked: bool) {
    match state.kept_melodies.get(number) {
        Some(kept) if kept.saved => submit(state, services, LibraryChange::Mark { number, marked }),
        Some(_) => state.kept_melodies.mark_unsaved(number, marked),
        None => {}
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
            done,
            library_id,
        } => {
            state.kept_melodies.show(&entries);
            state.kept_melodies.library_read(library_id);
            state.kept_melodies.completed(done);
            if state.kept_melodies.unsaved().next().is_none() {
                remove_question(state);
            }
        }
        LibraryReport::Failed {
            change,
            text,
            number,
        } => {
            state.kept_melodies.completed(number);
            failed(state, change, &text);
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

/// Removes the melody of this identity, saved or not.
pub(super) fn remove(state: &mut AppState, services: &mut Services, identity: MelodyIdentity) {
    state.kept_melodies.remove_unsaved(&identity);
    // Also if it was not saved: a change that saves it may be pending.
    submit(state, services, LibraryChange::Remove(Box::new(identity)));
}

fn submit(state: &mut AppState, services: &mut Services, change: LibraryChange) {
    let submitted = match &mut services.library_thread {
        Some(library_thread) => library_thread.submit(change.clone()).ok(),
        None => None,
    };
    match submitted {
        Some(number) => state.kept_melodies.submitted(number, &change),
        None => failed(
            state,
            change,
            "the thread of the library has ended; start Tunescape again",
        ),
    }
}

/// Removes the question whether to save the unsaved melodies again.
fn remove_question(state: &mut AppState) {
    let unsaved = |action: &NoticeAction| matches!(action, NoticeAction::SaveUnsaved);
    state.notices.retain(|action| !unsaved(action));
}

/// Handles a change that was not made: a melody to keep stays in this window, everything else stays as it is.
fn failed(state: &mut AppState, change: LibraryChange, text: &str) {
    let identity = match change {
        LibraryChange::Keep { melody, .. } => {
            state.kept_melodies.keep_unsaved(*melody);
            // Saving is tried again every half minute: one question is enough.
            remove_question(state);
            state.notices.push(
                NoticeKind::Error,
                format!(
                    "{text}. Until then the melodies that you keep are lost when the window closes"
                ),
                Some(NoticeAction::SaveUnsaved),
            );
            return;
        }
        LibraryChange::Remove(identity) => *identity,
        LibraryChange::Mark { .. } => {
            state
                .notices
                .error(format!("The mark was not saved: {text}"));
            return;
        }
    };
    if !state.kept_melodies.will_be_kept(&identity) {
        return;
    }
    let text = format!("The kept melody was not removed: {text}");
    state.notices.error(text);
    // Nothing was removed, so there is nothing to undo.
    let step = state.undo.iter().rposition(|step| {
        matches!(&step.action, Some(UndoAction::RestoreKept(melody, _)) if melody.identity == identity)
    });
    if let Some(step) = step {
        state.undo.remove(step);
    }
}
