//! Choosing points of a way so that the melodies there change evenly.

use crate::melody::{Melody, edit_distance};

/// Indices of `steps` of the melodies, first and last included, each farther along the way (`shares`, from 0 to 1)
/// than the one before: the largest edit distance between neighbours is as small as it can be, and among such choices
/// the sum of the squared distances. None if `cancelled` says so on the way.
///
/// Both are found by dynamic programming over all choices. With fewer melodies than steps, all are chosen.
pub(super) fn evenly(
    melodies: &[Melody],
    shares: &[f64],
    steps: usize,
    cancelled: &dyn Fn() -> bool,
) -> Option<Vec<usize>> {
    let free = Rules {
        kept: &[],
        widest: f64::INFINITY,
    };
    evenly_through(melodies, shares, steps, free, cancelled)
}

/// What else the choice has to heed. Rules that cannot be met do not count.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rules<'a> {
    /// Indices of melodies that are chosen in any case.
    pub(super) kept: &'a [usize],
    /// Largest difference of shares between neighbours.
    pub(super) widest: f64,
}

/// As [`evenly`], under rules.
pub(super) fn evenly_through(
    melodies: &[Melody],
    shares: &[f64],
    steps: usize,
    rules: Rules<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Option<Vec<usize>> {
    let count = melodies.len();
    if count <= steps || steps < 2 {
        return Some((0..count).collect());
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| shares[*a].total_cmp(&shares[*b]));
    let mut distances = vec![vec![0.0; count]; count];
    for a in 0..count {
        if cancelled() {
            return None;
        }
        for b in a + 1..count {
            let distance = edit_distance(&melodies[a], &melodies[b]);
            distances[a][b] = distance;
            distances[b][a] = distance;
        }
    }
    let reach = reach(&order, shares, steps, rules, cancelled)?;
    let back = |from: usize, to: usize| shares[to] <= shares[from] || shares[to] > reach[from];
    let largest = best(&order, steps, cancelled, |so_far, from, to| {
        if back(from, to) {
            return f64::INFINITY;
        }
        f64::max(so_far, distances[from][to])
    })?
    .0;
    let (_, chain) = best(&order, steps, cancelled, |so_far, from, to| {
        let distance = distances[from][to];
        if back(from, to) || distance > largest {
            return f64::INFINITY;
        }
        // Where melodies do not differ, equal steps along the way.
        so_far + distance * distance + (shares[to] - shares[from]).powi(2)
    })?;
    Some(chain)
}

/// The largest share that each melody's link to the next may lead to.
fn reach(
    order: &[usize],
    shares: &[f64],
    steps: usize,
    rules: Rules<'_>,
    cancelled: &dyn Fn() -> bool,
) -> Option<Vec<f64>> {
    let free = vec![f64::INFINITY; shares.len()];
    if rules.kept.is_empty() && rules.widest.is_infinite() {
        return Some(free);
    }
    let next_kept = |share: f64| {
        let kept = rules.kept.iter().filter_map(|k| shares.get(*k).copied());
        kept.filter(|kept| *kept > share)
            .fold(f64::INFINITY, f64::min)
    };
    // Half a millionth more, for rounding.
    let wide = |share: f64| share + rules.widest * (1.0 + 5e-7);
    let both = shares
        .iter()
        .map(|share| next_kept(*share).min(wide(*share)));
    let kept = shares.iter().map(|share| next_kept(*share));
    for reach in [both.collect::<Vec<f64>>(), kept.collect()] {
        let (possible, _) = best(order, steps, cancelled, |so_far, from, to| {
            if shares[to] > shares[from] && shares[to] <= reach[from] {
                so_far
            } else {
                f64::INFINITY
            }
        })?;
        if possible.is_finite() {
            return Some(reach);
        }
    }
    Some(free)
}

/// The cheapest chain of `steps` links through `order`, from its first to its last, and its cost; `add` extends a
/// chain's cost by a link. None if cancelled.
fn best(
    order: &[usize],
    steps: usize,
    cancelled: &dyn Fn() -> bool,
    add: impl Fn(f64, usize, usize) -> f64,
) -> Option<(f64, Vec<usize>)> {
    let count = order.len();
    let mut costs = vec![f64::INFINITY; count];
    costs[0] = 0.0;
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(steps);
    for _ in 1..steps {
        if cancelled() {
            return None;
        }
        let mut next = vec![f64::INFINITY; count];
        let mut from = vec![0; count];
        for to in 1..count {
            for (at, cost) in costs.iter().enumerate().take(to) {
                let cost = add(*cost, order[at], order[to]);
                if cost < next[to] {
                    (next[to], from[to]) = (cost, at);
                }
            }
        }
        costs = next;
        came_from.push(from);
    }
    let mut at = count - 1;
    let mut chain = vec![order[at]];
    for from in came_from.iter().rev() {
        at = from[at];
        chain.push(order[at]);
    }
    chain.reverse();
    Some((costs[count - 1], chain))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::Tokens;

    fn along(melodies: &[Melody], steps: usize) -> Vec<usize> {
        let last = (melodies.len() - 1).max(1) as f64;
        let shares: Vec<f64> = (0..melodies.len()).map(|k| k as f64 / last).collect();
        evenly(melodies, &shares, steps, &|| false).unwrap()
    }

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
        assert_eq!(along(&melodies, 5)[1..], [6, 7, 8, 9]);
    }

    #[test]
    fn a_way_without_changes_is_walked_in_equal_steps() {
        assert_eq!(along(&way(&[3; 9]), 5), [0, 2, 4, 6, 8]);
    }

    #[test]
    fn a_jump_that_no_choice_can_avoid_is_one_link() {
        let melodies = way(&[0, 0, 0, 8, 8, 8]);
        let chosen = along(&melodies, 4);
        assert_eq!((chosen[0], chosen[3]), (0, 5));
        let jumps = chosen
            .windows(2)
            .filter(|pair| edit_distance(&melodies[pair[0]], &melodies[pair[1]]) > 0.0)
            .count();
        assert_eq!(jumps, 1);
    }

    #[test]
    fn too_few_melodies_are_all_chosen() {
        assert_eq!(along(&way(&[1, 2]), 5), [0, 1]);
    }

    fn through(melodies: &[Melody], steps: usize, kept: &[usize], widest: f64) -> Vec<usize> {
        let last = (melodies.len() - 1) as f64;
        let shares: Vec<f64> = (0..melodies.len()).map(|k| k as f64 / last).collect();
        let rules = Rules { kept, widest };
        evenly_through(melodies, &shares, steps, rules, &|| false).unwrap()
    }

    #[test]
    fn what_is_to_be_kept_is_kept_and_the_rest_is_as_even_as_that_allows() {
        let melodies = way(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        let free = f64::INFINITY;
        assert_eq!(through(&melodies, 6, &[0, 3, 9], free), [0, 3, 6, 7, 8, 9]);
        // More than there is room for.
        assert_eq!(through(&melodies, 3, &[1, 2, 3, 4], free).len(), 3);
    }

    #[test]
    fn no_link_is_wider_than_it_may_be_unless_all_would_have_to_be() {
        let melodies = way(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        let chosen = through(&melodies, 6, &[], 4.0 / 9.0);
        assert!(
            chosen.windows(2).all(|pair| pair[1] - pair[0] <= 4),
            "{chosen:?}"
        );
        assert_eq!(through(&melodies, 3, &[], 2.0 / 9.0).len(), 3);
    }

    #[test]
    fn a_detour_is_taken_where_the_way_itself_jumps() {
        // On the way itself all changes at once; beside it, half of them first.
        let melodies = way(&[0, 0, 8, 4, 8]);
        let shares = [0.0, 0.25, 0.75, 0.5, 1.0];
        assert_eq!(evenly(&melodies, &shares, 3, &|| false).unwrap(), [0, 3, 4]);
        assert_eq!(evenly(&melodies, &shares, 3, &|| true), None);
    }
}
