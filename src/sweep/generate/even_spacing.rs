//! Choosing points of a path so that their melodies change evenly.

use super::melody_distances::MelodyDistances;
use crate::melody::Melody;
use crate::statistics::{ProgressFn, par_map, subrange};

/// Selects `steps` of the melodies, first and last included, each farther along the path (`fractions`, from 0 to 1) than the
/// one before, and returns their indices. Minimises the largest edit distance between consecutive melodies, then the sum
/// of the squared distances.
///
/// Both minima are exact, by dynamic programming. With fewer melodies than steps, all are selected. `distances` is reused
/// by the next call.
///
/// # Errors
/// The error of `progress`.
pub(super) fn select_evenly<E>(
    melodies: &[Melody],
    fractions: &[f64],
    steps: usize,
    distances: &mut MelodyDistances,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<usize>, E> {
    let free = Constraints {
        required: &[],
        max_gap: f64::INFINITY,
    };
    select_evenly_constrained(melodies, fractions, steps, free, distances, progress)
}

/// Constraints of a selection. Those that cannot be met are ignored.
#[derive(Clone, Copy, Debug)]
pub(super) struct Constraints<'a> {
    /// Indices of melodies that must be selected.
    pub(super) required: &'a [usize],
    /// Largest difference of fractions between consecutive melodies.
    pub(super) max_gap: f64,
}

