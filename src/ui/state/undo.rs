//! Steps that can be undone.

use super::path::DrawnPath;
use super::selection::Selection;
use super::steer::SteerSettings;
use crate::session::library::{KeptMelody, MelodyIdentity};

/// The state before a change, and what undoes the change.
#[derive(Clone, Debug)]
pub struct UndoStep {
    pub(in crate::ui) selection: Selection,
    /// What undoing does besides restoring the selection; `None` if only the selection changed.
    pub action: Option<UndoAction>,
}

/// What undoing a step does besides restoring the selection.
#[derive(Clone, Debug)]
pub enum UndoAction {
    /// Removes the melodies of a steer (by its number) and restores what the panel asked for.
    RemoveSteer(u32, Box<SteerSettings>),
    /// Removes a generated set.
    RemoveGenerated(u32),
    /// Restores the path that was there before.
    RestorePath(Option<Box<DrawnPath>>),
    /// Removes a melody that was kept.
    RemoveKept(Box<MelodyIdentity>),
    /// Keeps a removed melody again, under the number it had in the library.
    RestoreKept(Box<KeptMelody>, Option<u64>),
    /// Marks a kept melody for export, or unmarks it, by its number.
    SetMarked(u64, bool),
}

impl UndoStep {
    /// Whether the step concerns the kept melodies, which belong to no map.
    pub(in crate::ui) fn is_independent_of_maps(&self) -> bool {
        matches!(
            self.action,
            Some(
                UndoAction::RemoveKept(_) | UndoAction::RestoreKept(..) | UndoAction::SetMarked(..)
            )
        )
    }
}
