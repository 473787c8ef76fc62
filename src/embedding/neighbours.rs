//! The nearest neighbours of every point: exact up to [`MAX_EXACT`] points, approximate beyond.
//!
//! The approximation takes candidates from the leaves of random projection trees (Dasgupta and Freund 2008), then from the
//! neighbours of neighbours (Dong, Moses and Li 2011). Each round reads only the result of the round before, so the result
//! does not depend on the number of threads.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::features::{Features, LANES, squared_distance};
use super::point_groups::PointGroups;
use crate::multiversion::multiversion;
use crate::progress::{ProgressFn, par_map, par_map_init, subrange, work_chunks};

/// Maximum number of points of which every pair is compared.
const MAX_EXACT: usize = 20_000;
/// Number of points whose distances to all others are computed together.
const PORTION_POINTS: usize = 8;
/// Number of random projection trees.
const TREE_COUNT: u64 = 8;
/// Maximum number of points of a leaf.
const MAX_LEAF_POINTS: usize = 96;
/// Number of rounds that take candidates from the neighbours of neighbours.
const REFINEMENT_ROUNDS: usize = 2;
/// Number of nearest neighbours of a point whose neighbours are candidates in a round.
const EXPANDED_NEIGHBOURS: usize = 16;

/// The nearest neighbours of each point, nearest first; of equally near ones the one of lower index first.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    count: usize,
    indices: Vec<u32>,
    squares: Vec<f32>,
}

impl Neighbours {
    /// Finds the `count` nearest of each point, or all others where there are fewer.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn find<E>(
        features: &Features,
        count: usize,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = features.len();
        let count = count.min(n.saturating_sub(1));
        let lists = if n <= MAX_EXACT {
            exact(features, count, progress)?
        } else {
            approximate(features, count, progress)?
        };
        let mut neighbours = Self {
            count,
            indices: Vec::with_capacity(n * count),
            squares: Vec::with_capacity(n * count),
        };
        for list in lists {
            neighbours
                .indices
                .extend(list.iter().map(|(_, index)| *index));
            neighbours
                .squares
                .extend(list.iter().map(|(square, _)| *square));
        }
        Ok(neighbours)
    }

    /// Number of neighbours of each point.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The neighbours of a point.
    ///
    /// # Panics
    /// If the index is out of range.
    #[must_use]
    pub fn neighbours_of(&self, index: usize) -> &[u32] {
        &self.indices[index * self.count..(index + 1) * self.count]
    }

    /// The squared distances of a point's neighbours.
    ///
    /// # Panics
    /// If the index is out of range.
    #[must_use]
    pub fn squared_distances_of(&self, index: usize) -> &[f32] {
        &self.squares[index * self.count..(index + 1) * self.count]
    }
}

/// The `count` rows nearest to a new row, nearest first, as squared distance and index.
#[must_use]
pub fn nearest_to(features: &Features, row: &[f32], count: usize) -> Vec<(f32, u32)> {
    let row = features.padded(row);
    let mut best = NearestList::new(count.min(features.len()));
    for index in 0..features.len() {
        best.insert(squared_distance(&row, features.row(index)), index as u32);
    }
    best.list
}

/// The nearest candidates so far, in order.
struct NearestList {
    capacity: usize,
    list: Vec<(f32, u32)>,
}

impl NearestList {
    fn new(capacity: usize) -> Self {
        Self {
            capacity,
            list: Vec::with_capacity(capacity + 1),
        }
    }

    /// The largest square in the list if it is full, else infinity.
    fn limit(&self) -> f32 {
        match self.list.last() {
            Some(last) if self.list.len() == self.capacity => last.0,
            _ => f32::INFINITY,
        }
    }

    fn insert(&mut self, square: f32, index: u32) {
        if self.list.len() == self.capacity {
            match self.list.last() {
                Some(last) if (square, index) < *last => {}
                _ => return,
            }
        }
        let position = self.list.partition_point(|entry| *entry < (square, index));
        self.list.insert(position, (square, index));
        self.list.truncate(self.capacity);
    }
}

