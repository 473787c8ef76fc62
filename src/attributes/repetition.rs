//! Repetition: how much of a bar equals the previous bar, at the same or at any pitch.

use crate::melody::{Melody, STEPS_PER_BAR};

/// Bit that marks a step at which a note starts; MIDI pitches are below it.
const ONSET_BIT: u8 = 0x80;
/// Value of a silent step: lower than any pitch of a melody.
const SILENCE: u8 = 0;
/// Relative pitch of the first pitch that sounds in a bar. Lower pitches stay above [`SILENCE`], as a melody's pitches differ by at
/// most 87.
const FIRST_RELATIVE_PITCH: u16 = 100;

/// Fraction of the steps after the first bar that equal the step one bar earlier: the same pitch starts, the same pitch is held,
/// or nothing sounds. 0 for a melody of one bar or less, `None` for an empty melody.
///
/// This is the grooving pattern similarity of two bars, the share of their positions at which both or neither have an onset
/// (S.-L. Wu and Y.-H. Yang, "The Jazz Transformer on the front line", ISMIR 2020), with the pitches compared too; in a
/// melody of several bars each bar is compared with the previous one. In a bar that repeats the previous one at another pitch
/// only the rests count; [`motif_repetition`] ignores transposition.
#[must_use]
pub fn repetition(melody: &Melody) -> Option<f64> {
    equal_fraction(melody, &pitch_steps(melody))
}

/// [`repetition`] of relative pitches, counted from the first pitch that sounds in their bar: a bar that repeats the previous one
/// at another pitch, interval by interval (a real sequence), is all repetition.
#[must_use]
pub fn motif_repetition(melody: &Melody) -> Option<f64> {
    let mut relative = Vec::new();
    for bar in pitch_steps(melody).chunks(STEPS_PER_BAR) {
        let first_sounding = bar.iter().find(|step| **step != SILENCE);
        let first_pitch = u16::from(first_sounding.map_or(0, |step| step & !ONSET_BIT));
        relative.extend(bar.iter().map(|step| match *step {
            SILENCE => (0, false),
            step => (
                FIRST_RELATIVE_PITCH + u16::from(step & !ONSET_BIT) - first_pitch,
                step & ONSET_BIT != 0,
            ),
        }));
    }
    equal_fraction(melody, &relative)
}

/// The pitch that sounds at each step, with [`ONSET_BIT`] where it starts.
fn pitch_steps(melody: &Melody) -> Vec<u8> {
    let mut steps = vec![SILENCE; melody.steps()];
    for note in melody.notes() {
        let (start, end) = (note.start as usize, note.end as usize);
        if let Some(note_steps) = steps.get_mut(start..end) {
            note_steps.fill(note.pitch);
        }
        if let Some(onset) = steps.get_mut(start) {
            *onset |= ONSET_BIT;
        }
    }
    steps
}

/// Fraction of the steps after the first bar that are equal to those one bar before; `None` for an empty melody.
fn equal_fraction<T: PartialEq>(melody: &Melody, steps: &[T]) -> Option<f64> {
    if melody.is_empty() {
        return None;
    }
    let later_steps = steps.get(STEPS_PER_BAR..).unwrap_or_default();
    let equal_steps = later_steps
        .iter()
        .zip(steps)
        .filter(|(step, earlier)| step == earlier);
    Some(equal_steps.count() as f64 / later_steps.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::melody::testing::melody;

    type Notes = Vec<(u8, u32, u32)>;

    /// Quarters of these pitches, each sounding for three sixteenths.
    fn quarters(pitches: &[u8]) -> Melody {
        let starts = (0..).step_by(4).zip(pitches);
        let notes: Notes = starts
            .map(|(start, pitch)| (*pitch, start, start + 3))
            .collect();
        melody(&notes, 32)
    }

    #[test]
    fn a_bar_played_twice_is_all_repetition() {
        let twice = quarters(&[60, 62, 64, 65, 60, 62, 64, 65]);
        assert_eq!(repetition(&twice), Some(1.0));
    }

    #[test]
    fn a_changed_note_counts_by_its_steps_and_equal_rests_count() {
        // One quarter of four differs: its three sounding steps of sixteen; the rest after it is the same.
        let changed = quarters(&[60, 62, 64, 65, 60, 62, 64, 67]);
        assert_eq!(repetition(&changed), Some(13.0 / 16.0));
        // A tone higher throughout: only the four rests of a sixteenth are the same.
        let sequence = quarters(&[60, 62, 64, 65, 62, 64, 66, 67]);
        assert_eq!(repetition(&sequence), Some(4.0 / 16.0));
    }

    #[test]
    fn a_motif_is_repeated_at_any_pitch_by_the_same_intervals() {
        let first = [60, 62, 64, 65];
        let repeated_steps = |second: [u8; 4]| {
            let melody = quarters(&[&first[..], &second].concat());
            motif_repetition(&melody).map(|fraction| fraction * 16.0)
        };
        assert_eq!(repeated_steps(first), Some(16.0));
        assert_eq!(repeated_steps([67, 69, 71, 72]), Some(16.0));
        assert_eq!(repeated_steps([38, 40, 42, 43]), Some(16.0));
        // From D the third step is a semitone in the same scale: its three steps differ.
        assert_eq!(repeated_steps([62, 64, 65, 67]), Some(13.0));
        // With falling intervals only the first note and the rests are equal.
        assert_eq!(repeated_steps([60, 58, 56, 55]), Some(7.0));
        // The widest intervals that a melody has.
        assert_eq!(
            motif_repetition(&quarters(&[108, 21, 108, 21, 21, 108, 21, 108])),
            Some(10.0 / 16.0)
        );
    }

    #[test]
    fn a_repeated_note_differs_from_a_held_one() {
        let held = melody(&[(60, 0, 8), (60, 16, 20), (60, 20, 24)], 32);
        // Only step 20 differs, where the second bar starts the note again.
        assert_eq!(repetition(&held), Some(15.0 / 16.0));
    }

    #[test]
    fn with_the_pitches_left_out_it_would_be_the_grooving_pattern_similarity() {
        // Onsets of one-step notes of one pitch: bars 1010... and 1001 0010... differ at three positions of sixteen.
        let notes: Notes = [0, 2, 8, 16, 19, 22, 24].map(|s| (60, s, s + 1)).to_vec();
        assert_eq!(repetition(&melody(&notes, 32)), Some(13.0 / 16.0));
    }

    #[test]
    fn each_bar_is_compared_with_the_previous_one_and_a_single_bar_has_no_repetition() {
        let bar = |start: u32, pitch: u8| (pitch, start, start + 16);
        // A A B: the second bar is like the first, the third shares no step with the second.
        let three = melody(&[bar(0, 60), bar(16, 60), bar(32, 62)], 48);
        assert_eq!(repetition(&three), Some(0.5));
        assert_eq!(repetition(&melody(&[bar(0, 60)], 16)), Some(0.0));
        assert_eq!(repetition(&melody(&[], 32)), None);
        // Interval by interval all three are the same: one long note.
        assert_eq!(motif_repetition(&three), Some(1.0));
        assert_eq!(motif_repetition(&melody(&[bar(0, 60)], 16)), Some(0.0));
        assert_eq!(motif_repetition(&melody(&[], 32)), None);
    }
}
