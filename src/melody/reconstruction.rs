//! Accuracy of the reconstruction of a melody by a model.

use super::edit_distance::edit_distance;
use super::melody_type::{Melody, Note};
use super::tokens::{HOLD, NOTE_OFF};

/// A melody compared with its reconstruction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reconstruction {
    /// Fraction of steps with the same token, 0 to 1.
    pub tokens: f64,
    /// Fraction of the melody's note-ons that are the same, 0 to 1; 1 if it has none.
    pub onsets: f64,
    /// [`edit_distance`], in notes.
    pub distance: f64,
}

impl Reconstruction {
    /// Compares a melody with its reconstruction `found`.
    #[must_use]
    pub fn measure(melody: &Melody, found: &Melody) -> Self {
        let (mut right, mut onsets, mut right_onsets) = (0_usize, 0_usize, 0_usize);
        let found_tokens = found.tokens().as_slice();
        for (step, token) in melody.tokens().as_slice().iter().enumerate() {
            let same = found_tokens.get(step) == Some(token);
            right += usize::from(same);
            if *token != HOLD && *token != NOTE_OFF {
                onsets += 1;
                right_onsets += usize::from(same);
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
            tokens: fraction(right, melody.steps()),
            onsets: fraction(right_onsets, onsets),
            distance: edit_distance(melody, found),
        }
    }

    /// Notes of `found` whose onset or pitch differs from all notes of the melody.
    pub fn differing<'a>(melody: &'a Melody, found: &'a Melody) -> impl Iterator<Item = &'a Note> {
        found.notes().iter().filter(|note| {
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
    fn shares_and_differences_are_right_by_hand() {
        let melody_of = |ids: [u8; 8]| Melody::from_tokens(Tokens::new(ids.to_vec()).unwrap());
        let melody = melody_of([41, 0, 43, 0, 45, 0, 1, 0]);
        let found = melody_of([41, 0, 44, 0, 45, 0, 0, 0]);
        let measured = Reconstruction::measure(&melody, &found);
        assert_eq!(measured.tokens, 6.0 / 8.0);
        assert_eq!(measured.onsets, 2.0 / 3.0);
        assert_eq!(measured.distance, 0.5);
        let differing: Vec<u8> = Reconstruction::differing(&melody, &found)
            .map(|note| note.pitch)
            .collect();
        assert_eq!(differing, [63]);
        let silence = melody_of([0; 8]);
        assert_eq!(Reconstruction::measure(&silence, &silence).onsets, 1.0);
    }
}
