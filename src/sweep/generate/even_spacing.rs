//! Choosing points of a path so that their melodies change evenly.

use super::melody_distances::MelodyDistances;
use crate::melody::Melody;
use crate::progress::{ProgressFn, par_map, subrange};

/// Selects `count` of the melodies and returns their indices in the order of the path. `fractions` has the position of each
/// melody along the path, from 0 to 1. The first and the last melody are included, and no two are at the same
/// fraction. Minimises the largest edit distance between consecutive melodies, then the sum of the squared distances.
///
/// Both minima are exact, by dynamic programming. With at most `count` melodies, or a `count` below 2, all are selected, those at
/// equal fractions too, in the order given. `distances` keeps the measured distances for the next call.
///
/// # Errors
/// The error of `progress`.
pub(super) fn select_evenly<E>(
    melodies: &[Melody],
    fractions: &[f64],
    count: usize,
    distances: &mut MelodyDistances,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<usize>, E> {
    let unconstrained = Constraints {
        required: &[],
        max_gap: f64::INFINITY,
    };
    select_evenly_constrained(
        melodies,
        fractions,
        count,
        unconstrained,
        distances,
        progress,
    )
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
    count: usize,
    constraints: Constraints<'_>,
    distances: &mut MelodyDistances,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<usize>, E> {
    let melody_count = melodies.len();
    if melody_count <= count || count < 2 {
        return Ok((0..melody_count).collect());
    }
    let mut order: Vec<usize> = (0..melody_count).collect();
    order.sort_by(|a, b| fractions[*a].total_cmp(&fractions[*b]));
    let distance_indices = distances.indices_of(melodies, &mut subrange(progress, (0.0, 0.4)))?;
    let all_distances = &*distances;
    // From here on, melodies are indexed in the order of the path. Each row has the distances to the melodies before.
    let distances: Vec<Vec<f32>> = par_map(
        melody_count,
        melody_count,
        &mut subrange(progress, (0.4, 0.45)),
        |to| {
            let own_index = distance_indices[order[to]];
            let before = order[..to].iter();
            before
                .map(|from| all_distances.between(distance_indices[*from], own_index))
                .collect()
        },
    )?;
    let required = constraints.required.iter();
    let required_fractions: Vec<f64> = required
        .filter_map(|k| fractions.get(*k).copied())
        .collect();
    let fractions: Vec<f64> = order.iter().map(|index| fractions[*index]).collect();
    let limits = (required_fractions.as_slice(), constraints.max_gap);
    let max_fractions = max_next_fraction(
        &fractions,
        count,
        limits,
        &mut subrange(progress, (0.45, 0.5)),
    )?;
    let forbidden = |from: usize, to: usize| {
        fractions[to] <= fractions[from] || fractions[to] > max_fractions[from]
    };
    let max_distance = cheapest_chain(
        melody_count,
        count,
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
        melody_count,
        count,
        &mut subrange(progress, (0.75, 1.0)),
        |so_far, from, to| {
            let distance = f64::from(distances[to][from]);
            if forbidden(from, to) || distance > max_distance {
                return f64::INFINITY;
            }
            // Where melodies do not differ, equal steps along the path.
            so_far + distance * distance + (fractions[to] - fractions[from]).powi(2)
        },
    )?;
    Ok(chain.into_iter().map(|node| order[node]).collect())
}

/// For each melody, the largest fraction that the next selected one may have: it must not pass the next required fraction,
/// nor be more than `max_gap` ahead. Where no selection of `count` melodies meets both limits, the first alone counts; where
/// none meets that one, there is no limit.
fn max_next_fraction<E>(
    fractions: &[f64],
    count: usize,
    (required_fractions, max_gap): (&[f64], f64),
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<f64>, E> {
    let unlimited = vec![f64::INFINITY; fractions.len()];
    if required_fractions.is_empty() && max_gap.is_infinite() {
        return Ok(unlimited);
    }
    let next_required = |fraction: f64| {
        let later = required_fractions
            .iter()
            .copied()
            .filter(|next| *next > fraction);
        later.fold(f64::INFINITY, f64::min)
    };
    // With a tolerance for rounding.
    let gap_end = |fraction: f64| fraction + max_gap * (1.0 + 5e-7);
    let both = fractions
        .iter()
        .map(|fraction| next_required(*fraction).min(gap_end(*fraction)));
    let required_only = fractions.iter().map(|fraction| next_required(*fraction));
    for max_fractions in [both.collect::<Vec<f64>>(), required_only.collect()] {
        let (possible, _) =
            cheapest_chain(fractions.len(), count, progress, |so_far, from, to| {
                if fractions[to] > fractions[from] && fractions[to] <= max_fractions[from] {
                    so_far
                } else {
                    f64::INFINITY
                }
            })?;
        if possible.is_finite() {
            return Ok(max_fractions);
        }
    }
    Ok(unlimited)
}

/// The cheapest chain of `count` nodes out of `0..node_count`, from the first to the last, and its cost. `extended_cost` receives
/// the cost of a chain, its last node and a later node, and returns the cost of the chain with this node appended.
fn cheapest_chain<E>(
    node_count: usize,
    count: usize,
    progress: &mut ProgressFn<'_, E>,
    extended_cost: impl Fn(f64, usize, usize) -> f64 + Sync,
) -> Result<(f64, Vec<usize>), E> {
    /// Approximate operations per link.
    const LINK_COST: usize = 4;
    let mut costs = vec![f64::INFINITY; node_count];
    costs[0] = 0.0;
    let mut predecessors: Vec<Vec<usize>> = Vec::with_capacity(count);
    for links in 1..count {
        let fraction = |links: usize| links as f64 / count as f64;
        let mut progress = subrange(progress, (fraction(links - 1), fraction(links)));
        let next = par_map(node_count, node_count * LINK_COST, &mut progress, |to| {
            let mut cheapest = (f64::INFINITY, 0);
            // A chain of `links - 1` links ends at node `links - 1` or later.
            for (from, cost) in costs.iter().enumerate().take(to).skip(links - 1) {
                let cost = extended_cost(*cost, from, to);
                if cost < cheapest.0 {
                    cheapest = (cost, from);
                }
            }
            cheapest
        })?;
        let predecessor;
        (costs, predecessor) = next.into_iter().unzip();
        predecessors.push(predecessor);
    }
    let mut node = node_count - 1;
    let mut chain = vec![node];
    for predecessor in predecessors.iter().rev() {
        node = predecessor[node];
        chain.push(node);
    }
    chain.reverse();
    Ok((costs[node_count - 1], chain))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::melody::{Tokens, edit_distance};
    use crate::progress::no_progress;

    fn selected(melodies: &[Melody], fractions: &[f64], count: usize) -> Vec<usize> {
        let Ok(chosen) = select_evenly(
            melodies,
            fractions,
            count,
            &mut MelodyDistances::default(),
            &mut no_progress,
        );
        chosen
    }

    fn at_equal_distances(melodies: &[Melody], count: usize) -> Vec<usize> {
        let last = (melodies.len() - 1).max(1) as f64;
        let fractions: Vec<f64> = (0..melodies.len()).map(|k| k as f64 / last).collect();
        selected(melodies, &fractions, count)
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
        assert_eq!(at_equal_distances(&melodies, 5)[1..], [6, 7, 8, 9]);
    }

    #[test]
    fn a_path_without_changes_is_divided_into_equal_steps() {
        assert_eq!(
            at_equal_distances(&melodies_with(&[3; 9]), 5),
            [0, 2, 4, 6, 8]
        );
    }

    #[test]
    fn a_jump_that_no_choice_can_avoid_is_one_link() {
        let melodies = melodies_with(&[0, 0, 0, 8, 8, 8]);
        let chosen = at_equal_distances(&melodies, 4);
        assert_eq!((chosen[0], chosen[3]), (0, 5));
        let jumps = chosen
            .windows(2)
            .filter(|pair| edit_distance(&melodies[pair[0]], &melodies[pair[1]]) > 0.0)
            .count();
        assert_eq!(jumps, 1);
    }

    #[test]
    fn too_few_melodies_are_all_chosen() {
        assert_eq!(at_equal_distances(&melodies_with(&[1, 2]), 5), [0, 1]);
    }

    fn constrained(
        melodies: &[Melody],
        count: usize,
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
            count,
            constraints,
            &mut distances,
            &mut no_progress,
        );
        chosen
    }

    #[test]
    fn required_melodies_are_selected_and_the_others_as_evenly_as_possible() {
        let melodies = melodies_with(&[0, 0, 0, 0, 0, 0, 2, 4, 6, 8]);
        let unlimited = f64::INFINITY;
        assert_eq!(
            constrained(&melodies, 6, &[0, 3, 9], unlimited),
            [0, 3, 6, 7, 8, 9]
        );
        // More melodies are required than are to be selected.
        assert_eq!(constrained(&melodies, 3, &[1, 2, 3, 4], unlimited).len(), 3);
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
        let cancelled = select_evenly(
            &melodies,
            &fractions,
            3,
            &mut MelodyDistances::default(),
            &mut |_| Err(()),
        );
        assert_eq!(cancelled, Err(()));
    }
}
