//! Attributes of a melody's pitches. Differences are fractions of the piano's 88 keys, pitches are MIDI pitches.

use crate::melody::{HIGHEST_PITCH, LOWEST_PITCH, Melody};

/// Number of keys of a piano, which is the number of pitches with a token.
pub(super) const PIANO_KEYS: f64 = (HIGHEST_PITCH - LOWEST_PITCH + 1) as f64;

/// (highest pitch - lowest pitch) / 88; `None` for an empty melody.
#[must_use]
pub fn pitch_range(melody: &Melody) -> Option<f64> {
    let pitches = || melody.notes().iter().map(|note| note.pitch);
    Some(f64::from(pitches().max()? - pitches().min()?) / PIANO_KEYS)
}

/// Sum of |p(k+1) - p(k)| / 88 over neighbouring notes; 0 for a single note, `None` for an empty melody.
#[must_use]
pub fn contour(melody: &Melody) -> Option<f64> {
    let notes = melody.notes();
    let semitones: u32 = notes
        .windows(2)
        .map(|pair| u32::from(pair[0].pitch.abs_diff(pair[1].pitch)))
        .sum();
    (!melody.is_empty()).then(|| f64::from(semitones) / PIANO_KEYS)
}

/// (last pitch - first pitch) / 88; `None` for an empty melody.
#[must_use]
pub fn signed_contour(melody: &Melody) -> Option<f64> {
    let (first, last) = (melody.notes().first()?, melody.notes().last()?);
    Some((f64::from(last.pitch) - f64::from(first.pitch)) / PIANO_KEYS)
}

/// MIDI pitch of the highest note, 60 for middle C; `None` for an empty melody.
///
/// The lowest and highest pitch are the features "Lowest Pitch" and "Highest Pitch" of jSymbolic (McKay, Cumming and Fujinaga,
/// "jSymbolic 2.2: Extracting features from symbolic music for use in musicological and MIR research", ISMIR 2018).
#[must_use]
pub fn highest_note(melody: &Melody) -> Option<f64> {
    let pitches = melody.notes().iter().map(|note| note.pitch);
    pitches.max().map(f64::from)
}

/// MIDI pitch of the lowest note; `None` for an empty melody.
#[must_use]
pub fn lowest_note(melody: &Melody) -> Option<f64> {
    let pitches = melody.notes().iter().map(|note| note.pitch);
    pitches.min().map(f64::from)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Tokens;

    /// 32 steps with a note of each pitch on the beats.
    fn melody_on_beats(pitches: &[u8]) -> Melody {
        let mut ids = vec![0; 32];
        for (k, pitch) in pitches.iter().enumerate() {
            ids[4 * k] = pitch - 19;
        }
        Melody::from_tokens(Tokens::new(ids).unwrap())
    }

    #[test]
    fn range_and_contours_of_a_small_tune() {
        // C E G F C': 4 + 3 + 2 + 7 semitones travelled, an octave from lowest to highest and from first to last.
        let tune = melody_on_beats(&[60, 64, 67, 65, 72]);
        assert_eq!(pitch_range(&tune), Some(12.0 / 88.0));
        assert_eq!(contour(&tune), Some(16.0 / 88.0));
        assert_eq!(signed_contour(&tune), Some(12.0 / 88.0));
        // C5 and C4.
        assert_eq!(highest_note(&tune), Some(72.0));
        assert_eq!(lowest_note(&tune), Some(60.0));
    }

    #[test]
    fn a_tune_that_ends_lower_than_it_began_has_a_negative_rise() {
        let tune = melody_on_beats(&[72, 76, 65]);
        assert_eq!(pitch_range(&tune), Some(11.0 / 88.0));
        assert_eq!(contour(&tune), Some(15.0 / 88.0));
        assert_eq!(signed_contour(&tune), Some(-7.0 / 88.0));
        assert_eq!(
            (highest_note(&tune), lowest_note(&tune)),
            (Some(76.0), Some(65.0))
        );
    }

    #[test]
    fn a_single_note_has_no_range_but_is_not_empty() {
        let note = melody_on_beats(&[60]);
        assert_eq!(
            (pitch_range(&note), contour(&note), signed_contour(&note)),
            (Some(0.0), Some(0.0), Some(0.0))
        );
    }

    #[test]
    fn an_empty_melody_has_no_pitch_attributes() {
        let silence = melody_on_beats(&[]);
        assert_eq!(
            (
                pitch_range(&silence),
                contour(&silence),
                signed_contour(&silence)
            ),
            (None, None, None)
        );
        assert_eq!(
            (highest_note(&silence), lowest_note(&silence)),
            (None, None)
        );
    }
}
