//! Notes outside a scale, and melodies moved into one.

use super::goals::SteerGoals;
use crate::attributes::{ATTRIBUTES, Attribute, Notation};
use crate::melody::{Melody, Scale, transpose};

/// Semitones by which a melody is moved at most, down and up: all twelve keys once.
const SHIFTS: std::ops::RangeInclusive<i8> = -6..=5;

/// The same where a pitch is wanted: every key in the octaves around.
const WIDE_SHIFTS: std::ops::RangeInclusive<i8> = -24..=24;
/// Semitones above the tonic that a major scale leaves out.
const NOT_MAJOR: [usize; 5] = [1, 3, 6, 8, 10];

/// Number of notes outside a scale.
pub(super) fn notes_outside_scale(scale: Scale, melody: &Melody) -> usize {
    let notes = melody.notes().iter();
    notes.filter(|note| !scale.contains(note.pitch)).count()
}

/// Number of notes outside the major scale that has most of them: of all diatonic scales, as the others have the same notes.
pub(super) fn notes_outside_best_scale(melody: &Melody) -> usize {
    // Counted once for all scales: a search asks this of every melody of the sweep.
    let mut classes = [0; 12];
    for note in melody.notes() {
        classes[usize::from(note.pitch % 12)] += 1;
    }
    let outside = |tonic: usize| {
        NOT_MAJOR
            .iter()
            .map(|step| classes[(tonic + step) % 12])
            .sum()
    };
    (0..12).map(outside).min().unwrap_or(0)
}

/// The melody transposed to where fewest of its notes are outside the scale, by the smallest interval; where a pitch is wanted,
/// as its highest or lowest note, in the octave that comes nearest to it.
pub(super) fn moved_into(scale: Scale, melody: Melody, goals: &SteerGoals) -> Melody {
    let pitches: Vec<(&Attribute, f64)> = goals
        .wanted_values()
        .filter_map(|(index, value)| Some((ATTRIBUTES.get(index)?, value)))
        .filter(|(attribute, _)| attribute.notation == Notation::NoteName)
        .collect();
    let mut shifts: Vec<i8> = if pitches.is_empty() {
        SHIFTS.collect()
    } else {
        WIDE_SHIFTS.collect()
    };
    shifts.sort_by_key(|shift| shift.unsigned_abs());
    let moved = shifts
        .into_iter()
        .filter_map(|shift| transpose(melody.tokens(), shift).map(Melody::from_tokens));
    let cost = |moved: &Melody| {
        let misses = pitches.iter().filter_map(|(attribute, wanted)| {
            let found = (attribute.measure)(moved)?;
            Some(((found - wanted) / attribute.tolerance_in_files()).powi(2))
        });
        (notes_outside_scale(scale, moved), misses.sum::<f64>())
    };
    let costs = moved.map(|moved| (cost(&moved), moved));
    let nearest = costs.min_by(|((outside, miss), _), ((other_outside, other_miss), _)| {
        outside.cmp(other_outside).then(miss.total_cmp(other_miss))
    });
    nearest.map_or(melody, |(_, moved)| moved)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::ScaleKind;
    use crate::melody::testing::{melody, notes_of};
    use proptest::prelude::*;

    #[test]
    fn a_tune_in_c_is_moved_to_d_dorian_by_nothing_and_to_d_major_by_a_tone() {
        let tune = melody(&[(60, 0, 4), (64, 4, 8), (65, 8, 12), (71, 12, 16)], 32);
        assert_eq!(notes_outside_best_scale(&tune), 0);
        let dorian = Scale::new(2, ScaleKind::Dorian);
        assert_eq!(notes_outside_scale(dorian, &tune), 0);
        assert_eq!(moved_into(dorian, tune.clone(), &SteerGoals::free()), tune);
        let major = Scale::new(2, ScaleKind::Major);
        assert_eq!(notes_outside_scale(major, &tune), 2);
        let moved = moved_into(major, tune, &SteerGoals::free());
        assert_eq!(notes_outside_scale(major, &moved), 0);
        assert_eq!(notes_of(&moved)[0], (62, 0, 4));
    }

    #[test]
    fn a_wanted_highest_note_decides_the_octave_and_the_scale_the_key() {
        let tune = melody(&[(60, 0, 4), (64, 4, 8), (65, 8, 12), (71, 12, 16)], 32);
        let highest = attribute_index("highest_note").unwrap_or_default();
        let moved = |wanted: f64| {
            let goals = SteerGoals::wanted(highest, wanted);
            let moved = moved_into(Scale::new(2, ScaleKind::Major), tune.clone(), &goals);
            notes_of(&moved).iter().map(|note| note.0).max()
        };
        // The leading note of D major is C#: C#5 is 73, and the octaves above and below.
        assert_eq!(moved(72.0), Some(73));
        assert_eq!(moved(84.0), Some(85));
        assert_eq!(moved(60.0), Some(61));
    }

    #[test]
    fn a_chromatic_run_is_outside_every_scale() {
        let run: Vec<(u8, u32, u32)> = (0..12_u32).map(|k| (60 + k as u8, k, k + 1)).collect();
        assert_eq!(notes_outside_best_scale(&melody(&run, 32)), 5);
    }

    proptest! {
        #[test]
        fn the_best_of_all_major_scales_is_found(pitches in prop::collection::vec(21_u8..=108, 0..16)) {
            let notes: Vec<(u8, u32, u32)> = pitches.iter().zip(0..).map(|(p, k)| (*p, 2 * k, 2 * k + 1)).collect();
            let tune = melody(&notes, 32);
            let scales = (0..12).map(|tonic| Scale::new(tonic, ScaleKind::Major));
            let best = scales.map(|scale| notes_outside_scale(scale, &tune)).min();
            prop_assert_eq!(Some(notes_outside_best_scale(&tune)), best);
        }
    }
}
