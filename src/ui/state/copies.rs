//! Whether a melody is a copy: of one of the user's, or of one that the model was trained on.

use std::sync::Arc;

use super::app_state::AppState;
use super::kept_entry::KeptEntry;
use crate::melody::{CommonRun, Melody, longest_common_run};
use crate::model::MelodyFilter;
use crate::sweep::{GenerateMethod, MelodyEntry, MelodyId};

/// What a melody is a copy of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MelodyCopy {
    /// Of one of the user's melodies, at least in a long run of notes.
    Close {
        /// Name of the user's melody.
        name: String,
        /// The notes in a row that are the same.
        run: CommonRun,
    },
    /// Of one that the model was trained on, as a whole and up to transposition. One in 120 is marked wrongly.
    Training,
}

impl MelodyCopy {
    /// What the user has to know of the copy, as the rest of a sentence on a melody: "close to tune, bars 1–2: 11 of 14 notes in a row
    /// are the same".
    #[must_use]
    pub fn text(&self) -> String {
        match self {
            Self::Close { name, run } if run.notes == run.of => {
                format!("close to {name}: all {} notes are the same", run.of)
            }
            Self::Close { name, run } => format!(
                "close to {name}: {} of {} notes in a row are the same",
                run.notes, run.of
            ),
            Self::Training => {
                "equal to a training melody up to transposition; about 1 in 120 is marked wrongly"
                    .to_owned()
            }
        }
    }
}

/// Result of comparing a melody of the map with the known ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CopyCheck {
    /// It is not compared: it is the user's own, or there is nothing to compare it with.
    None,
    /// It is like none of the melodies that are known.
    NoCopy,
    /// It is a copy.
    Copy(MelodyCopy),
}

impl AppState {
    /// Compares a melody of the map with the user's and the model's training melodies.
    pub fn copy_check(&self, entry: &MelodyEntry) -> CopyCheck {
        let versions = self.melodies.imported_versions(entry.id);
        let is_own = versions.is_some_and(|versions| versions.original.0 == entry.melody);
        if is_own || (!self.knows_own_melodies() && self.training_filters().next().is_none()) {
            return CopyCheck::None;
        }
        self.copy_of(&entry.melody)
            .map_or(CopyCheck::NoCopy, CopyCheck::Copy)
    }

    /// What a kept melody is a copy of. An imported one is the user's own, if it is the same as one of the user's.
    pub(in crate::ui) fn copy_of_kept(&self, kept: &KeptEntry) -> Option<MelodyCopy> {
        self.copy_of_stored(kept.stored.identity.id, &kept.melody)
    }

    /// What a melody that was stored under this id is a copy of.
    pub(in crate::ui) fn copy_of_stored(
        &self,
        id: MelodyId,
        melody: &Melody,
    ) -> Option<MelodyCopy> {
        let is_imported =
            matches!(id, MelodyId::Generated { method, .. } if method == GenerateMethod::Imported);
        self.copy_of(melody).filter(|copy| match copy {
            MelodyCopy::Close { run, .. } => !(is_imported && run.notes == run.of),
            MelodyCopy::Training => true,
        })
    }

    /// Whether there are melodies of the user to compare with.
    pub fn knows_own_melodies(&self) -> bool {
        self.landmarks.learnt.is_some() || self.own_on_map().next().is_some()
    }

    /// Names and originals of the user's melodies on the shown map; landmarks that are among those of the open model are left out.
    fn own_on_map(&self) -> impl Iterator<Item = (&str, &Arc<Melody>)> {
        let learnt = self.landmarks.learnt.as_ref();
        let learnt_hash = learnt.map(|known| known.learnt.weights_hash.as_str());
        let sets = self.melodies.generated_sets();
        sets.filter(move |(_, set)| {
            !(set.is_landmarks && learnt_hash == Some(set.weights_hash.as_str()))
        })
        .flat_map(|(_, set)| set.names.iter().zip(&set.versions))
        .map(|(name, versions)| (name.as_str(), &versions.original.0))
    }

    /// The training melodies of the shown map's model, and of the one that it started from.
    fn training_filters(&self) -> impl Iterator<Item = &'static MelodyFilter> {
        let learnt = self.landmarks.learnt.as_ref();
        let start = learnt.map(|known| known.learnt.start_weights_hash.as_str());
        [Some(self.weights_hash()), start]
            .into_iter()
            .flatten()
            .filter_map(MelodyFilter::for_weights_hash)
    }

    fn copy_of(&self, melody: &Melody) -> Option<MelodyCopy> {
        let learnt = self.landmarks.learnt.as_ref();
        let mut closest = learnt
            .and_then(|known| known.closest(melody))
            .map(|(name, close)| (name, close.run));
        for (name, own) in self.own_on_map() {
            let run = longest_common_run(melody, own);
            if run.is_close() && closest.is_none_or(|(_, longest)| run.notes > longest.notes) {
                closest = Some((name, run));
            }
        }
        if let Some((name, run)) = closest {
            let name = name.to_owned();
            return Some(MelodyCopy::Close { name, run });
        }
        // Of a single note any other is a transposition.
        let has_notes = melody.notes().len() >= 2;
        let mut filters = self.training_filters();
        (has_notes && filters.any(|filter| filter.contains(melody.tokens())))
            .then_some(MelodyCopy::Training)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_counts_the_notes() {
        let close = |notes, of| MelodyCopy::Close {
            name: "up, bars 1–2".to_owned(),
            run: CommonRun { notes, of },
        };
        assert_eq!(
            close(11, 14).text(),
            "close to up, bars 1–2: 11 of 14 notes in a row are the same"
        );
        assert_eq!(
            close(8, 8).text(),
            "close to up, bars 1–2: all 8 notes are the same"
        );
    }
}
