//! Actions on the notes of the melody in the inspector.

use crate::melody::NoteEdit;

/// Actions on the notes of the melody in the inspector.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotesCommand {
    /// Activate or deactivate the tool.
    SetTool(bool),
    /// Mark the note that starts at this step, or none.
    Mark(Option<u32>),
    /// Change a note. A melody that is not an edited one stays as it is: the edited one is added to the map.
    Edit(NoteEdit),
    /// Encode the edited melody, so that it has a place of its own on the map.
    Encode,
}
