//! Choosing points of a way so that the melodies there change evenly.

use crate::melody::{Melody, edit_distance};

/// Indices of `steps` of the melodies, first and last included, in order: the largest edit distance between neighbours
/// is as small as it can be, and among such choices the sum of the squared distances.
///
/// Both are found by dynamic programming over all choices. With fewer melodies than steps, all are chosen.
pub(super) fn evenly(melodies: &[Melody], steps: usize) -> Vec<usize> {
    let count = melodies.len();
    if count <= steps || steps < 2 {
        return (0..count).collect();
    }
    let distances: Vec<Vec<f64>> = melodies
        .iter()
        .map(|a| melodies.iter().map(|b| edit_distance(a, b)).collect())
        .collect();
    let largest = best(count, steps, |so_far, from, to| {
        f64::max(so_far, distances[from][to])
    })
    .0;
    let even = 1.0 / (count * count) as f64;
    best(count, steps, |so_far, from, to| {
        let distance = distances[from][to];
        if distance > largest {
            return f64::INFINITY;
        }
        // Where melodies do not differ, equal steps along the way.
        so_far + distance * distance + even * ((to - from) as f64).powi(2)
    })
    .1
}

/// The cheapest chain of `steps` indices from the first to the last, and its cost; `add` extends a chain's cost by a link.
fn best(count: usize, steps: usize, add: impl Fn(f64, usize, usize) -> f64) -> (f64, Vec<usize>) {
    let mut costs = vec![f64::INFINITY; count];
    costs[0] = 0.0;
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(steps);
    for _ in 1..steps {
        let mut next = vec![f64::INFINITY; count];
        let mut from = vec![0; count];
        for to in 1..count {
            for (at, cost) in costs.iter().enumerate().take(to) {
                let cost = add(*cost, at, to);
                if cost < next[to] {
                    (next[to], from[to]) = (cost, at);
                }
            }
        }
        costs = next;
        came_from.push(from);
    }
    let mut chain = vec![count - 1];
    for from in came_from.iter().rev() {
        let at = chain.last().copied().unwrap_or(0);
        chain.push(from[at]);
    }
    chain.reverse();
    (costs[count - 1], chain)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Tokens;

    /// Melodies whose first `k` of 8 notes are up an octave.
    fn way(changed: &[usize]) -> Vec<Melody> {
        changed
            .iter()
            .map(|k| {
                let ids = (0..8).map(|step| if step < *k { 53 } else { 41 }).collect();
                Melody::from_tokens(Tokens::new(ids).unwrap())
            })
            .collect()
    }

    #[test]
    fn the_steps_go_where_the_changes_are() {
        // All changes come in the second half of the way.
        let melodies = way(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        assert_eq!(evenly(&melodies, 5)[1..], [6, 7, 8, 9]);
    }

    #[test]
    fn a_way_without_changes_is_walked_in_equal_steps() {
        assert_eq!(evenly(&way(&[3; 9]), 5), [0, 2, 4, 6, 8]);
    }

    #[test]
    fn a_jump_that_no_choice_can_avoid_is_one_link() {
        let melodies = way(&[0, 0, 0, 8, 8, 8]);
        let chosen = evenly(&melodies, 4);
        assert_eq!((chosen[0], chosen[3]), (0, 5));
        let jumps = chosen
            .windows(2)
            .filter(|pair| edit_distance(&melodies[pair[0]], &melodies[pair[1]]) > 0.0)
            .count();
        assert_eq!(jumps, 1);
    }

    #[test]
    fn too_few_melodies_are_all_chosen() {
        assert_eq!(evenly(&way(&[1, 2]), 5), [0, 1]);
    }
}
