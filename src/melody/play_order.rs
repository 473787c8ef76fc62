//! The order in which a list of melodies is played, and the piece that joins them.

use serde::{Deserialize, Serialize};

use super::melody_type::Melody;
use super::tokens::{HOLD, NOTE_OFF, Tokens, pitch_of};

/// Order in which a list of melodies is played.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlayOrder {
    /// From the first to the last, repeated.
    #[default]
    Loop,
    /// From the first to the last and back, repeated.
    #[serde(alias = "to-and-fro")]
    PingPong,
    /// From the first to the last, once.
    Once,
}

impl PlayOrder {
    /// Indices of the melodies in one pass over a list of `count`.
    ///
    /// Ping-pong ends one before the first, so that neither end is played twice when it repeats.
    #[must_use]
    pub fn pass_indices(self, count: usize) -> Vec<usize> {
        let mut pass_indices: Vec<usize> = (0..count).collect();
        if self == Self::PingPong {
            pass_indices.extend((1..count.saturating_sub(1)).rev());
        }
        pass_indices
    }
}

impl Melody {
    /// Joins `steps_per_melody` steps of every melody, keeping the position in the bar: of two-bar melodies that change every bar, the
    /// first bar of one and the second bar of the next. The last one continues to the end of its length, so that the piece can loop.
    /// `steps_per_melody` below 1 counts as 1.
    ///
    /// A note continues into the next melody if that one holds the same pitch there; else it ends.
    ///
    /// # Shapes
    /// - `melodies`: all of the length of the first; others are ignored
    #[must_use]
    pub fn alternate(melodies: &[&Self], steps_per_melody: usize) -> Self {
        let steps_per_melody = steps_per_melody.max(1);
        let length = melodies.first().map_or(0, |melody| melody.steps());
        let selected: Vec<&&Self> = melodies
            .iter()
            .filter(|melody| melody.steps() == length)
            .collect();
        if length == 0 {
            return Self::from_tokens(Tokens::from_valid(Vec::new()));
        }
        let sounding_pitches: Vec<Vec<Option<u8>>> =
            selected.iter().map(|melody| pitches(melody)).collect();
        let total_steps = (selected.len() * steps_per_melody).next_multiple_of(length);
        let mut ids = Vec::with_capacity(total_steps);
        let mut current_pitch: Option<u8> = None;
        for time in 0..total_steps {
            let index = (time / steps_per_melody).min(selected.len() - 1);
            let step = time % length;
            let token = selected[index].tokens().as_slice()[step];
            // At the first step of a melody, hold is silence.
            let held_pitch = sounding_pitches[index][step].filter(|_| step > 0);
            let token = match (token, current_pitch) {
                (HOLD, Some(pitch)) if held_pitch != Some(pitch) => NOTE_OFF,
                (token, _) => token,
            };
            if token != HOLD {
                current_pitch = pitch_of(token);
            }
            ids.push(token);
        }
        Self::from_tokens(Tokens::from_valid(ids))
    }
}

