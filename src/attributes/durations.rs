//! Attributes of the durations of notes and rests.

use crate::melody::Melody;

/// Fraction of the steps at which nothing sounds; `None` for an empty melody.
///
/// The feature "Complete Rests Fraction" of jSymbolic (McKay, Cumming and Fujinaga, ISMIR 2018) for a melody of one voice.
#[must_use]
pub fn rests(melody: &Melody) -> Option<f64> {
    let silent = melody.steps() as f64 - f64::from(sounding_steps(melody));
    (!melody.is_empty()).then(|| silent / melody.steps() as f64)
}

/// Mean length of a note in sixteenth steps; `None` for an empty melody.
///
/// The feature "Average Note Duration" of jSymbolic, in sixteenths instead of seconds. A note sounds until the next one at the
/// latest, so (mean length) * (notes) = (steps) * (1 - rests).
#[must_use]
pub fn note_length(melody: &Melody) -> Option<f64> {
    let notes = melody.notes().len() as f64;
    (!melody.is_empty()).then(|| f64::from(sounding_steps(melody)) / notes)
}

/// Number of steps at which a note sounds.
fn sounding_steps(melody: &Melody) -> u32 {
    let notes = melody.notes().iter();
    notes.map(|note| note.end - note.start).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing::melody;

    #[test]
    fn rests_and_lengths_by_hand() {
        // A quarter, an eighth, a half note and a quarter of rest; then the same again without the rest: 28 of 32 steps sound.
        let tune = melody(
            &[
                (60, 0, 4),
                (62, 4, 6),
                (64, 6, 14),
                (60, 18, 22),
                (62, 22, 24),
                (64, 24, 32),
            ],
            32,
        );
        assert_eq!(rests(&tune), Some(4.0 / 32.0));
        assert_eq!(note_length(&tune), Some(28.0 / 6.0));
    }

    #[test]
    fn one_long_note_leaves_no_rest_and_a_short_one_nearly_only_rest() {
        let (long, short) = (melody(&[(60, 0, 32)], 32), melody(&[(60, 8, 9)], 32));
        assert_eq!((rests(&long), note_length(&long)), (Some(0.0), Some(32.0)));
        assert_eq!(
            (rests(&short), note_length(&short)),
            (Some(31.0 / 32.0), Some(1.0))
        );
    }

    #[test]
    fn an_empty_melody_has_neither() {
        for steps in [0, 32] {
            let silence = melody(&[], steps);
            assert_eq!((rests(&silence), note_length(&silence)), (None, None));
        }
    }
}
