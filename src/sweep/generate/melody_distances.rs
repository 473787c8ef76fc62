//! How far melodies are apart by their notes, measured once for each two that differ.

use std::collections::HashMap;

use crate::melody::{Melody, Tokens, edit_distance};
use crate::statistics::{ProgressFn, par_map};

/// About how many operations the edit distance of two melodies takes.
const COST: usize = 2_048;

/// Edit distances between all melodies that it has seen. Equal melodies are kept once.
#[derive(Debug, Default)]
pub(super) struct Apart {
    numbers: HashMap<Tokens, usize>,
    melodies: Vec<Melody>,
    /// Distances of each melody to those before it: halves of notes, which single precision holds exactly.
    rows: Vec<Vec<f32>>,
}

impl Apart {
    /// The numbers of melodies here, in their order; those that are new are measured against all others.
    ///
    /// # Errors
    /// What `look` stops with; then nothing was measured.
    pub(super) fn numbers<E>(
        &mut self,
        melodies: &[Melody],
        look: &mut ProgressFn<'_, E>,
    ) -> Result<Vec<usize>, E> {
        let known = self.rows.len();
        let numbers = melodies
            .iter()
            .map(|melody| {
                let next = self.melodies.len();
                *self
                    .numbers
                    .entry(melody.tokens().clone())
                    .or_insert_with(|| {
                        self.melodies.push(melody.clone());
                        next
                    })
            })
            .collect();
        let all = &self.melodies;
        let cost = all.len() * COST;
        let rows = par_map(all.len() - known, cost, look, |new| {
            let (before, own) = (known + new, &all[known + new]);
            let others = all[..before].iter();
            others
                .map(|other| edit_distance(other, own) as f32)
                .collect()
        })?;
        self.rows.extend(rows);
        Ok(numbers)
    }

    /// The distance between two melodies by their numbers.
    pub(super) fn between(&self, a: usize, b: usize) -> f32 {
        let (earlier, later) = (a.min(b), a.max(b));
        let row = self.rows.get(later);
        row.and_then(|row| row.get(earlier)).copied().unwrap_or(0.0)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::no_progress;

    #[test]
    fn distances_are_those_of_the_notes_whenever_the_melodies_came() {
        let melody = |k: usize| {
            let ids = (0..32).map(|step| {
                if (step * k).is_multiple_of(5) {
                    30 + (step % 9) as u8
                } else {
                    0
                }
            });
            Melody::from_tokens(Tokens::new(ids.collect()).unwrap())
        };
        let mut all: Vec<Melody> = (1..5).map(melody).collect();
        let mut apart = Apart::default();
        let Ok(first) = apart.numbers(&all, &mut no_progress);
        all.splice(2..2, [melody(7), melody(1), melody(8)]);
        let Ok(numbers) = apart.numbers(&all, &mut no_progress);
        assert_eq!(first.first(), numbers.first());
        for (a, i) in all.iter().zip(&numbers) {
            for (b, j) in all.iter().zip(&numbers) {
                assert_eq!(f64::from(apart.between(*i, *j)), edit_distance(a, b));
            }
        }
        assert!(apart.rows.len() < all.len());
    }
}
