//! A melody as it is played: notes in ticks, with velocities. Playback and export use the same performance.

use super::feel::{Feel, TICKS_PER_STEP};
use super::melody_type::{Melody, Note};

/// Shortest note, in ticks.
const MIN_NOTE_TICKS: u32 = 10;

/// A note as it is played. Times are in ticks, [`TICKS_PER_STEP`] in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PerformedNote {
    /// MIDI pitch, 0..=127.
    pub pitch: u8,
    /// MIDI velocity, 1..=127.
    pub velocity: u8,
    /// Step at which the note starts in the melody. It is played there or later.
    pub step: u32,
    /// Tick at which it starts.
    pub start: u32,
    /// Tick at which it ends (exclusive): not after the start of the next note, nor after the end of the melody.
    pub end: u32,
}

/// A melody as it is played: one note for each of its notes, in time order and without overlap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Performance {
    notes: Vec<PerformedNote>,
    length: u32,
    octave_shifted_count: usize,
    snapped_count: usize,
}

/// Plays `melody` with `feel`. The same arguments give the same performance.
#[must_use]
pub fn perform(melody: &Melody, feel: &Feel) -> Performance {
    let mut performance = Performance::default();
    performance.update(melody, feel);
    performance
}

impl Performance {
    /// Replaces the performance by that of `melody`. Allocates only for a melody of more notes than any before.
    pub fn update(&mut self, melody: &Melody, feel: &Feel) {
        let feel = feel.clamped();
        let notes = melody.notes();
        self.length = steps_to_ticks(u32::try_from(melody.steps()).unwrap_or(u32::MAX));
        self.octave_shifted_count = 0;
        self.snapped_count = 0;
        self.notes.clear();
        self.notes.reserve(notes.len());
        for note in notes {
            let (mut performed, is_octave_shifted) = perform_note(*note, &feel, self.length);
            if let Some(scale) = feel.snap {
                let pitch = scale.nearest_pitch(performed.pitch);
                self.snapped_count += usize::from(pitch != performed.pitch);
                performed.pitch = pitch;
            }
            if let Some(last) = self.notes.last_mut() {
                last.end = last.end.min(performed.start);
            }
            self.octave_shifted_count += usize::from(is_octave_shifted);
            self.notes.push(performed);
        }
    }

    /// This performance repeated `times` times (at least once) without a gap: what a loop plays.
    #[must_use]
    pub fn repeated(&self, times: u32) -> Self {
        let times = times.max(1);
        let shifted = |time: u32, note: &PerformedNote| {
            let ticks = time.saturating_mul(self.length);
            PerformedNote {
                step: note.step.saturating_add(ticks / TICKS_PER_STEP),
                start: note.start.saturating_add(ticks),
                end: note.end.saturating_add(ticks),
                ..*note
            }
        };
        let repetition = |time| self.notes.iter().map(move |note| shifted(time, note));
        Self {
            notes: (0..times).flat_map(repetition).collect(),
            length: self.length.saturating_mul(times),
            octave_shifted_count: self.octave_shifted_count * times as usize,
            snapped_count: self.snapped_count * times as usize,
        }
    }

    /// The notes in time order.
    #[must_use]
    pub fn notes(&self) -> &[PerformedNote] {
        &self.notes
    }

    /// Length of the melody in ticks.
    #[must_use]
    pub fn length(&self) -> u32 {
        self.length
    }

    /// Number of notes moved by octaves because their transposed pitch is outside MIDI's 0 to 127.
    #[must_use]
    pub fn octave_shifted_count(&self) -> usize {
        self.octave_shifted_count
    }

    /// Number of notes that were moved into the scale of the feel's snap.
    #[must_use]
    pub fn snapped_count(&self) -> usize {
        self.snapped_count
    }
}

