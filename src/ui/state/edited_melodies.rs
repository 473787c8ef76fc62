//! Edited melodies: where each comes from, and whether the model can encode it.

use super::app_state::AppState;
use super::edit_origin::EditOrigin;
use super::generate::GenerationSource;
use crate::session::provenance;
use crate::sweep::MelodyId;

impl AppState {
    /// A melody of the map as the origin of one that is edited from it now.
    pub(in crate::ui) fn as_edit_origin(&self, id: MelodyId) -> EditOrigin {
        EditOrigin {
            name: self.title(id),
            provenance: provenance(id, self.seed(), self.weights_hash()),
            edits: 0,
        }
    }

    /// Where a melody of the map was edited from, in words; `None` if it was not edited.
    pub(in crate::ui) fn edit_origin_text(&self, id: MelodyId) -> Option<String> {
        let set = self.melodies.generated_set(id)?;
        let text = set.edit.as_ref()?.text();
        let is_reconstruction = self.generate.reconstructed && !set.versions.is_empty();
        Some(if is_reconstruction {
            format!("the model's reconstruction of a melody {text}")
        } else {
            text
        })
    }

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
            Some(info) if !info.has_encoder => Some(
                "This model has no encoder: it can decode melodies but not find their places on the map",
            ),
            Some(_) => None,
            None => Some("No model is open; open one first"),
        }
    }
}
