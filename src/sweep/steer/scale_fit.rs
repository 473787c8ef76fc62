//! Notes outside a scale, and melodies moved into one.

use super::goals::SteerGoals;
use crate::attributes::{ATTRIBUTES, Attribute, ValueFormat};
use crate::melody::{Melody, Scale, transpose};

/// Semitones by which a melody is moved at most, down and up: all twelve keys once.
const SHIFT_SEMITONES: std::ops::RangeInclusive<i8> = -6..=5;

/// The same where a pitch is wanted: every key in the nearest two octaves up and down.
const WIDE_SHIFT_SEMITONES: std::ops::RangeInclusive<i8> = -24..=24;
/// Semitones above the tonic that a major scale leaves out.
const OUTSIDE_MAJOR_SCALE: [usize; 5] = [1, 3, 6, 8, 10];

/// Number of notes outside a scale.
pub(super) fn notes_outside_scale(scale: Scale, melody: &Melody) -> usize {
    let notes = melody.notes().iter();
    notes.filter(|note| !scale.contains(note.pitch)).count()
}

/// Number of notes outside the major scale that contains most of them. This covers all diatonic scales, which have the notes of a
/// major scale.
pub(super) fn notes_outside_best_scale(melody: &Melody) -> usize {
    // Counted once for all scales: a search asks this of every melody of the sweep.
    let mut class_counts = [0; 12];
    for note in melody.notes() {
        class_counts[usize::from(note.pitch % 12)] += 1;
    }
    let notes_outside = |tonic: usize| {
        OUTSIDE_MAJOR_SCALE
            .iter()
            .map(|step| class_counts[(tonic + step) % 12])
            .sum()
    };
    (0..12).map(notes_outside).min().unwrap_or(0)
}

/// The melody transposed by the smallest interval that leaves fewest notes outside the scale. If a pitch is wanted (such as the
/// highest note), the octave is the one that comes nearest to it.
pub(super) fn transpose_into_scale(scale: Scale, melody: Melody, goals: &SteerGoals) -> Melody {
    let pitch_goals: Vec<(&Attribute, f64)> = goals
        .target_values()
        .filter_map(|(index, value)| Some((ATTRIBUTES.get(index)?, value)))
        .filter(|(attribute, _)| attribute.value_format == ValueFormat::NoteName)
        .collect();
    let mut shifts: Vec<i8> = if pitch_goals.is_empty() {
        SHIFT_SEMITONES.collect()
    } else {
        WIDE_SHIFT_SEMITONES.collect()
    };
    shifts.sort_by_key(|shift| shift.unsigned_abs());
    let transposed = shifts
        .into_iter()
        .filter_map(|shift| transpose(melody.tokens(), shift).map(Melody::from_tokens));
    let cost = |transposed: &Melody| {
        let deviations = pitch_goals.iter().filter_map(|(attribute, target)| {
            let measured = (attribute.measure)(transposed)?;
            Some(((measured - target) / attribute.tolerance_in_files()).powi(2))
        });
        (
            notes_outside_scale(scale, transposed),
            deviations.sum::<f64>(),
        )
    };
    let costs = transposed.map(|transposed| (cost(&transposed), transposed));
    let nearest = costs.min_by(
        |((notes_outside, deviation), _), ((other_outside, other_deviation), _)| {
            notes_outside
                .cmp(other_outside)
                .then(deviation.total_cmp(other_deviation))
        },
    );
    nearest.map_or(melody, |(_, transposed)| transposed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attributes::attribute_index;
    use crate::melody::ScaleKind;
    use crate::melody::testing::{melody, notes_of};
    use proptest::prelude::*;

    #[test]
    fn a_tune_in_c_is_not_transposed_for_d_dorian_and_by_a_tone_for_d_major() {
        let tune = melody(&[(60, 0, 4), (64, 4, 8), (65, 8, 12), (71, 12, 16)], 32);
        assert_eq!(notes_outside_best_scale(&tune), 0);
        let dorian = Scale::new(2, ScaleKind::Dorian);
        assert_eq!(notes_outside_scale(dorian, &tune), 0);
        assert_eq!(
            transpose_into_scale(dorian, tune.clone(), &SteerGoals::free()),
            tune
        );
        let major = Scale::new(2, ScaleKind::Major);
        assert_eq!(notes_outside_scale(major, &tune), 2);
        let transposed = transpose_into_scale(major, tune, &SteerGoals::free());
        assert_eq!(notes_outside_scale(major, &transposed), 0);
        assert_eq!(notes_of(&transposed)[0], (62, 0, 4));
    }

    #[test]
    fn a_wanted_highest_note_decides_the_octave_and_the_scale_the_key() {
        let tune = melody(&[(60, 0, 4), (64, 4, 8), (65, 8, 12), (71, 12, 16)], 32);
        let highest = attribute_index("highest_note").unwrap_or_default();
        let transposed = |target: f64| {
            let goals = SteerGoals::wanted(highest, target);
            let transposed =
                transpose_into_scale(Scale::new(2, ScaleKind::Major), tune.clone(), &goals);
            notes_of(&transposed).iter().map(|note| note.0).max()
        };
        // The leading note of D major is C#: C#5 is 73, and the octaves above and below.
        assert_eq!(transposed(72.0), Some(73));
        assert_eq!(transposed(84.0), Some(85));
        assert_eq!(transposed(60.0), Some(61));
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
