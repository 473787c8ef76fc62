//! Landmarks of the map: the user's melodies that the model of the map has learnt from.

use std::path::PathBuf;
use std::sync::Arc;

use super::map_melodies::{MapMelodies, next_unique_number};
use crate::melody::{CloseMelody, Melody, MelodyIndex};
use crate::session::LearntMelodies;
use crate::worker::JobId;

/// The melodies that a model has learnt from, with an index to compare new melodies with them.
pub struct LearntIndex {
    /// The melodies.
    pub learnt: LearntMelodies,
    index: MelodyIndex,
}

impl LearntIndex {
    /// Indexes the melodies of a model.
    #[must_use]
    pub fn new(learnt: LearntMelodies) -> Self {
        let index = MelodyIndex::new(learnt.melodies.iter().map(|known| &known.melody));
        Self { learnt, index }
    }

    /// The melody that this one is too close to, and its name.
    pub(super) fn closest(&self, melody: &Melody) -> Option<(&str, CloseMelody)> {
        let close = self.index.closest(melody)?;
        let known = self.learnt.melodies.get(close.index)?;
        Some((known.name.as_str(), close))
    }
}

/// The melodies that the open model has learnt from, and their encoding for the map.
#[derive(Default)]
pub struct LandmarkState {
    /// The melodies that the open model has learnt from, once they are read; `None` if there are none.
    pub learnt: Option<Arc<LearntIndex>>,
    /// Hash and file of the model whose melodies were last requested.
    pub(in crate::ui) requested: Option<(String, Option<PathBuf>)>,
    /// The landmarks that are being encoded.
    pub(in crate::ui) running: Option<RunningLandmarks>,
    /// The sweep whose landmarks were last encoded, so that a failure is not repeated in each frame.
    pub(in crate::ui) attempted: Option<JobId>,
}

/// Landmarks that are being encoded.
pub struct RunningLandmarks {
    /// The job.
    pub job: JobId,
    /// The sweep of the map that they belong to.
    pub sweep: JobId,
    /// Their names.
    pub names: Vec<String>,
}

impl MapMelodies {
    /// Shows the landmarks, or hides them.
    pub fn show_landmarks(&mut self, shown: bool) {
        if self.hides_landmarks == shown {
            self.version = next_unique_number();
            self.hides_landmarks = !shown;
        }
    }

    /// Whether the landmarks are hidden.
    pub fn hides_landmarks(&self) -> bool {
        self.hides_landmarks
    }

    /// Number of landmarks, shown or hidden.
    pub fn landmark_count(&self) -> usize {
        let sets = self.generated_sets().filter(|(_, set)| set.is_landmarks);
        sets.map(|(_, set)| set.entries.len()).sum()
    }
}
