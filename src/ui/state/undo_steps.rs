//! Adding steps to undo, and what undo and redo would do, in words.

use std::time::{Duration, Instant};

use super::app_state::AppState;
use super::generated_set::GeneratedSet;
use super::undo::{ReversibleAction, UndoStep};
use crate::session::library::KeptEdit;
use crate::sweep::GenerateMethod;

/// Steps that can be undone.
const MAX_UNDO_STEPS: usize = 100;
/// Changes of the filter that follow each other faster than this are one step: those of a drag.
const MAX_STEP_PAUSE: Duration = Duration::from_secs(1);

impl AppState {
    /// Adds a step to undo. To be called before the change; what was undone before it cannot be redone any more.
    pub(in crate::ui) fn push_undo(&mut self, action: Option<ReversibleAction>) {
        self.redo.clear();
        self.undo
            .push(UndoStep::new(self.selection.clone(), action));
        if self.undo.len() > MAX_UNDO_STEPS {
            let dropped = self.undo.remove(0);
            self.dropped_kept_steps += usize::from(dropped.is_about_kept());
        }
    }

    /// Adds a step that restores the filter. The changes of a drag are one step.
    pub(in crate::ui) fn push_filter_undo(&mut self) {
        if !self.continues_step(|action| matches!(action, ReversibleAction::RestoreFilter(_))) {
            let before = Box::new(self.filter.clone());
            self.push_undo(Some(ReversibleAction::RestoreFilter(before)));
        }
    }

    /// Adds a step that restores how the kept melodies are sorted and shown. The letters of a word are one step.
    pub(in crate::ui) fn push_tray_view_undo(&mut self) {
        if !self.continues_step(|action| matches!(action, ReversibleAction::RestoreTrayView(_))) {
            let before = Box::new(self.kept_melodies.view().clone());
            self.push_undo(Some(ReversibleAction::RestoreTrayView(before)));
        }
    }

    /// Whether the last step is of this kind and so recent that what is done now belongs to it.
    fn continues_step(&mut self, is_same: fn(&ReversibleAction) -> bool) -> bool {
        let Some(last) = self.undo.last_mut() else {
            return false;
        };
        let continues = last.action.as_ref().is_some_and(is_same)
            && last.made_at.elapsed() < MAX_STEP_PAUSE
            && self.redo.is_empty();
        if continues {
            last.made_at = Instant::now();
        }
        continues
    }

    /// What undo would take back, in words: "Undo: remove Region 3, centre"; only "Undo" if there is nothing.
    pub fn undo_text(&self) -> String {
        self.step_text("Undo", self.undo.last(), false)
    }

    /// What redo would do again, in words.
    pub fn redo_text(&self) -> String {
        self.step_text("Redo", self.redo.last(), true)
    }

    fn step_text(&self, verb: &str, step: Option<&UndoStep>, is_redo: bool) -> String {
        let Some(step) = step else {
            return verb.to_owned();
        };
        format!(
            "{verb}: {}",
            self.change_text(step.action.as_ref(), is_redo)
        )
    }

    /// The change that a step takes back, or does again.
    fn change_text(&self, action: Option<&ReversibleAction>, is_redo: bool) -> String {
        let Some(action) = action else {
            return "select".to_owned();
        };
        match action {
            ReversibleAction::RemoveSteer(number, _) => {
                let name = self.melodies.steer_name(*number);
                format!("steer to {}", name.unwrap_or_default())
            }
            ReversibleAction::RestoreSteer(removed) => format!("steer to {}", removed.name),
            ReversibleAction::RemoveGenerated(number) => {
                let mut sets = self.melodies.generated_sets();
                let set = sets.find(|(other, _)| other == number);
                set.map_or_else(|| "new melodies".to_owned(), |(_, set)| set_text(set))
            }
            ReversibleAction::RestoreGenerated(_, set) => set_text(set),
            ReversibleAction::RestoreEdited(edited) => edited.description.clone(),
            ReversibleAction::RestorePath(_) => "edit of the path".to_owned(),
            ReversibleAction::RemoveKept(melody) => {
                format!(
                    "{} {}",
                    if is_redo { "remove" } else { "keep" },
                    melody.name
                )
            }
            ReversibleAction::RestoreKept(melody, _) => {
                format!(
                    "{} {}",
                    if is_redo { "keep" } else { "remove" },
                    melody.name
                )
            }
            ReversibleAction::SetMarked(number, marked) => {
                let name = self.kept_melodies.get(*number).map(|kept| kept.name());
                let verb = if *marked == is_redo { "mark" } else { "unmark" };
                format!("{verb} {}", name.unwrap_or("a kept melody"))
            }
            ReversibleAction::RestorePiece(_, words) => words.clone(),
            ReversibleAction::EditKept(identity, edit) => {
                let kept = self.kept_melodies.find_identity(identity);
                let name = kept.map_or("a kept melody", |kept| kept.name());
                match edit {
                    KeptEdit::Name(new) => {
                        format!("rename {}", if is_redo { new.as_str() } else { name })
                    }
                    KeptEdit::Stars(_) => format!("stars of {name}"),
                    KeptEdit::Tags(_) => format!("tags of {name}"),
                    KeptEdit::SortKey(_) => format!("move {name}"),
                }
            }
            ReversibleAction::Several(words, _) => words.clone(),
            ReversibleAction::RestoreTrayView(_) => "sorting of the kept melodies".to_owned(),
            ReversibleAction::RestoreFilter(_) => "filter".to_owned(),
            ReversibleAction::RestoreLayout(_) => "change of the layout".to_owned(),
            ReversibleAction::RestoreTaste(_) => "reset of the taste".to_owned(),
        }
    }
}

/// How a set came to be, in words.
fn set_text(set: &GeneratedSet) -> String {
    match (set.method, set.names.as_slice()) {
        (GenerateMethod::Imported, [name]) => format!("place {name}"),
        (GenerateMethod::Imported, names) => format!("place {} melodies", names.len()),
        (GenerateMethod::Explored, _) => "explore".to_owned(),
        (GenerateMethod::Blended, _) => "blend".to_owned(),
        (GenerateMethod::Probe | GenerateMethod::Path, _) => "new melodies".to_owned(),
    }
}
