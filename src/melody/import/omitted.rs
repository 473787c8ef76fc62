//! Counts the notes of a file that are in no excerpt, by reason.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::wording::{count_with_noun, singular_or_plural};

/// Why a note is in no excerpt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OmissionReason {
    /// On the drum channel of General MIDI. Counted for whole songs only.
    Drums,
    /// In another part of the song. Counted for whole songs only.
    OtherPart,
    /// Accompaniment or another voice below or between the notes of the melody.
    OtherVoice,
    /// Same pitch and sixteenth as a note of the melody.
    Duplicate,
    /// Before or after a note of the melody on the same sixteenth: faster than the grid.
    FasterThanGrid,
    /// Outside the 88 keys of a piano, the range of the models.
    OutsideKeyboard,
    /// In bars of another metre than four quarters, where excerpts of these only are cut.
    OutsideMetre,
    /// Only in excerpts with too few notes or too long a silence for training.
    SparseWindow,
    /// Only in excerpts after the last one that is listed.
    #[serde(rename = "behind_last_window")]
    AfterLastExcerpt,
}

impl OmissionReason {
    /// `count` with the reason as a phrase.
    fn phrase(self, count: usize) -> String {
        let phrase = match self {
            Self::Drums => "of drums",
            Self::OtherPart => "in other parts",
            Self::OtherVoice => "in other voices than the melody",
            Self::Duplicate => "doubled",
            Self::FasterThanGrid => {
                "faster than sixteenths, which are the shortest that the model knows"
            }
            Self::OutsideKeyboard => "outside the piano's 88 keys",
            Self::OutsideMetre => "in bars that do not have four quarters",
            Self::SparseWindow => "where there is too little to learn from",
            Self::AfterLastExcerpt => "behind the last excerpt that is listed",
        };
        format!("{count} {phrase}")
    }
}

/// Numbers of notes kept and omitted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct NoteCount {
    /// Notes that are in at least one excerpt.
    pub kept: usize,
    /// The others, by reason.
    #[serde(rename = "dropped")]
    pub omitted: BTreeMap<OmissionReason, usize>,
}

impl NoteCount {
    /// Counts a note that is in no excerpt.
    pub(super) fn omit(&mut self, reason: OmissionReason) {
        self.omit_several(reason, 1);
    }

    /// Counts several notes that are in no excerpt.
    pub(super) fn omit_several(&mut self, reason: OmissionReason, notes: usize) {
        if notes > 0 {
            *self.omitted.entry(reason).or_default() += notes;
        }
    }

    /// Total number of notes, kept and omitted.
    #[must_use]
    pub fn total(&self) -> usize {
        self.kept + self.omitted.values().sum::<usize>()
    }

    /// Adds the notes of another song.
    pub fn add(&mut self, other: &Self) {
        self.kept += other.kept;
        for (reason, notes) in &other.omitted {
            self.omit_several(*reason, *notes);
        }
    }

    /// A message for users about the omitted notes; `None` if there are none.
    #[must_use]
    pub fn user_message(&self) -> Option<String> {
        let omitted_count = self.total() - self.kept;
        let reasons: Vec<String> = self
            .omitted
            .iter()
            .map(|(reason, notes)| reason.phrase(*notes))
            .collect();
        (omitted_count > 0).then(|| {
            format!(
                "of {} {omitted_count} {} left out: {}",
                count_with_noun(self.total(), "note"),
                singular_or_plural(omitted_count, "is", "are"),
                reasons.join(", ")
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_reported_with_its_number() {
        let mut notes = NoteCount {
            kept: 7,
            ..NoteCount::default()
        };
        assert_eq!(notes.user_message(), None);
        notes.omit(OmissionReason::OutsideKeyboard);
        assert_eq!(
            notes.user_message().as_deref(),
            Some("of 8 notes 1 is left out: 1 outside the piano's 88 keys")
        );
        notes.omit_several(OmissionReason::OtherVoice, 4);
        assert_eq!(
            notes.user_message().as_deref(),
            Some(
                "of 12 notes 5 are left out: 4 in other voices than the melody, 1 outside the piano's 88 keys"
            )
        );
        assert_eq!(notes.total(), 12);
    }
}
