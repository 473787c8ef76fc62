//! Editing the notes of the melody in the inspector.

use super::app_state::AppState;
use super::generate::GenerationSource;
use crate::sweep::MelodyId;

/// The tool that edits notes.
#[derive(Clone, Debug, Default)]
pub struct NotesState {
    /// Whether it is active.
    pub editing: bool,
    /// Step at which the marked note starts. No note may start there any more.
    pub marked: Option<u32>,
}

impl NotesState {
    /// Leaves the tool.
    pub(in crate::ui) fn end(&mut self) {
        *self = Self::default();
    }
}

impl AppState {
    /// Whether this edited melody is being encoded.
    pub fn encodes(&self, id: MelodyId) -> bool {
        let mut running = self.generate.running.iter();
        running.any(|running| running.source == GenerationSource::Encode(id))
    }

    /// Why the model cannot encode a melody of the map now, for the user; `None` if it can.
    pub fn encode_obstacle(&self) -> Option<&'static str> {
        match self.model.info() {
            Some(_) if !self.can_decode() => {
                Some("This map is of another model than the one that is open; open its model first")
            }
            Some(info) if !info.encodes => Some(
                "This model has no encoder: it can decode melodies but not find their places on the map",
            ),
            Some(_) => None,
            None => Some("No model is open; open one first"),
        }
    }
}
