//! Where an edited melody comes from.

use serde::{Deserialize, Serialize};

use crate::wording::count_with_noun;

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
            count_with_noun(self.edits as usize, "edit")
        )
    }
}
