//! Choosing points of a way so that the melodies there change evenly.

use super::melody_distances::Apart;
use crate::melody::Melody;
use crate::statistics::{ProgressFn, par_map, subrange};

/// Indices of `steps` of the melodies, first and last included, each farther along the way (`shares`, from 0 to 1)
/// than the one before: the largest edit distance between neighbours is as small as it can be, and among such choices
/// the sum of the squared distances.
///
/// Both are found by dynamic programming over all choices. With fewer melodies than steps, all are chosen. `apart` keeps
/// the distances for the next choice.
///
/// # Errors
/// What `look` stops with.
pub(super) fn evenly<E>(
    melodies: &[Melody],
    shares: &[f64],
    steps: usize,
    apart: &mut Apart,
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<usize>, E> {
    let free = Rules {
        kept: &[],
        widest: f64::INFINITY,
    };
    evenly_through(melodies, shares, steps, free, apart, look)
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
pub(super) fn evenly_through<E>(
    melodies: &[Melody],
    shares: &[f64],
    steps: usize,
    rules: Rules<'_>,
    apart: &mut Apart,
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<usize>, E> {
    let count = melodies.len();
    if count <= steps || steps < 2 {
        return Ok((0..count).collect());
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| shares[*a].total_cmp(&shares[*b]));
    let numbers = apart.numbers(melodies, &mut subrange(look, (0.0, 0.4)))?;
    let known = &*apart;
    // From here on melodies go by their place along the way. Distances of each to those before it.
    let distances: Vec<Vec<f32>> = par_map(count, count, &mut subrange(look, (0.4, 0.45)), |to| {
        let own = numbers[order[to]];
        let before = order[..to].iter();
        before.map(|at| known.between(numbers[*at], own)).collect()
    })?;
    let kept: Vec<f64> = rules
        .kept
        .iter()
        .filter_map(|k| shares.get(*k).copied())
        .collect();
    let shares: Vec<f64> = order.iter().map(|index| shares[*index]).collect();
    let reach = reach(
        &shares,
        steps,
        (&kept, rules.widest),
        &mut subrange(look, (0.45, 0.5)),
    )?;
    let back = |from: usize, to: usize| shares[to] <= shares[from] || shares[to] > reach[from];
    let largest = best(
        count,
        steps,
        &mut subrange(look, (0.5, 0.75)),
        |so_far, from, to| {
            if back(from, to) {
                return f64::INFINITY;
            }
            f64::max(so_far, f64::from(distances[to][from]))
        },
    )?
    .0;
    let (_, chain) = best(
        count,
        steps,
        &mut subrange(look, (0.75, 1.0)),
        |so_far, from, to| {
            let distance = f64::from(distances[to][from]);
            if back(from, to) || distance > largest {
                return f64::INFINITY;
            }
            // Where melodies do not differ, equal steps along the way.
            so_far + distance * distance + (shares[to] - shares[from]).powi(2)
        },
    )?;
    Ok(chain.into_iter().map(|at| order[at]).collect())
}

/// The largest share that each melody's link to the next may lead to: to the next that is kept, and no farther than the
/// widest link.
fn reach<E>(
    shares: &[f64],
    steps: usize,
    (kept, widest): (&[f64], f64),
    look: &mut ProgressFn<'_, E>,
) -> Result<Vec<f64>, E> {
    let free = vec![f64::INFINITY; shares.len()];
    if kept.is_empty() && widest.is_infinite() {
        return Ok(free);
    }
    let next_kept = |share: f64| {
        let later = kept.iter().copied().filter(|kept| *kept > share);
        later.fold(f64::INFINITY, f64::min)
    };
    // Half a millionth more, for rounding.
    let wide = |share: f64| share + widest * (1.0 + 5e-7);
    let both = shares
        .iter()
        .map(|share| next_kept(*share).min(wide(*share)));
    let only_kept = shares.iter().map(|share| next_kept(*share));
    for reach in [both.collect::<Vec<f64>>(), only_kept.collect()] {
        let (possible, _) = best(shares.len(), steps, look, |so_far, from, to| {
            if shares[to] > shares[from] && shares[to] <= reach[from] {
                so_far
            } else {
                f64::INFINITY
            }
        })?;
        if possible.is_finite() {
            return Ok(reach);
        }
    }
    Ok(free)
}

/// The cheapest chain of `steps` of `count` places, from the first to the last, and its cost; `add` extends a chain's
/// cost by a link from one place to a later one.
fn best<E>(
    count: usize,
    steps: usize,
    look: &mut ProgressFn<'_, E>,
    add: impl Fn(f64, usize, usize) -> f64 + Sync,
) -> Result<(f64, Vec<usize>), E> {
    /// Operations for a link.
    const LINK: usize = 4;
    let mut costs = vec![f64::INFINITY; count];
    costs[0] = 0.0;
    let mut came_from: Vec<Vec<usize>> = Vec::with_capacity(steps);
    for step in 1..steps {
        let share = |step: usize| step as f64 / steps as f64;
        let mut look = subrange(look, (share(step - 1), share(step)));
        let next = par_map(count, count * LINK, &mut look, |to| {
            let mut cheapest = (f64::INFINITY, 0);
            // So many links lead at least so far.
            for (at, cost) in costs.iter().enumerate().take(to).skip(step - 1) {
                let cost = add(*cost, at, to);
                if cost < cheapest.0 {
                    cheapest = (cost, at);
                }
            }
            cheapest
        })?;
        let from;
        (costs, from) = next.into_iter().unzip();
        came_from.push(from);
    }
    let mut at = count - 1;
    let mut chain = vec![at];
    for from in came_from.iter().rev() {
        at = from[at];
        chain.push(at);
    }
    chain.reverse();
    Ok((costs[count - 1], chain))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Tokens, edit_distance};
    use crate::statistics::no_progress;

    fn unwatched_evenly(melodies: &[Melody], shares: &[f64], steps: usize) -> Vec<usize> {
        let Ok(chosen) = evenly(
            melodies,
            shares,
            steps,
            &mut Apart::default(),
            &mut no_progress,
        );
        chosen
    }

    fn along(melodies: &[Melody], steps: usize) -> Vec<usize> {
        let last = (melodies.len() - 1).max(1) as f64;
        let shares: Vec<f64> = (0..melodies.len()).map(|k| k as f64 / last).collect();
        unwatched_evenly(melodies, &shares, steps)
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
        {
            let mut apart = Apart::default();
            let Ok(chosen) = evenly_through(
                melodies,
                &shares,
                steps,
                rules,
                &mut apart,
                &mut no_progress,
            );
            chosen
        }
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
        assert_eq!(unwatched_evenly(&melodies, &shares, 3), [0, 3, 4]);
        let stopped = evenly(&melodies, &shares, 3, &mut Apart::default(), &mut |_| {
            Err(())
        });
        assert_eq!(stopped, Err(()));
    }
}
