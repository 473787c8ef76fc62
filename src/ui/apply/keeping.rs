//! Keeping and removing melodies. The library's thread makes the changes; the tray shows them once they are on the disk.

use super::Services;
use crate::session::library::{Change, KeptMelody, MelodyIdentity};
use crate::ui::state::{AppState, NoticeAction, NoticeKind, Undone};
use crate::worker::LibraryReport;

/// Keeps the shown melody, or removes it if it is kept.
pub(super) fn toggle_kept(state: &mut AppState, services: &mut Services) {
    let Some(entry) = state.shown().cloned() else {
        state
            .notices
            .note("Select a melody on the map first; F then keeps it");
        return;
    };
    let melody = state.to_keep(&entry);
    if !state.tray.will_be_kept(&melody.identity) {
        state.remember(Some(Undone::Kept(Box::new(melody.identity.clone()))));
        keep(state, services, melody, None);
    } else if let Some(number) = state.kept(&entry).map(|kept| kept.number) {
        remove_kept(state, services, number);
    } else {
        // Kept a moment ago and not on the disk yet.
        state.remember(Some(Undone::Removed(Box::new(melody.clone()), None)));
        remove(state, services, melody.identity);
    }
}

/// Removes a kept melody.
pub(super) fn remove_kept(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(kept) = state.tray.get(number).cloned() else {
        return;
    };
    let (number, identity) = (kept.library_number(), kept.stored.identity.clone());
    state.remember(Some(Undone::Removed(Box::new(kept.stored), number)));
    remove(state, services, identity);
}

/// Marks a kept melody for export, or unmarks it.
pub(super) fn toggle_marked(state: &mut AppState, services: &mut Services, number: u64) {
    let Some(kept) = state.tray.get(number) else {
        return;
    };
    let marked = !state.tray.marked().contains(&number);
    if kept.saved {
        submit(state, services, Change::Mark { number, marked });
    } else {
        state.tray.mark_unsaved(number, marked);
    }
}

/// Tries again to save the melodies that could not be saved.
pub(in crate::ui) fn save_unsaved(state: &mut AppState, services: &mut Services) {
    let unsaved: Vec<KeptMelody> = state
        .tray
        .unsaved()
        .map(|kept| kept.stored.clone())
        .collect();
    for melody in unsaved {
        keep(state, services, melody, None);
    }
}

/// Takes in a report of the library's thread.
pub(in crate::ui) fn take_library(state: &mut AppState, report: LibraryReport) {
    match report {
        LibraryReport::Melodies { entries, done } => {
            state.tray.show(&entries);
            state.tray.answered(done);
            if state.tray.unsaved().next().is_none() {
                let unsaved = |action: &NoticeAction| matches!(action, NoticeAction::SaveUnsaved);
                state.notices.retain(|action| !unsaved(action));
            }
        }
        LibraryReport::Failed {
            change,
            text,
            number,
        } => {
            state.tray.answered(number);
            failed(state, change, &text);
        }
        LibraryReport::Notice(text) => state.notices.trouble(text),
    }
}

/// Keeps a melody; one that was removed takes its place again under the `number` it had in the library.
pub(super) fn keep(
    state: &mut AppState,
    services: &mut Services,
    melody: KeptMelody,
    number: Option<u64>,
) {
    let melody = Box::new(melody);
    submit(state, services, Change::Keep { melody, number });
}

/// Removes the melody of this identity, saved or not.
pub(super) fn remove(state: &mut AppState, services: &mut Services, identity: MelodyIdentity) {
    state.tray.remove_unsaved(&identity);
    // Also if it was not saved: an attempt to save it may be on its way.
    submit(state, services, Change::Remove(Box::new(identity)));
}

fn submit(state: &mut AppState, services: &mut Services, change: Change) {
    let submitted = match &mut services.library {
        Some(library) => library.submit(change.clone()).ok(),
        None => None,
    };
    match submitted {
        Some(number) => state.tray.submitted(number, &change),
        None => failed(
            state,
            change,
            "the thread of the library has ended; start Tunescape again",
        ),
    }
}

/// A change was not made: what was to be kept stays in this window, and everything else is as before.
fn failed(state: &mut AppState, change: Change, text: &str) {
    let identity = match change {
        Change::Keep { melody, .. } => {
            state.tray.keep_unsaved(*melody);
            state.notices.push(
                NoticeKind::Trouble,
                format!("{text}. Until then what you keep stays in this window only"),
                Some(NoticeAction::SaveUnsaved),
            );
            return;
        }
        Change::Remove(identity) => *identity,
        Change::Mark { .. } => {
            state
                .notices
                .trouble(format!("The mark was not saved: {text}"));
            return;
        }
    };
    if !state.tray.will_be_kept(&identity) {
        return;
    }
    let text = format!("The kept melody was not removed: {text}");
    state.notices.trouble(text);
    // Nothing was removed that could be brought back.
    let step = state.undo.iter().rposition(|step| {
        matches!(&step.takes_back, Some(Undone::Removed(melody, _)) if melody.identity == identity)
    });
    if let Some(step) = step {
        state.undo.remove(step);
    }
}
