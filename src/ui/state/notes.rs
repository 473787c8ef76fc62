//! Editing the notes of the melody in the inspector.

/// The tool that edits notes.
#[derive(Clone, Debug, Default)]
pub struct NotesState {
    /// Whether it is active.
    pub editing: bool,
    /// Step at which the marked note starts. After an edit there may be no such note.
    pub marked_start: Option<u32>,
}

impl NotesState {
    /// Leaves the tool.
    pub(in crate::ui) fn stop_editing(&mut self) {
        *self = Self::default();
    }
}