/// A note as it is played when no other follows, and whether it was moved by octaves to stay within MIDI's range.
fn perform_note(note: Note, feel: &Feel, length: u32) -> (PerformedNote, bool) {
    let deviation = feel.deviation(note.start);
    let (pitch, is_octave_shifted) = feel.transposed(note.pitch);
    let swung_ticks = [note.start, note.end].map(|step| feel.swung_tick(steps_to_ticks(step)));
    let written_ticks = f64::from(swung_ticks[1].saturating_sub(swung_ticks[0]));
    let scale = f64::from(feel.note_length) / 100.0 * (1.0 - deviation.shortening);
    // The second note of a pair that the end of the melody cuts in two would start at the end.
    let start =
        (swung_ticks[0].saturating_add(deviation.delay)).min(length.saturating_sub(MIN_NOTE_TICKS));
    let note_ticks = (written_ticks * scale).round() as u32;
    let end = start
        .saturating_add(note_ticks.max(MIN_NOTE_TICKS))
        .min(length);
    let velocity = f64::from(feel.velocity) + deviation.velocity;
    let note = PerformedNote {
        pitch,
        velocity: velocity.round().clamp(1.0, 127.0) as u8,
        step: note.start,
        start,
        end,
    };
    (note, is_octave_shifted)
}

