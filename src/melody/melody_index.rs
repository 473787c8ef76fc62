//! An index of melodies that finds the one with which a new melody has the longest run of notes in common.

use std::collections::{BTreeSet, HashMap};

use super::common_run::{CommonRun, MIN_CLOSE_NOTES, NoteStep, longest_common_steps, note_steps};
use super::melody_type::Melody;
use super::transposition::transposition_key;

/// Number of steps between the notes of the shortest run that counts as a copy.
const STEPS_OF_RUN: usize = MIN_CLOSE_NOTES - 1;

/// A melody of an index that a new melody is too close to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CloseMelody {
    /// Index of the melody in the list that the index was made from.
    pub index: usize,
    /// The notes in a row that are the same.
    pub run: CommonRun,
}

/// Melodies with an index of all runs of [`MIN_CLOSE_NOTES`] notes, so that a search compares only those that share one.
#[derive(Clone, Debug, Default)]
pub struct MelodyIndex {
    /// The steps between the notes of each melody.
    steps: Vec<Vec<NoteStep>>,
    /// The melodies that have each run.
    runs: HashMap<Vec<NoteStep>, Vec<usize>>,
    /// The first melody of each transposition key.
    whole: HashMap<Vec<u8>, usize>,
}

impl MelodyIndex {
    /// Indexes melodies.
    #[must_use]
    pub fn new<'a>(melodies: impl IntoIterator<Item = &'a Melody>) -> Self {
        let mut found = Self::default();
        for (index, melody) in melodies.into_iter().enumerate() {
            let steps = note_steps(melody);
            for run in steps.windows(STEPS_OF_RUN) {
                let same = found.runs.entry(run.to_vec()).or_default();
                if same.last() != Some(&index) {
                    same.push(index);
                }
            }
            if !steps.is_empty() {
                let key = transposition_key(melody.tokens());
                found.whole.entry(key).or_insert(index);
            }
            found.steps.push(steps);
        }
        found
    }

    /// Number of melodies.
    #[must_use]
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether it has no melodies.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// The melody that a new one is too close to ([`CommonRun::is_close`]); of several, the one with the longest common run, of
    /// these the first. A melody that is the same as a whole, transposed or not, is always too close, unless it has fewer than two
    /// notes.
    #[must_use]
    pub fn closest(&self, melody: &Melody) -> Option<CloseMelody> {
        let of = melody.notes().len();
        if of >= 2
            && let Some(index) = self.whole.get(&transposition_key(melody.tokens()))
        {
            let run = CommonRun { notes: of, of };
            return Some(CloseMelody { index: *index, run });
        }
        let steps = note_steps(melody);
        let candidates: BTreeSet<usize> = steps
            .windows(STEPS_OF_RUN)
            .filter_map(|run| self.runs.get(run))
            .flatten()
            .copied()
            .collect();
        let mut closest: Option<CloseMelody> = None;
        for index in candidates {
            let Some(others) = self.steps.get(index) else {
                continue;
            };
            let notes = longest_common_steps(&steps, others) + 1;
            if closest.is_none_or(|closest| notes > closest.run.notes) {
                let run = CommonRun { notes, of };
                closest = Some(CloseMelody { index, run });
            }
        }
        closest.filter(|closest| closest.run.is_close())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use proptest::prelude::*;

    use super::*;
    use crate::melody::{Tokens, longest_common_run, testing, transpose};

    /// Quarter notes with these pitches.
    fn quarters(pitches: &[u8]) -> Melody {
        let notes: Vec<(u8, u32, u32)> = pitches
            .iter()
            .zip((0..).step_by(4))
            .map(|(pitch, start)| (*pitch, start, start + 4))
            .collect();
        testing::melody(&notes, 64)
    }

    const UP_AND_DOWN: [u8; 10] = [60, 62, 64, 65, 67, 65, 64, 62, 60, 59];

    #[test]
    fn the_melody_with_the_longest_run_is_found_in_another_key() {
        let up = quarters(&[60, 61, 62, 63, 64, 65, 66, 67]);
        let longer = quarters(&[UP_AND_DOWN.as_slice(), &[40, 90]].concat());
        let index = MelodyIndex::new([&up, &quarters(&UP_AND_DOWN[..9]), &longer]);
        let moved: Vec<u8> = UP_AND_DOWN.iter().map(|pitch| pitch + 5).collect();
        let new = quarters(&[moved.as_slice(), &[80, 40, 41]].concat());
        let found = index.closest(&new).unwrap();
        assert_eq!(
            (found.index, found.run),
            (2, CommonRun { notes: 10, of: 13 })
        );
        // Seven notes in a row are too few.
        let seven = quarters(&[&UP_AND_DOWN[..7], &[20 + 21]].concat());
        assert_eq!(index.closest(&seven), None);
        assert_eq!(index.closest(&quarters(&[])), None);
    }

    #[test]
    fn a_short_melody_is_close_only_if_it_is_the_same_as_a_whole() {
        let index = MelodyIndex::new([&quarters(&[60, 64, 67]), &quarters(&[60])]);
        let found = index.closest(&quarters(&[62, 66, 69])).unwrap();
        assert_eq!((found.index, found.run), (0, CommonRun { notes: 3, of: 3 }));
        assert_eq!(index.closest(&quarters(&[62, 66, 69, 72])), None);
        // Any single note would be the same as any other.
        assert_eq!(index.closest(&quarters(&[72])), None);
    }

    proptest! {
        /// Few pitches and rhythms, so that long runs occur.
        #[test]
        fn the_index_finds_what_a_comparison_with_each_melody_finds(
            ids in prop::collection::vec(prop::collection::vec(prop::sample::select(vec![41_u8, 41, 41, 43, 0]), 32), 1..6),
            new in prop::collection::vec(prop::sample::select(vec![41_u8, 41, 41, 43, 0]), 32),
            semitones in -12_i8..12,
        ) {
            let melody = |ids: Vec<u8>| Melody::from_tokens(Tokens::new(ids).unwrap());
            let known: Vec<Melody> = ids.into_iter().map(melody).collect();
            let index = MelodyIndex::new(&known);
            let moved = transpose(&Tokens::new(new.clone()).unwrap(), semitones).unwrap();
            let new = melody(new);
            let found = index.closest(&new);
            prop_assert_eq!(index.closest(&Melody::from_tokens(moved)), found);
            let longest = known.iter().map(|known| longest_common_run(&new, known).notes).max().unwrap();
            let run = CommonRun { notes: longest, of: new.notes().len() };
            let is_same = |other: &Melody| {
                transposition_key(other.tokens()) == transposition_key(new.tokens())
            };
            let is_close = run.is_close() || (run.of >= 2 && known.iter().any(is_same));
            prop_assert_eq!(found.map(|found| found.run.notes), is_close.then_some(longest));
        }
    }
}
