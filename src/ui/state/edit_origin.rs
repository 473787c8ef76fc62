//! Where an edited melody comes from.

use serde::{Deserialize, Serialize};

use super::app_state::AppState;
use crate::session::provenance;
use crate::sweep::MelodyId;
use crate::wording::counted;

/// The melody that another one was edited from. It need not be on the map any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditOrigin {
    /// Its name.
    pub name: String,
    /// Seed, place and weights, enough to decode it again.
    pub provenance: String,
    /// Number of edits since.
    pub edits: u32,
}

impl EditOrigin {
    /// The origin in words, for files: "edited from Region 3, centre (seed 7, region 3, centre, weights 0123456789ab, tunescape
    /// 0.1.0), 2 edits".
    pub fn text(&self) -> String {
        format!(
            "edited from {} ({}), {}",
            self.name,
            self.provenance,
            counted(self.edits as usize, "edit")
        )
    }
}

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
}
