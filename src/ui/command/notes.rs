//! Actions on the notes of the melody in the inspector.

use crate::melody::NoteEdit;

/// Actions on the notes of the melody in the inspector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotesCommand {
    /// Activate or deactivate the tool.
    SetTool(bool),
    /// Mark the note that starts at this step, or none.
    Mark(Option<u32>),
    /// Change a note. The first edit of a melody adds an edited copy to the map; later edits change that copy.
    Edit(NoteEdit),
    /// Encode the edited melody, so that it gets its own latent point and position on the map.
    Encode,
}
