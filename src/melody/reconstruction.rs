//! Accuracy of the reconstruction of a melody by a model.

use super::edit_distance::edit_distance;
use super::melody_type::{Melody, Note};
use super::tokens::{HOLD, NOTE_OFF};

/// A melody compared with its reconstruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconstruction {
    /// Fraction of steps with the same token, 0 to 1.
    pub token_accuracy: f64,
    /// Fraction of the melody's note-ons that are the same, 0 to 1; 1 if it has none.
    pub onset_accuracy: f64,
    /// [`edit_distance`], in notes.
    pub distance: f64,
}

impl Reconstruction {
    /// Compares a melody with its reconstruction.
    #[must_use]
    pub fn measure(melody: &Melody, reconstruction: &Melody) -> Self {
        let (mut same_tokens, mut onsets, mut same_onsets) = (0_usize, 0_usize, 0_usize);
        let reconstructed_tokens = reconstruction.tokens().as_slice();
        for (step, token) in melody.tokens().as_slice().iter().enumerate() {
            let is_same = reconstructed_tokens.get(step) == Some(token);
            same_tokens += usize::from(is_same);
            if *token != HOLD && *token != NOTE_OFF {
                onsets += 1;
                same_onsets += usize::from(is_same);
            }
        }
        let fraction = |part: usize, whole: usize| {
            if whole == 0 {
                1.0
            } else {
                part as f64 / whole as f64
            }
        };
        Self {
            token_accuracy: fraction(same_tokens, melody.steps()),
            onset_accuracy: fraction(same_onsets, onsets),
            distance: edit_distance(melody, reconstruction),
        }
    }

    /// Notes of `reconstruction` whose onset or pitch differs from all notes of the melody.
    pub fn differing_notes<'a>(
        melody: &'a Melody,
        reconstruction: &'a Melody,
    ) -> impl Iterator<Item = &'a Note> {
        reconstruction.notes().iter().filter(|note| {
            !melody
                .notes()
                .iter()
                .any(|other| (other.pitch, other.start) == (note.pitch, note.start))
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Tokens;

    #[test]
    fn fractions_and_differing_notes_are_those_counted_by_hand() {
        let melody_of = |ids: [u8; 8]| Melody::from_tokens(Tokens::new(ids.to_vec()).unwrap());
        let melody = melody_of([41, 0, 43, 0, 45, 0, 1, 0]);
        let reconstruction = melody_of([41, 0, 44, 0, 45, 0, 0, 0]);
        let measured = Reconstruction::measure(&melody, &reconstruction);
        assert_eq!(measured.token_accuracy, 6.0 / 8.0);
        assert_eq!(measured.onset_accuracy, 2.0 / 3.0);
        assert_eq!(measured.distance, 0.5);
        let differing_notes: Vec<u8> = Reconstruction::differing_notes(&melody, &reconstruction)
            .map(|note| note.pitch)
            .collect();
        assert_eq!(differing_notes, [63]);
        let silence = melody_of([0; 8]);
        assert_eq!(
            Reconstruction::measure(&silence, &silence).onset_accuracy,
            1.0
        );
    }
}
