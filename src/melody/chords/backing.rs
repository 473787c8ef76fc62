//! The chords under a melody: a progression with velocity and MIDI channel, its notes for a number of steps, and how often a melody
//! is repeated over it.

use super::progression::Progression;
use crate::melody::feel::TICKS_PER_STEP;
use crate::melody::tokens::STEPS_PER_BAR;

/// Default velocity of chords: softer than a melody.
pub const DEFAULT_CHORD_VELOCITY: u8 = 56;
/// Default MIDI channel of chords, counted from 1.
pub const DEFAULT_CHORD_CHANNEL: u8 = 2;
/// Maximum number of bars that a melody is repeated for, to end together with the progression; one pass, if a single melody is
/// longer. See [`Backing::loops`].
const MAX_LOOP_BARS: usize = 64;

/// A progression and how it is played under a melody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backing {
    /// The chords.
    pub progression: Progression,
    /// Velocity of every note, 1 to 127.
    pub velocity: u8,
    /// MIDI channel of the notes, 1 to 16.
    pub channel: u8,
}

/// A note of a chord in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChordNote {
    /// MIDI pitch.
    pub pitch: u8,
    /// Tick at which it starts.
    pub start: u32,
    /// Tick at which it ends (exclusive).
    pub end: u32,
}

impl Backing {
    /// The channel as in MIDI messages, counted from 0: 0 to 15.
    #[must_use]
    pub fn zero_based_channel(&self) -> u8 {
        self.channel.clamp(1, 16) - 1
    }

    /// The backing transposed by `semitones`, as it is played under transposed melodies.
    #[must_use]
    pub fn transposed(&self, semitones: i8) -> Self {
        Self {
            progression: self.progression.transposed(semitones),
            ..*self
        }
    }

    /// The notes of the chords for `steps` steps, by start: the progression repeats, and its last chord may be cut.
    #[must_use]
    pub fn notes(&self, steps: u32) -> Vec<ChordNote> {
        let progression_steps = self.progression.steps();
        let mut notes = Vec::new();
        for repetition_start in (0..steps).step_by(progression_steps as usize) {
            for span in self.progression.spans() {
                let (start, end) = (
                    repetition_start + span.start,
                    (repetition_start + span.end).min(steps),
                );
                let Some(chord) = span.chord.filter(|_| start < end) else {
                    continue;
                };
                let note = |pitch| ChordNote {
                    pitch,
                    start: start * TICKS_PER_STEP,
                    end: end * TICKS_PER_STEP,
                };
                notes.extend(chord.pitches().map(note));
            }
        }
        notes
    }

    /// Number of times that a melody of `melody_steps` steps is played, at least once.
    ///
    /// The melody repeats until it and the progression end together, if they do within 64 bars. Otherwise it repeats until the
    /// progression has been played once (the progression begins again under the rest of the last repetition), within 64 bars.
    #[must_use]
    pub fn loops(&self, melody_steps: usize) -> usize {
        let steps = melody_steps.max(1);
        let progression_steps = self.progression.steps() as usize;
        let max = (MAX_LOOP_BARS * STEPS_PER_BAR / steps).max(1);
        let common_loops =
            (1..=max).find(|loops| (loops * steps).is_multiple_of(progression_steps));
        common_loops.unwrap_or_else(|| progression_steps.div_ceil(steps).min(max).max(1))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    fn backing(text: &str) -> Backing {
        Backing {
            progression: text.parse().unwrap(),
            velocity: DEFAULT_CHORD_VELOCITY,
            channel: DEFAULT_CHORD_CHANNEL,
        }
    }

    #[test]
    fn notes_follow_the_chords_and_end_with_the_piece() {
        let notes = backing("Am NC").notes(48);
        let times: Vec<(u8, u32, u32)> = notes.iter().map(|n| (n.pitch, n.start, n.end)).collect();
        let am = [45, 57, 60, 64];
        let bar = 16 * 120;
        let expected: Vec<_> = am
            .map(|pitch| (pitch, 0, bar))
            .into_iter()
            .chain(am.map(|pitch| (pitch, 2 * bar, 3 * bar)))
            .collect();
        assert_eq!(times, expected);
        assert!(backing("C").notes(8).iter().all(|note| note.end == 8 * 120));
        assert_eq!(backing("C").notes(0), []);
    }

    #[test]
    fn a_melody_is_repeated_until_both_end_together() {
        // Two bars under four, three, one, and under five.
        assert_eq!(backing("Am F C G").loops(32), 2);
        assert_eq!(backing("Am F C").loops(32), 3);
        assert_eq!(backing("Am").loops(32), 1);
        assert_eq!(backing("Am F C G Em").loops(32), 5);
        assert_eq!(backing("Am F").loops(256), 1);
        assert_eq!(backing("Am").loops(0), 16);
        // Never together within 64 bars: once through the progression.
        assert_eq!(backing(&"C ".repeat(63)).loops(32), 32);
    }
}
