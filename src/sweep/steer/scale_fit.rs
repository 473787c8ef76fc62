//! Notes outside a scale, and melodies moved into one.

use crate::melody::{Melody, Scale, ScaleKind, transpose};

/// Semitones by which a melody is moved at most, down and up: all twelve keys once.
const SHIFTS: std::ops::RangeInclusive<i8> = -6..=5;

/// Number of notes outside a scale.
pub(super) fn notes_outside(scale: Scale, melody: &Melody) -> usize {
    let notes = melody.notes().iter();
    notes.filter(|note| !scale.contains(note.pitch)).count()
}

/// Number of notes outside the major scale that has most of them: of all diatonic scales, as the others have the same notes.
pub(super) fn notes_outside_any(melody: &Melody) -> usize {
    let scales = (0..12).map(|tonic| Scale::new(tonic, ScaleKind::Major));
    scales
        .map(|scale| notes_outside(scale, melody))
        .min()
        .unwrap_or(0)
}

/// The melody transposed to where fewest of its notes are outside the scale, by the smallest interval.
pub(super) fn moved_into(scale: Scale, melody: Melody) -> Melody {
    let mut shifts: Vec<i8> = SHIFTS.collect();
    shifts.sort_by_key(|shift| shift.unsigned_abs());
    let moved = shifts
        .into_iter()
        .filter_map(|shift| transpose(melody.tokens(), shift).map(Melody::from_tokens));
    let nearest = moved.min_by_key(|moved| notes_outside(scale, moved));
    nearest.unwrap_or(melody)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing::{melody, notes_of};

    #[test]
    fn a_tune_in_c_is_moved_to_d_dorian_by_nothing_and_to_d_major_by_a_tone() {
        let tune = melody(&[(60, 0, 4), (64, 4, 8), (65, 8, 12), (71, 12, 16)], 32);
        assert_eq!(notes_outside_any(&tune), 0);
        let dorian = Scale::new(2, ScaleKind::Dorian);
        assert_eq!(notes_outside(dorian, &tune), 0);
        assert_eq!(moved_into(dorian, tune.clone()), tune);
        let major = Scale::new(2, ScaleKind::Major);
        assert_eq!(notes_outside(major, &tune), 2);
        let moved = moved_into(major, tune);
        assert_eq!(notes_outside(major, &moved), 0);
        assert_eq!(notes_of(&moved)[0], (62, 0, 4));
    }

    #[test]
    fn a_chromatic_run_is_outside_every_scale() {
        let run: Vec<(u8, u32, u32)> = (0..12_u32).map(|k| (60 + k as u8, k, k + 1)).collect();
        assert_eq!(notes_outside_any(&melody(&run, 32)), 5);
    }
}