/// Ticks of a number of steps.
fn steps_to_ticks(steps: u32) -> u32 {
    steps.saturating_mul(TICKS_PER_STEP)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;
    use crate::melody::testing::{any_feel, melody};
    use crate::melody::tokens::Tokens;

    /// Start and end in ticks.
    fn start_end_ticks(performance: &Performance) -> Vec<(u32, u32)> {
        let notes = performance.notes().iter();
        notes.map(|note| (note.start, note.end)).collect()
    }

    fn velocities(performance: &Performance) -> Vec<u8> {
        performance.notes().iter().map(|n| n.velocity).collect()
    }

    fn sixteenths() -> Melody {
        let notes: Vec<_> = (0..16).map(|step| (60, step, step + 1)).collect();
        melody(&notes, 16)
    }

    #[test]
    fn with_everything_off_the_notes_are_those_of_the_melody() {
        let melody = melody(&[(60, 0, 4), (60, 4, 6), (67, 9, 32)], 32);
        let performance = perform(&melody, &Feel::default());
        for (played, note) in performance.notes().iter().zip(melody.notes()) {
            assert_eq!((played.pitch, played.velocity), (note.pitch, 80));
            assert_eq!(
                (played.start, played.end),
                (note.start * 120, note.end * 120)
            );
        }
        assert_eq!(performance.notes().len(), 3);
        assert_eq!(performance.length(), 3_840);
    }

    #[test]
    fn staccato_shortens_and_legato_fills_the_gap_to_the_next_note() {
        let melody = melody(&[(60, 0, 2), (62, 4, 6), (64, 6, 7)], 8);
        let played = |note_length| {
            start_end_ticks(&perform(
                &melody,
                &Feel {
                    note_length,
                    ..Feel::default()
                },
            ))
        };
        assert_eq!(played(50), [(0, 120), (480, 600), (720, 780)]);
        assert_eq!(played(150), [(0, 360), (480, 720), (720, 900)]);
        assert_eq!(played(200), [(0, 480), (480, 720), (720, 960)]);
    }

    #[test]
    fn swing_moves_the_ends_with_the_starts() {
        let feel = Feel {
            swing: 67,
            ..Feel::default()
        };
        let performance = perform(&melody(&[(60, 0, 1), (62, 1, 2), (64, 3, 4)], 4), &feel);
        assert_eq!(
            start_end_ticks(&performance),
            [(0, 160), (160, 240), (400, 480)]
        );
    }

    #[test]
    fn humanised_notes_are_accented_by_metre_and_late_by_a_few_ticks() {
        let feel = Feel {
            humanise: 100,
            seed: 3,
            ..Feel::default()
        };
        let performance = perform(&sixteenths(), &feel);
        let velocity = velocities(&performance);
        let mean = |steps: &[usize]| {
            let sum: usize = steps.iter().map(|&step| usize::from(velocity[step])).sum();
            sum as f64 / steps.len() as f64
        };
        let quarters = mean(&[0, 4, 8, 12]);
        let eighths = mean(&[2, 6, 10, 14]);
        let offbeat_sixteenths = mean(&[1, 3, 5, 7, 9, 11, 13, 15]);
        assert!(
            quarters > eighths && eighths > offbeat_sixteenths,
            "{velocity:?}"
        );
        for note in performance.notes() {
            assert!((0..=20).contains(&(note.start - note.step * 120)));
        }
        let other = perform(&sixteenths(), &Feel { seed: 4, ..feel });
        assert_ne!(performance, other);
        let weaker = perform(
            &sixteenths(),
            &Feel {
                humanise: 10,
                ..feel
            },
        );
        let spread =
            |velocity: &[u8]| velocity.iter().max().unwrap() - velocity.iter().min().unwrap();
        assert!(spread(&velocities(&weaker)) < spread(&velocity) / 4);
    }

    #[test]
    fn a_melody_beyond_the_range_of_midi_keeps_all_notes_and_counts_the_moved_ones() {
        let feel = Feel {
            transpose: 36,
            ..Feel::default()
        };
        let performance = perform(&melody(&[(108, 0, 1), (60, 1, 2), (104, 2, 3)], 4), &feel);
        let pitches: Vec<u8> = performance.notes().iter().map(|n| n.pitch).collect();
        assert_eq!(pitches, [120, 96, 116]);
        assert_eq!(performance.octave_shifted_count(), 2);
    }

    #[test]
    fn notes_outside_the_scale_are_moved_after_the_transposition() {
        // C C# E F# transposed by 2 are D D# F# G#; D, F, F and G are the nearest of D dorian.
        let feel = Feel {
            transpose: 2,
            snap: "D dorian".parse().ok(),
            ..Feel::default()
        };
        let tune = melody(&[(60, 0, 1), (61, 1, 2), (64, 2, 3), (66, 3, 4)], 4);
        let performance = perform(&tune, &feel);
        let pitches: Vec<u8> = performance.notes().iter().map(|n| n.pitch).collect();
        assert_eq!(pitches, [62, 62, 65, 67]);
        assert_eq!(performance.snapped_count(), 3);
        assert_eq!(perform(&tune, &Feel::PLAIN).snapped_count(), 0);
    }

    proptest! {
        #[test]
        fn every_note_is_played_in_order_within_the_melody_and_without_overlap(
            ids in prop::collection::vec(0_u8..90, 0..80), feel in any_feel()
        ) {
            let melody = Melody::from_tokens(Tokens::new(ids).unwrap());
            let performance = perform(&melody, &feel);
            prop_assert_eq!(performance.notes().len(), melody.notes().len());
            prop_assert_eq!(performance.length(), melody.steps() as u32 * 120);
            for (played, note) in performance.notes().iter().zip(melody.notes()) {
                prop_assert_eq!(played.step, note.start);
                prop_assert!(played.start >= note.start * 120, "early: {:?}", played);
                prop_assert!(played.end >= played.start + MIN_NOTE_TICKS, "short: {:?}", played);
                prop_assert!(played.end <= performance.length());
                prop_assert!(played.pitch <= 127 && (1..=127).contains(&played.velocity));
                let class = (i16::from(note.pitch) + i16::from(feel.transpose)).rem_euclid(12) as u8;
                match feel.snap {
                    None => prop_assert_eq!(played.pitch % 12, class),
                    Some(scale) => prop_assert!(scale.contains(played.pitch)),
                }
            }
            prop_assert!(performance.notes().windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert_eq!(&performance, &perform(&melody, &feel));
        }

        #[test]
        fn settings_that_are_off_change_nothing(ids in prop::collection::vec(0_u8..90, 0..80), seed in any::<u64>()) {
            let melody = Melody::from_tokens(Tokens::new(ids).unwrap());
            let plain = perform(&melody, &Feel { seed, ..Feel::default() });
            let expected: Vec<_> = melody.notes().iter().map(|n| (n.pitch, 80, n.start * 120, n.end * 120)).collect();
            let played: Vec<_> = plain.notes().iter().map(|n| (n.pitch, n.velocity, n.start, n.end)).collect();
            prop_assert_eq!(played, expected);
        }
    }
}
