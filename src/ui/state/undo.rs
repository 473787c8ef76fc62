//! Steps that can be undone and redone.

use std::sync::Arc;
use std::time::Instant;

use super::filter::Filter;
use super::generated_set::GeneratedSet;
use super::path::DrawnPath;
use super::selection::Selection;
use super::steer::{FinishedSteer, SteerSettings};
use super::tray_view::TrayView;
use crate::session::library::{KeptEdit, KeptMelody, MelodyIdentity};
use crate::session::piece::Piece;
use crate::sweep::LayoutKind;
use crate::worker::AddedMelody;

/// The state before a change, and what undoes the change; or the state after it, and what does it again.
#[derive(Clone, Debug)]
pub struct UndoStep {
    pub(in crate::ui) selection: Selection,
    /// What undoing does besides restoring the selection; `None` if only the selection changed.
    pub action: Option<ReversibleAction>,
    /// When it was made.
    pub(super) made_at: Instant,
    /// The change of the library that made it, if it is about kept melodies.
    pub(in crate::ui) library_change: Option<StepChange>,
}

/// The change of the library that made a step. If the library refuses it, the step is taken back.
#[derive(Clone, Debug)]
pub(in crate::ui) struct StepChange {
    /// Number under which the change was submitted.
    pub number: u64,
    /// What was executed, if it was a step of the other stack, to which it then returns.
    pub executed: Option<ReversibleAction>,
}

/// A change that can be undone: executing one returns its inverse, which is one too. A step of undo or redo executes it besides
/// restoring the selection.
#[derive(Clone, Debug)]
pub enum ReversibleAction {
    /// Removes the melodies of a steer (by its number) and restores what the panel asked for.
    RemoveSteer(u32, Box<SteerSettings>),
    /// Adds the melodies of a steer again.
    RestoreSteer(Box<RemovedSteer>),
    /// Removes a generated set.
    RemoveGenerated(u32),
    /// Adds a generated set again, under its number.
    RestoreGenerated(u32, Box<GeneratedSet>),
    /// Restores an edited melody as it was before an edit or before it was encoded.
    RestoreEdited(Box<EditedSet>),
    /// Restores the path that was there before.
    RestorePath(Option<Box<DrawnPath>>),
    /// Removes a melody that was kept.
    RemoveKept(Box<KeptMelody>),
    /// Keeps a removed melody again, under the number it had in the library.
    RestoreKept(Box<KeptMelody>, Option<u64>),
    /// Marks a kept melody for export, or unmarks it, by its number.
    SetMarked(u64, bool),
    /// Restores an earlier state of the timeline; the change in words.
    RestorePiece(Arc<Piece>, String),
    /// Gives a kept melody the value that it had before.
    EditKept(Box<MelodyIdentity>, KeptEdit),
    /// Sorts and shows the kept melodies as before.
    RestoreTrayView(Box<TrayView>),
    /// Does several things with kept melodies, which were one step, in this order. The text says what the step was.
    Several(String, Vec<ReversibleAction>),
    /// Restores the filter of the map.
    RestoreFilter(Box<Filter>),
    /// Shows the map in the layout that was chosen before.
    RestoreLayout(LayoutKind),
    /// Resets the taste as before: when, milliseconds since 1970.
    RestoreTaste(i64),
}

/// An edited melody before or after a change.
#[derive(Clone, Debug)]
pub struct EditedSet {
    /// Number of its set.
    pub number: u32,
    /// Its set; `None` before the first edit.
    pub set: Option<GeneratedSet>,
    /// The change, in words.
    pub description: String,
}

/// A steer whose melodies were removed.
#[derive(Clone, Debug)]
pub struct RemovedSteer {
    /// Its number.
    pub number: u32,
    /// The common name of its melodies.
    pub name: String,
    /// Its melodies.
    pub melodies: Vec<AddedMelody>,
    /// What the panel asked for.
    pub settings: SteerSettings,
    /// What came of it, if it had ended.
    pub finished: Option<FinishedSteer>,
}

impl UndoStep {
    /// A step from the present selection.
    pub(in crate::ui) fn new(selection: Selection, action: Option<ReversibleAction>) -> Self {
        Self {
            selection,
            action,
            made_at: Instant::now(),
            library_change: None,
        }
    }

    /// Whether the step concerns the kept melodies.
    pub(super) fn is_about_kept(&self) -> bool {
        self.action
            .as_ref()
            .is_some_and(ReversibleAction::is_about_kept)
    }

    /// Whether the step concerns the timeline, which belongs to the session.
    pub(in crate::ui) fn is_about_timeline(&self) -> bool {
        matches!(self.action, Some(ReversibleAction::RestorePiece(..)))
    }

    /// Whether the step concerns the kept melodies, the timeline, the filter or the taste, which belong to no map.
    pub(in crate::ui) fn is_independent_of_maps(&self) -> bool {
        let is_of_window = matches!(
            self.action,
            Some(
                ReversibleAction::RestoreFilter(_)
                    | ReversibleAction::RestoreTrayView(_)
                    | ReversibleAction::RestoreTaste(_)
            )
        );
        self.is_about_kept() || self.is_about_timeline() || is_of_window
    }
}

impl ReversibleAction {
    /// Whether it changes the kept melodies.
    pub fn is_about_kept(&self) -> bool {
        matches!(
            self,
            Self::RemoveKept(_)
                | Self::RestoreKept(..)
                | Self::SetMarked(..)
                | Self::EditKept(..)
                | Self::Several(..)
        )
    }
}