/// As [`select_evenly`], with constraints.
///
/// # Errors
/// The error of `progress`.
pub(super) fn select_evenly_constrained<E>(
    melodies: &[Melody],
    fractions: &[f64],
    steps: usize,
    constraints: Constraints<'_>,
    distances: &mut MelodyDistances,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<usize>, E> {
    let count = melodies.len();
    if count <= steps || steps < 2 {
        return Ok((0..count).collect());
    }
    let mut order: Vec<usize> = (0..count).collect();
    order.sort_by(|a, b| fractions[*a].total_cmp(&fractions[*b]));
    let ids = distances.indices_of(melodies, &mut subrange(progress, (0.0, 0.4)))?;
    let known = &*distances;
    // From here on, melodies are indexed in the order of the path. Distances of each to those before it.
    let distances: Vec<Vec<f32>> =
        par_map(count, count, &mut subrange(progress, (0.4, 0.45)), |to| {
            let own = ids[order[to]];
            let before = order[..to].iter();
            before.map(|at| known.between(ids[*at], own)).collect()
        })?;
    let required = constraints.required.iter();
    let required: Vec<f64> = required
        .filter_map(|k| fractions.get(*k).copied())
        .collect();
    let fractions: Vec<f64> = order.iter().map(|index| fractions[*index]).collect();
    let limits = (required.as_slice(), constraints.max_gap);
    let reach = max_next_fraction(
        &fractions,
        steps,
        limits,
        &mut subrange(progress, (0.45, 0.5)),
    )?;
    let forbidden =
        |from: usize, to: usize| fractions[to] <= fractions[from] || fractions[to] > reach[from];
    let largest = cheapest_chain(
        count,
        steps,
        &mut subrange(progress, (0.5, 0.75)),
        |so_far, from, to| {
            if forbidden(from, to) {
                return f64::INFINITY;
            }
            f64::max(so_far, f64::from(distances[to][from]))
        },
    )?
    .0;
    let (_, chain) = cheapest_chain(
        count,
        steps,
        &mut subrange(progress, (0.75, 1.0)),
        |so_far, from, to| {
            let distance = f64::from(distances[to][from]);
            if forbidden(from, to) || distance > largest {
                return f64::INFINITY;
            }
            // Where melodies do not differ, equal steps along the path.
            so_far + distance * distance + (fractions[to] - fractions[from]).powi(2)
        },
    )?;
    Ok(chain.into_iter().map(|at| order[at]).collect())
}

/// For each melody the largest fraction of its successor: no farther than the next required melody and the largest gap.
/// Falls back to the required ones alone, then to no limit, where no selection of `steps` fits.
fn max_next_fraction<E>(
    fractions: &[f64],
    steps: usize,
    (required, max_gap): (&[f64], f64),
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<f64>, E> {
    let free = vec![f64::INFINITY; fractions.len()];
    if required.is_empty() && max_gap.is_infinite() {
        return Ok(free);
    }
    let next_required = |fraction: f64| {
        let later = required.iter().copied().filter(|next| *next > fraction);
        later.fold(f64::INFINITY, f64::min)
    };
    // With a tolerance for rounding.
    let gap_end = |fraction: f64| fraction + max_gap * (1.0 + 5e-7);
    let both = fractions
        .iter()
        .map(|fraction| next_required(*fraction).min(gap_end(*fraction)));
    let required_only = fractions.iter().map(|fraction| next_required(*fraction));
    for reach in [both.collect::<Vec<f64>>(), required_only.collect()] {
        let (possible, _) =
            cheapest_chain(fractions.len(), steps, progress, |so_far, from, to| {
                if fractions[to] > fractions[from] && fractions[to] <= reach[from] {
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

/// The cheapest chain of `steps` of `count` nodes, from the first to the last, and its cost; `add` extends a chain's cost
/// by a link from one node to a later one.
fn cheapest_chain<E>(
    count: usize,
    steps: usize,
    progress: &mut ProgressFn<'_, E>,
    add: impl Fn(f64, usize, usize) -> f64 + Sync,
) -> Result<(f64, Vec<usize>), E> {
    /// Approximate operations per link.
    const LINK_COST: usize = 4;
    let mut costs = vec![f64::INFINITY; count];
    costs[0] = 0.0;
    let mut predecessors: Vec<Vec<usize>> = Vec::with_capacity(steps);
    for step in 1..steps {
        let fraction = |step: usize| step as f64 / steps as f64;
        let mut progress = subrange(progress, (fraction(step - 1), fraction(step)));
        let next = par_map(count, count * LINK_COST, &mut progress, |to| {
            let mut cheapest = (f64::INFINITY, 0);
            // `step - 1` links reach at least node `step - 1`.
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
        predecessors.push(from);
    }
    let mut at = count - 1;
    let mut chain = vec![at];
    for from in predecessors.iter().rev() {
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

    fn selected(melodies: &[Melody], fractions: &[f64], steps: usize) -> Vec<usize> {
        let Ok(chosen) = select_evenly(
            melodies,
            fractions,
            steps,
            &mut MelodyDistances::default(),
            &mut no_progress,
        );
        chosen
    }

    fn at_equal_shares(melodies: &[Melody], steps: usize) -> Vec<usize> {
        let last = (melodies.len() - 1).max(1) as f64;
        let fractions: Vec<f64> = (0..melodies.len()).map(|k| k as f64 / last).collect();
        selected(melodies, &fractions, steps)
    }

    /// Melodies whose first `k` of 8 notes are up an octave.
    fn melodies_with(changed: &[usize]) -> Vec<Melody> {
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
        // All changes are in the second half of the path.
        let melodies = melodies_with(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        assert_eq!(at_equal_shares(&melodies, 5)[1..], [6, 7, 8, 9]);
    }

    #[test]
    fn a_path_without_changes_is_divided_into_equal_steps() {
        assert_eq!(at_equal_shares(&melodies_with(&[3; 9]), 5), [0, 2, 4, 6, 8]);
    }

    #[test]
    fn a_jump_that_no_choice_can_avoid_is_one_link() {
        let melodies = melodies_with(&[0, 0, 0, 8, 8, 8]);
        let chosen = at_equal_shares(&melodies, 4);
        assert_eq!((chosen[0], chosen[3]), (0, 5));
        let jumps = chosen
            .windows(2)
            .filter(|pair| edit_distance(&melodies[pair[0]], &melodies[pair[1]]) > 0.0)
            .count();
        assert_eq!(jumps, 1);
    }

    #[test]
    fn too_few_melodies_are_all_chosen() {
        assert_eq!(at_equal_shares(&melodies_with(&[1, 2]), 5), [0, 1]);
    }

    fn constrained(
        melodies: &[Melody],
        steps: usize,
        required: &[usize],
        max_gap: f64,
    ) -> Vec<usize> {
        let last = (melodies.len() - 1) as f64;
        let fractions: Vec<f64> = (0..melodies.len()).map(|k| k as f64 / last).collect();
        let constraints = Constraints { required, max_gap };
        let mut distances = MelodyDistances::default();
        let Ok(chosen) = select_evenly_constrained(
            melodies,
            &fractions,
            steps,
            constraints,
            &mut distances,
            &mut no_progress,
        );
        chosen
    }

    #[test]
    fn required_melodies_are_selected_and_the_others_as_evenly_as_possible() {
        let melodies = melodies_with(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        let free = f64::INFINITY;
        assert_eq!(
            constrained(&melodies, 6, &[0, 3, 9], free),
            [0, 3, 6, 7, 8, 9]
        );
        // More required melodies than steps.
        assert_eq!(constrained(&melodies, 3, &[1, 2, 3, 4], free).len(), 3);
    }

    #[test]
    fn no_gap_exceeds_the_largest_unless_every_selection_would() {
        let melodies = melodies_with(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        let chosen = constrained(&melodies, 6, &[], 4.0 / 9.0);
        assert!(
            chosen.windows(2).all(|pair| pair[1] - pair[0] <= 4),
            "{chosen:?}"
        );
        assert_eq!(constrained(&melodies, 3, &[], 2.0 / 9.0).len(), 3);
    }

    #[test]
    fn a_detour_is_taken_where_the_path_itself_jumps() {
        // On the path itself all notes change at once; off it, half of them first.
        let melodies = melodies_with(&[0, 0, 8, 4, 8]);
        let fractions = [0.0, 0.25, 0.75, 0.5, 1.0];
        assert_eq!(selected(&melodies, &fractions, 3), [0, 3, 4]);
        let stopped = select_evenly(
            &melodies,
            &fractions,
            3,
            &mut MelodyDistances::default(),
            &mut |_| Err(()),
        );
        assert_eq!(stopped, Err(()));
    }
}
