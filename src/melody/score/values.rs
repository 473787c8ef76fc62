//! Durations as tied note values, divided where the beats of a 4/4 bar stay visible.

use crate::melody::tokens::STEPS_PER_BAR;

/// A note value: its name in MusicXML, and whether it has a dot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NoteValue {
    /// Length in sixteenths.
    pub steps: u32,
    pub name: &'static str,
    pub is_dotted: bool,
}

/// Values that a sixteenth grid needs, longest first.
const NOTE_VALUES: [NoteValue; 8] = [
    value(16, "whole", false),
    value(12, "half", true),
    value(8, "half", false),
    value(6, "quarter", true),
    value(4, "quarter", false),
    value(3, "eighth", true),
    value(2, "eighth", false),
    value(1, "16th", false),
];

const fn value(steps: u32, name: &'static str, is_dotted: bool) -> NoteValue {
    NoteValue {
        steps,
        name,
        is_dotted,
    }
}

impl NoteValue {
    /// Whether a note of this value may begin at step `step` of a bar: on a multiple of its own length, on a multiple of half its
    /// length as a plain syncopation, or dotted where it leaves the beats visible.
    fn may_begin_at(self, step: u32) -> bool {
        match self.steps {
            16 => step == 0,
            12 => step == 0 || step == 4,
            8 => step.is_multiple_of(4),
            6 => step.is_multiple_of(4) || step % 8 == 2,
            4 => step.is_multiple_of(2),
            3 => step.is_multiple_of(4) || step % 4 == 1,
            2 => step % 4 != 3,
            _ => true,
        }
    }
}

/// The values of a note or rest from `start` to `end`, in sixteenths within one bar, to be tied in this order.
pub(super) fn note_values(start: u32, end: u32) -> Vec<NoteValue> {
    let end = end.min(STEPS_PER_BAR as u32);
    let (mut step, mut values) = (start, Vec::new());
    while step < end {
        let fits = |value: &&NoteValue| value.steps <= end - step && value.may_begin_at(step);
        // A sixteenth always fits.
        let Some(value) = NOTE_VALUES.iter().find(fits) else {
            break;
        };
        values.push(*value);
        step += value.steps;
    }
    values
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_duration_is_divided_without_a_rest_and_where_the_beats_are_visible() {
        for start in 0..16 {
            for end in start + 1..=16 {
                let values = note_values(start, end);
                let sum: u32 = values.iter().map(|value| value.steps).sum();
                assert_eq!(sum, end - start);
                assert!(values.len() <= 4, "{start} to {end}: {values:?}");
            }
        }
        let steps = |start, end| -> Vec<u32> {
            let values = note_values(start, end).into_iter();
            values.map(|value| value.steps).collect()
        };
        // As a textbook writes them: whole, dotted half, dotted quarter on the beat, syncopated eighth and quarter.
        assert_eq!(steps(0, 16), [16]);
        assert_eq!(steps(4, 16), [12]);
        assert_eq!(steps(0, 6), [6]);
        assert_eq!(steps(1, 3), [2]);
        assert_eq!(steps(2, 6), [4]);
        // Five sixteenths from a beat are a quarter and a sixteenth; from the third sixteenth on, two eighths of two beats.
        assert_eq!(steps(0, 5), [4, 1]);
        assert_eq!(steps(3, 8), [1, 4]);
    }
}