/// The pitch that sounds at each step.
fn pitches(melody: &Melody) -> Vec<Option<u8>> {
    let mut pitches = vec![None; melody.steps()];
    for note in melody.notes() {
        pitches[note.start as usize..note.end as usize].fill(Some(note.pitch));
    }
    pitches
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use proptest::prelude::*;

    use super::*;
    use crate::melody::VOCAB_SIZE;
    use crate::melody::testing::{melody, notes_of};

    #[test]
    fn a_pass_of_a_loop_is_the_list_and_ping_pong_plays_no_end_twice() {
        assert_eq!(PlayOrder::Loop.pass_indices(4), [0, 1, 2, 3]);
        assert_eq!(PlayOrder::Once.pass_indices(4), [0, 1, 2, 3]);
        assert_eq!(PlayOrder::PingPong.pass_indices(4), [0, 1, 2, 3, 2, 1]);
        assert_eq!(PlayOrder::PingPong.pass_indices(2), [0, 1]);
        assert_eq!(PlayOrder::PingPong.pass_indices(1), [0]);
        assert_eq!(PlayOrder::PingPong.pass_indices(0), [0_usize; 0]);
    }

    #[test]
    fn whole_melodies_are_joined_unchanged() {
        let (a, b) = (
            melody(&[(60, 0, 4), (62, 8, 32)], 32),
            melody(&[(72, 4, 8)], 32),
        );
        let piece = Melody::alternate(&[&a, &b], 32);
        assert_eq!(piece.steps(), 64);
        assert_eq!(notes_of(&piece), [(60, 0, 4), (62, 8, 32), (72, 36, 40)]);
        assert_eq!(notes_of(&piece), notes_of(&Melody::joined([&a, &b])));
    }

    #[test]
    fn a_change_every_bar_keeps_the_position() {
        let (a, b) = (
            melody(&[(60, 0, 4), (61, 16, 20)], 32),
            melody(&[(70, 0, 4), (71, 16, 20)], 32),
        );
        let piece = Melody::alternate(&[&a, &b], 16);
        assert_eq!(notes_of(&piece), [(60, 0, 4), (71, 16, 20)]);
        // Each twice.
        let piece = Melody::alternate(&[&a, &b], 64);
        assert_eq!(piece.steps(), 128);
        assert_eq!(notes_of(&piece)[4..6], [(70, 64, 68), (71, 80, 84)]);
    }

    #[test]
    fn the_last_melody_continues_to_the_end_of_its_length() {
        let (a, b) = (
            melody(&[(60, 0, 2)], 32),
            melody(&[(70, 0, 2), (71, 16, 18), (72, 24, 26)], 32),
        );
        let piece = Melody::alternate(&[&a, &b, &b], 8);
        assert_eq!(piece.steps(), 32);
        assert_eq!(notes_of(&piece), [(60, 0, 2), (71, 16, 18), (72, 24, 26)]);
    }

    #[test]
    fn a_note_continues_only_into_a_melody_that_holds_it_too() {
        let long = melody(&[(60, 0, 32)], 32);
        let higher = melody(&[(64, 0, 32)], 32);
        let silent = melody(&[], 32);
        assert_eq!(
            notes_of(&Melody::alternate(&[&long, &long], 16)),
            [(60, 0, 32)]
        );
        for next in [&higher, &silent] {
            assert_eq!(
                notes_of(&Melody::alternate(&[&long, next], 16)),
                [(60, 0, 16)]
            );
        }
        // A whole melody starts its note again, also with the pitch that sounds.
        assert_eq!(
            notes_of(&Melody::alternate(&[&long, &long], 32)),
            [(60, 0, 32), (60, 32, 64)]
        );
    }

    proptest! {
        #[test]
        fn every_onset_is_one_of_the_current_melody(
            tokens in prop::collection::vec(prop::collection::vec(0..VOCAB_SIZE as u8, 16), 1..7),
            steps_per_melody in 1_usize..40,
        ) {
            let melodies: Vec<Melody> = tokens
                .into_iter()
                .map(|ids| Melody::from_tokens(Tokens::new(ids).unwrap()))
                .collect();
            let selected: Vec<&Melody> = melodies.iter().collect();
            let piece = Melody::alternate(&selected, steps_per_melody);
            prop_assert_eq!(piece.steps() % 16, 0);
            prop_assert!(piece.steps() >= selected.len() * steps_per_melody && piece.steps() < selected.len() * steps_per_melody + 16);
            let mut onsets = 0;
            for time in 0..piece.steps() {
                let current = selected[(time / steps_per_melody).min(selected.len() - 1)];
                let onset_pitch = |melody: &Melody, step: usize| {
                    melody.notes().iter().find(|note| note.start as usize == step).map(|note| note.pitch)
                };
                let onset = onset_pitch(&piece, time);
                prop_assert_eq!(onset, onset_pitch(current, time % 16));
                onsets += usize::from(onset.is_some());
            }
            prop_assert_eq!(onsets, piece.notes().len());
        }
    }
}
