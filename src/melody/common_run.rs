//! The longest common run of two melodies: how many notes in a row are the same, transposition not counted as a difference.
//!
//! Copies in music are judged by the longest passage that two melodies share up to transposition and a shift in time: the exact
//! matching of Crawford, Iliopoulos and Raman, *String-Matching Techniques for Musical Similarity and Melodic Recognition* (Computing
//! in Musicology 11, 1998), on intervals of pitch and of time.

use super::melody_type::Melody;

/// Least number of notes of a common run that counts as a copy, if the run has the fraction [`MIN_CLOSE_FRACTION`] of the notes
/// too.
///
/// Chosen from pairs of windows of unrelated collections of tunes, of which far fewer than 1 % are marked, so that of melodies that
/// are compared with a thousand unrelated windows fewer than 1 % are. The test `unrelated_windows_are_seldom_close` in
/// `tests/external/copies.rs` asserts both and prints how often each length occurs.
pub const MIN_CLOSE_NOTES: usize = 9;
/// Least fraction of a melody's notes in a common run that counts as a copy.
pub const MIN_CLOSE_FRACTION: f64 = 0.5;

/// A common run of a melody and another one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommonRun {
    /// Number of notes in a row that are the same in both.
    pub notes: usize,
    /// Number of notes of the melody.
    pub of: usize,
}

impl CommonRun {
    /// Whether the run is so long that the melody counts as a copy: at least [`MIN_CLOSE_NOTES`] notes, and
    /// [`MIN_CLOSE_FRACTION`] of the melody's.
    #[must_use]
    pub fn is_close(&self) -> bool {
        self.notes >= MIN_CLOSE_NOTES && self.notes as f64 >= MIN_CLOSE_FRACTION * self.of as f64
    }
}

/// From a note to the next one: the interval in semitones, and the time from onset to onset in sixteenth steps.
pub(super) type NoteStep = (i16, u32);

/// The steps from each note of a melody to the next one; none for fewer than two notes.
pub(super) fn note_steps(melody: &Melody) -> Vec<NoteStep> {
    melody
        .notes()
        .windows(2)
        .filter_map(|pair| match pair {
            [note, next] => Some((
                i16::from(next.pitch) - i16::from(note.pitch),
                next.start - note.start,
            )),
            _ => None,
        })
        .collect()
}

/// The longest common run of two melodies.
///
/// A run of k notes is common if k notes in a row of one melody have the same k - 1 intervals and the same k - 1 times from onset
/// to onset as k notes in a row of the other. The pitch, the place in the bar, and how long a note sounds are not compared. Any
/// two notes are a common run of one note. The number of notes does not depend on the order of the two melodies.
#[must_use]
pub fn longest_common_run(melody: &Melody, other: &Melody) -> CommonRun {
    let steps = longest_common_steps(&note_steps(melody), &note_steps(other));
    let any = !melody.is_empty() && !other.is_empty();
    CommonRun {
        notes: steps + usize::from(any),
        of: melody.notes().len(),
    }
}

/// Length of the longest list of successive steps that both have (the longest common substring).
pub(super) fn longest_common_steps(steps: &[NoteStep], others: &[NoteStep]) -> usize {
    let mut longest = 0;
    // Length of the common run that ends at the current step of `steps` and at each step of `others`.
    let mut run_lengths = vec![0_usize; others.len()];
    for step in steps {
        let mut before = 0;
        for (length, other) in run_lengths.iter_mut().zip(others) {
            let here = if step == other { before + 1 } else { 0 };
            before = std::mem::replace(length, here);
            longest = longest.max(here);
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;
    use crate::melody::{Tokens, testing, transpose};

    /// Notes with their onsets, each two steps long.
    fn melody(notes: &[(u8, u32)]) -> Melody {
        let notes: Vec<(u8, u32, u32)> = notes.iter().map(|n| (n.0, n.1, n.1 + 2)).collect();
        testing::melody(&notes, 32)
    }

    #[test]
    fn the_run_is_counted_by_hand() {
        let tune = melody(&[
            (60, 0),
            (62, 4),
            (64, 8),
            (65, 12),
            (67, 16),
            (65, 20),
            (64, 24),
        ]);
        // A fourth up and a beat later: the notes from the second to the sixth.
        let part = melody(&[(67, 8), (69, 12), (70, 16), (72, 20), (70, 24), (60, 28)]);
        let run = longest_common_run(&tune, &part);
        assert_eq!(run, CommonRun { notes: 5, of: 7 });
        assert_eq!(longest_common_run(&part, &tune).notes, 5);
        assert_eq!(longest_common_run(&tune, &tune).notes, 7);
        // The same pitches in another rhythm have no two notes in common.
        let slow = melody(&[(60, 0), (62, 8), (64, 16), (65, 24)]);
        assert_eq!(longest_common_run(&tune, &slow).notes, 1);
        assert_eq!(
            longest_common_run(&tune, &melody(&[])),
            CommonRun { notes: 0, of: 7 }
        );
    }

    #[test]
    fn the_length_of_a_note_does_not_matter() {
        let short = testing::melody(&[(60, 0, 1), (62, 4, 5), (64, 8, 9)], 32);
        let long = testing::melody(&[(60, 0, 4), (62, 4, 8), (64, 8, 12)], 32);
        assert_eq!(longest_common_run(&short, &long).notes, 3);
    }

    #[test]
    fn a_run_counts_as_a_copy_from_a_number_of_notes_and_a_fraction_on() {
        let is_close = |notes, of| CommonRun { notes, of }.is_close();
        assert!(is_close(MIN_CLOSE_NOTES, MIN_CLOSE_NOTES));
        assert!(!is_close(MIN_CLOSE_NOTES - 1, MIN_CLOSE_NOTES - 1));
        assert!(is_close(11, 14) && is_close(16, 32));
        assert!(!is_close(15, 32));
    }

    proptest! {
        #[test]
        fn transposition_never_changes_the_run(
            ids in prop::collection::vec(0_u8..90, 32),
            others in prop::collection::vec(0_u8..90, 32),
            semitones in -40_i8..40,
        ) {
            let [tokens, others] = [ids, others].map(|ids| Tokens::new(ids).unwrap());
            let (melody, other) = (Melody::from_tokens(tokens.clone()), Melody::from_tokens(others));
            let run = longest_common_run(&melody, &other);
            prop_assert_eq!(run.notes, longest_common_run(&other, &melody).notes);
            prop_assert!(run.notes <= melody.notes().len().min(other.notes().len()));
            if let Some(moved) = transpose(&tokens, semitones) {
                let moved = Melody::from_tokens(moved);
                prop_assert_eq!(longest_common_run(&moved, &other), run);
                prop_assert_eq!(longest_common_run(&moved, &melody).notes, melody.notes().len());
            }
        }
    }
}
