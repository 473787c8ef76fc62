//! Edit distances between melodies, measured once for each pair.

use std::collections::HashMap;

use crate::melody::{Melody, Tokens, edit_distance};
use crate::progress::{ProgressFn, par_map};

/// Approximate operations of an edit distance.
const DISTANCE_COST: usize = 2_048;

/// Edit distances between all melodies added so far. Equal melodies are stored once.
#[derive(Debug, Default)]
pub(super) struct MelodyDistances {
    indices: HashMap<Tokens, usize>,
    melodies: Vec<Melody>,
    /// Distances of each melody to those before it: multiples of 0.5, which `f32` represents exactly.
    rows: Vec<Vec<f32>>,
}

impl MelodyDistances {
    /// The indices of melodies here; new ones are added and measured against all others.
    ///
    /// # Errors
    /// The error of `progress`.
    pub(super) fn indices_of<E>(
        &mut self,
        melodies: &[Melody],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Vec<usize>, E> {
        let measured_count = self.rows.len();
        let indices = melodies
            .iter()
            .map(|melody| {
                let next = self.melodies.len();
                *self
                    .indices
                    .entry(melody.tokens().clone())
                    .or_insert_with(|| {
                        self.melodies.push(melody.clone());
                        next
                    })
            })
            .collect();
        let melodies = &self.melodies;
        let cost = melodies.len() * DISTANCE_COST;
        let rows = par_map(melodies.len() - measured_count, cost, progress, |new| {
            let (before, own_melody) = (measured_count + new, &melodies[measured_count + new]);
            let others = melodies[..before].iter();
            others
                .map(|other| edit_distance(other, own_melody) as f32)
                .collect()
        })?;
        self.rows.extend(rows);
        Ok(indices)
    }

    /// The distance between two melodies by their indices.
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
    use crate::progress::no_progress;

    #[test]
    fn distances_do_not_depend_on_the_order_in_which_melodies_are_added() {
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
        let mut distances = MelodyDistances::default();
        let Ok(first) = distances.indices_of(&all, &mut no_progress);
        all.splice(2..2, [melody(7), melody(1), melody(8)]);
        let Ok(indices) = distances.indices_of(&all, &mut no_progress);
        assert_eq!(first.first(), indices.first());
        for (a, i) in all.iter().zip(&indices) {
            for (b, j) in all.iter().zip(&indices) {
                assert_eq!(f64::from(distances.between(*i, *j)), edit_distance(a, b));
            }
        }
        assert!(distances.rows.len() < all.len());
    }
}
