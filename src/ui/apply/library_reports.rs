//! Reports of the library thread: the kept melodies as last read, and changes that could not be made.

use std::mem::discriminant;

use crate::session::library::LibraryChange;
use crate::ui::state::{AppState, NoticeAction, NoticeKind, ReversibleAction, UndoStep};
use crate::worker::LibraryReport;

/// Number of a change that could not be submitted.
pub(super) const NOT_SUBMITTED: u64 = u64::MAX;

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
            state.kept_melodies.forget_completed(last_change);
            if state.kept_melodies.unsaved().next().is_none() {
                remove_save_notice(state);
            }
        }
        LibraryReport::Failed {
            change,
            text,
            number,
        } => {
            state.kept_melodies.forget_completed(number);
            handle_failed_change(state, change, number, &text);
        }
        LibraryReport::Notice(text) => state.notices.error(text),
    }
}

/// Removes the notice that offers to save the unsaved melodies again.
fn remove_save_notice(state: &mut AppState) {
    let is_save_notice = |action: &NoticeAction| matches!(action, NoticeAction::SaveUnsaved);
    state.notices.retain(|action| !is_save_notice(action));
}

/// Handles a change that the library could not make: melodies to keep stay in this window, everything else stays as it is, and
/// the step that made the change is taken back.
pub(super) fn handle_failed_change(
    state: &mut AppState,
    change: LibraryChange,
    number: u64,
    text: &str,
) {
    let (mut melodies_to_keep, mut not_removed, mut not_edited, mut not_marked) =
        (Vec::new(), 0_usize, 0_usize, 0_usize);
    let kept_melodies = &mut state.kept_melodies;
    change.for_each(&mut |change| match change {
        LibraryChange::Keep { melody, .. } => {
            melodies_to_keep.extend(kept_melodies.with_later_changes((**melody).clone()));
        }
        LibraryChange::Remove(identity) => {
            not_removed += usize::from(kept_melodies.will_be_kept(identity));
        }
        // An unsaved melody was edited in this window.
        LibraryChange::Edit { identity, .. } => {
            let kept = kept_melodies.find_identity(identity);
            not_edited += usize::from(kept.is_none_or(|kept| kept.saved));
        }
        LibraryChange::Mark { .. } => not_marked += 1,
        LibraryChange::Several(_) => {}
    });
    if !melodies_to_keep.is_empty() {
        for melody in melodies_to_keep {
            kept_melodies.keep_unsaved(melody);
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
    let message = match (not_removed, not_edited, not_marked) {
        (1, ..) => "The kept melody was not removed",
        (2.., ..) => "The kept melodies were not removed",
        (_, 1.., _) => "The change was not saved",
        (_, _, 1..) => "The mark was not saved",
        _ => return,
    };
    state.notices.error(format!("{message}: {text}"));
    take_step_back(state, number);
}

/// Takes back the step whose change of the library was not made: a new one is removed, an undone or redone one returns to the
/// stack that it came from.
fn take_step_back(state: &mut AppState, number: u64) {
    let is_failed = |step: &UndoStep| {
        let change = step.library_change.as_ref();
        change.is_some_and(|change| change.number == number)
    };
    let (stack, other) = if state.undo.iter().any(is_failed) {
        (&mut state.undo, &mut state.redo)
    } else {
        (&mut state.redo, &mut state.undo)
    };
    let Some(index) = stack.iter().rposition(is_failed) else {
        return;
    };
    let mut step = stack.remove(index);
    match step
        .library_change
        .take()
        .and_then(|change| change.executed)
    {
        Some(executed) => {
            step.action = Some(executed);
            other.push(step);
        }
        None => {
            if let Some(action) = &step.action {
                pass_values_on(action, &mut stack[index..]);
            }
        }
    }
}

/// Gives the values that a removed step would have restored to the steps after it, which would restore those that it set.
fn pass_values_on(removed: &ReversibleAction, later: &mut [UndoStep]) {
    if let ReversibleAction::Several(_, actions) = removed {
        for action in actions {
            pass_values_on(action, later);
        }
        return;
    }
    let mut actions = later.iter_mut().filter_map(|step| step.action.as_mut());
    actions.any(|action| replace_value(action, removed));
}

/// Replaces the value in `action` by that of `removed` if both restore the same property of the same melody. Returns whether
/// they do.
fn replace_value(action: &mut ReversibleAction, removed: &ReversibleAction) -> bool {
    match (action, removed) {
        (ReversibleAction::Several(_, actions), _) => actions
            .iter_mut()
            .any(|action| replace_value(action, removed)),
        (
            ReversibleAction::EditKept(identity, edit),
            ReversibleAction::EditKept(removed_identity, value),
        ) if identity == removed_identity && discriminant(edit) == discriminant(value) => {
            edit.clone_from(value);
            true
        }
        (
            ReversibleAction::SetMarked(number, marked),
            ReversibleAction::SetMarked(removed_number, value),
        ) if number == removed_number => {
            *marked = *value;
            true
        }
        _ => false,
    }
}