/// The exact neighbours of every point, by comparing every pair.
fn exact<E>(
    features: &Features,
    count: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<(f32, u32)>>, E> {
    let n = features.len();
    let groups = PointGroups::new(features);
    let cost = PORTION_POINTS * n * features.width() / 8;
    let lists = par_map_init(
        n.div_ceil(PORTION_POINTS),
        cost,
        progress,
        Vec::new,
        |squares, portion| {
            let from = portion * PORTION_POINTS;
            let points = from..n.min(from + PORTION_POINTS);
            groups.squares_from(points.clone(), squares);
            let nearest = points
                .zip(squares.chunks_exact(groups.stride()))
                .map(|(i, squares)| nearest_in(&squares[..n], i, count));
            nearest.collect::<Vec<_>>()
        },
    )?;
    Ok(lists.into_iter().flatten().collect())
}

/// The `count` points nearest to point `i` without itself, nearest first; of equally near ones the one of lower index first.
/// `squares` has one entry per point.
pub(super) fn nearest_in(squares: &[f32], i: usize, count: usize) -> Vec<(f32, u32)> {
    let mut best = NearestList::new(count);
    let mut limit = f32::INFINITY;
    for (j, square) in squares.iter().enumerate() {
        // Of equal squares the earlier is in the list already.
        let is_near = *square < limit || (limit == f32::INFINITY && best.list.len() < count);
        if is_near && j != i {
            best.insert(*square, j as u32);
            limit = best.limit();
        }
    }
    best.list
}

/// The approximate neighbours of every point, from the trees and [`REFINEMENT_ROUNDS`] rounds.
fn approximate<E>(
    features: &Features,
    count: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<(f32, u32)>>, E> {
    let n = features.len();
    let leaves = forest(features, &mut subrange(progress, (0.0, 0.2)))?;
    let mut lists: Vec<Vec<(f32, u32)>> = vec![Vec::new(); n];
    for (tree, leaves) in leaves.iter().enumerate() {
        let fraction = |tree: usize| 0.2 + 0.4 * tree as f64 / TREE_COUNT as f64;
        let range = (fraction(tree), fraction(tree + 1));
        let cost = MAX_LEAF_POINTS * MAX_LEAF_POINTS * features.width() / 4;
        let leaf_lists = par_map(leaves.len(), cost, &mut subrange(progress, range), |leaf| {
            nearest_in_leaf(features, &leaves[leaf], count)
        })?;
        let mut tree_lists: Vec<Vec<(f32, u32)>> = vec![Vec::new(); n];
        for (leaf, lists) in leaves.iter().zip(leaf_lists) {
            for (index, list) in leaf.iter().zip(lists) {
                tree_lists[*index as usize] = list;
            }
        }
        lists
            .par_iter_mut()
            .zip(tree_lists)
            .for_each(|(merged, list)| {
                *merged = if merged.is_empty() {
                    list
                } else {
                    merge(merged, &list, count)
                };
            });
    }
    let nearest_of = |i: usize, mut candidates: Vec<u32>| {
        candidates.sort_unstable();
        candidates.dedup();
        candidates.retain(|j| *j as usize != i);
        let mut squares = vec![0.0; candidates.len()];
        fill_squares(features, i, &candidates, &mut squares);
        let mut best = NearestList::new(count);
        let mut limit = f32::INFINITY;
        for (square, j) in squares.into_iter().zip(candidates) {
            if square <= limit {
                best.insert(square, j);
                limit = best.limit();
            }
        }
        best.list
    };
    for round in 0..REFINEMENT_ROUNDS {
        let fraction = |round: usize| 0.6 + 0.4 * round as f64 / REFINEMENT_ROUNDS as f64;
        let mut progress = subrange(progress, (fraction(round), fraction(round + 1)));
        let cost = (count + EXPANDED_NEIGHBOURS * EXPANDED_NEIGHBOURS) * features.width();
        let previous_lists = lists;
        lists = par_map(n, cost, &mut progress, |i| {
            let neighbours = previous_lists[i].iter().map(|(_, j)| *j);
            let second_neighbours = previous_lists[i]
                .iter()
                .take(EXPANDED_NEIGHBOURS)
                .flat_map(|(_, j)| previous_lists[*j as usize].iter().take(EXPANDED_NEIGHBOURS))
                .map(|(_, k)| *k);
            nearest_of(i, neighbours.chain(second_neighbours).collect())
        })?;
    }
    Ok(lists)
}

multiversion! {
    /// Squared distances from point `i` to some others.
    fn fill_squares(features: &Features, i: usize, others: &[u32], squares: &mut [f32]) = fill_squares_body
}

#[inline(always)]
fn fill_squares_body(features: &Features, i: usize, others: &[u32], squares: &mut [f32]) {
    let own = features.row(i);
    for (square, j) in squares.iter_mut().zip(others) {
        *square = squared_distance(own, features.row(*j as usize));
    }
}

/// For each point of a leaf its `count` nearest neighbours in the leaf, nearest first.
fn nearest_in_leaf(features: &Features, leaf: &[u32], count: usize) -> Vec<Vec<(f32, u32)>> {
    let rows: Vec<usize> = leaf.iter().map(|index| *index as usize).collect();
    let features = features.select(&rows);
    let groups = PointGroups::new(&features);
    let mut squares = Vec::new();
    groups.squares_from(0..leaf.len(), &mut squares);
    let lists = squares.chunks_exact(groups.stride()).zip(leaf);
    lists
        .map(|(squares, own)| {
            let others = squares.iter().copied().zip(leaf.iter().copied());
            let mut list: Vec<(f32, u32)> = others.filter(|(_, index)| index != own).collect();
            list.sort_unstable_by(by_square);
            list.truncate(count);
            list
        })
        .collect()
}

fn by_square(a: &(f32, u32), b: &(f32, u32)) -> Ordering {
    a.0.total_cmp(&b.0).then(a.1.cmp(&b.1))
}

/// The first `count` of two ordered lists together, each entry once.
fn merge(a: &[(f32, u32)], b: &[(f32, u32)], count: usize) -> Vec<(f32, u32)> {
    let mut merged = Vec::with_capacity(count);
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while merged.len() < count {
        let order = match (a.peek(), b.peek()) {
            (None, None) => break,
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(x), Some(y)) => by_square(x, y),
        };
        let next = match order {
            Ordering::Less => a.next(),
            Ordering::Greater => b.next(),
            Ordering::Equal => a.next().and(b.next()),
        };
        merged.extend(next.copied());
    }
    merged
}

/// Points of a tree that are still to be split.
struct Branch {
    tree: usize,
    seed: u64,
    points: Vec<u32>,
}

/// The leaves of every tree. All branches of one depth are split before the next.
fn forest<E>(
    features: &Features,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<Vec<u32>>>, E> {
    let n = features.len();
    let mut leaves = vec![Vec::new(); TREE_COUNT as usize];
    let mut branches: Vec<Branch> = (0..TREE_COUNT)
        .map(|seed| Branch {
            tree: seed as usize,
            seed,
            points: (0..n as u32).collect(),
        })
        .collect();
    let depths = (n as f64 / MAX_LEAF_POINTS as f64).log2().ceil().max(1.0);
    let mut depth = 0.0;
    while !branches.is_empty() {
        let longest = branches.iter().map(|b| b.points.len()).max().unwrap_or(0);
        let mut next = Vec::with_capacity(2 * branches.len());
        for portion in work_chunks(branches.len(), longest * features.width()) {
            progress(f64::min(depth / depths, 1.0))?;
            next.par_extend(
                branches[portion]
                    .par_iter()
                    .flat_map_iter(|branch| split(features, branch)),
            );
        }
        branches = Vec::new();
        for branch in next {
            if branch.points.len() <= MAX_LEAF_POINTS {
                leaves[branch.tree].push(branch.points);
            } else {
                branches.push(branch);
            }
        }
        depth += 1.0;
    }
    Ok(leaves)
}

/// Splits the points into halves along the line through two of them.
fn split(features: &Features, branch: &Branch) -> [Branch; 2] {
    let Branch { tree, seed, points } = branch;
    let pick =
        |salt: u64| points[(hash(seed ^ hash(salt)) % points.len() as u64) as usize] as usize;
    let (a, b) = (features.row(pick(1)), features.row(pick(2)));
    let direction: Vec<f32> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let mut projections: Vec<(f32, u32)> = points
        .iter()
        .map(|index| (dot(features.row(*index as usize), &direction), *index))
        .collect();
    let middle = projections.len() / 2;
    projections.select_nth_unstable_by(middle, |x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    let (low, high) = projections.split_at(middle);
    [(3, low), (4, high)].map(|(side, half)| Branch {
        tree: *tree,
        seed: hash(seed ^ side),
        points: half.iter().map(|(_, index)| *index).collect(),
    })
}

/// Product of two padded rows, summed in a fixed order.
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0_f32; LANES];
    for (a, b) in a
        .as_chunks::<LANES>()
        .0
        .iter()
        .zip(b.as_chunks::<LANES>().0)
    {
        for lane in 0..LANES {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum()
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014).
pub(super) fn hash(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::no_progress;

    fn uniform_features(n: usize) -> Features {
        let rows: Vec<Vec<f32>> = (0..n as u64)
            .map(|i| {
                (0..6)
                    .map(|k| (hash(i * 6 + k) >> 40) as f32 / (1 << 24) as f32)
                    .collect()
            })
            .collect();
        Features::new(&rows)
    }

    #[test]
    fn neighbours_are_ordered_and_ties_by_index() {
        let line = Features::new(&[[0.0_f32], [1.0], [3.0], [2.0]]);
        let find = |features: &Features, count| {
            let Ok(neighbours) = Neighbours::find(features, count, &mut no_progress);
            neighbours
        };
        let neighbours = find(&line, 3);
        assert_eq!(neighbours.neighbours_of(1), [0, 3, 2]);
        assert_eq!(neighbours.squared_distances_of(1), [1.0, 1.0, 4.0]);
        assert_eq!(nearest_to(&line, &[2.6], 2)[0].1, 2);
        assert_eq!(find(&line, 9).count(), 3);
        assert_eq!(find(&Features::new(&[[0.0_f32]]), 3).count(), 0);
    }

    #[test]
    fn the_forest_finds_nearly_all_true_neighbours() {
        let features = uniform_features(3_000);
        let (Ok(exact_lists), Ok(approximate_lists)) = (
            exact(&features, 10, &mut no_progress),
            approximate(&features, 10, &mut no_progress),
        );
        let found_count: usize = exact_lists
            .iter()
            .zip(&approximate_lists)
            .map(|(a, b)| a.iter().filter(|x| b.contains(x)).count())
            .sum();
        assert!(
            found_count as f64 > 0.95 * 30_000.0,
            "{found_count} of 30000"
        );
    }
}
