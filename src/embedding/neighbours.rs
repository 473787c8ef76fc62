//! The nearest neighbours of every point: exact up to some ten thousand points, by a forest beyond.
//!
//! The forest is one of random projection trees (Dasgupta and Freund 2008), whose leaves propose neighbours; the
//! neighbours of neighbours are then tried (Dong, Moses and Li 2011). Each point is worked on by itself from what the
//! round before left, so the result does not depend on the number of threads.

use rayon::prelude::*;

use super::features::{Features, square_distance};
use crate::statistics::{ProgressFn, no_progress, par_map, subrange, work_chunks};

/// Up to this many points every pair is looked at.
const EXACT_UP_TO: usize = 20_000;
const TREES: u64 = 8;
const LEAF: usize = 96;
const ROUNDS: usize = 2;
/// Neighbours whose neighbours are tried.
const TRIED: usize = 16;

/// For each point its nearest others, nearest first; of equally near ones the earlier.
#[derive(Clone, Debug, PartialEq)]
pub struct Neighbours {
    count: usize,
    indices: Vec<u32>,
    squares: Vec<f32>,
}

impl Neighbours {
    /// Finds the `count` nearest of each point, or all others where there are fewer.
    #[must_use]
    pub fn find(features: &Features, count: usize) -> Self {
        let Ok(found) = Self::find_watched(features, count, &mut no_progress);
        found
    }

    /// As [`Neighbours::find`], stopped where `progress` says so.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn find_watched<E>(
        features: &Features,
        count: usize,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = features.len();
        let count = count.min(n.saturating_sub(1));
        let lists = if n <= EXACT_UP_TO {
            exact(features, count, progress)?
        } else {
            approximate(features, count, progress)?
        };
        let mut found = Self {
            count,
            indices: Vec::with_capacity(n * count),
            squares: Vec::with_capacity(n * count),
        };
        for list in lists {
            found.indices.extend(list.iter().map(|(_, index)| *index));
            found.squares.extend(list.iter().map(|(square, _)| *square));
        }
        Ok(found)
    }

    /// How many neighbours each point has.
    #[must_use]
    pub fn count(&self) -> usize {
        self.count
    }

    /// The neighbours of a point.
    ///
    /// # Panics
    /// If the index is out of range.
    #[must_use]
    pub fn of(&self, index: usize) -> &[u32] {
        &self.indices[index * self.count..(index + 1) * self.count]
    }

    /// Their squared distances.
    ///
    /// # Panics
    /// If the index is out of range.
    #[must_use]
    pub fn squares_of(&self, index: usize) -> &[f32] {
        &self.squares[index * self.count..(index + 1) * self.count]
    }
}

/// The `count` rows nearest to a row that is not among them, nearest first, with their squared distances.
#[must_use]
pub fn nearest_to(features: &Features, row: &[f32], count: usize) -> Vec<(f32, u32)> {
    let row = features.padded(row);
    let mut best = Best::new(count.min(features.len()));
    for index in 0..features.len() {
        best.offer(square_distance(&row, features.row(index)), index as u32);
    }
    best.list
}

/// The best few of what was offered, in order.
struct Best {
    most: usize,
    list: Vec<(f32, u32)>,
}

impl Best {
    fn new(most: usize) -> Self {
        Self {
            most,
            list: Vec::with_capacity(most + 1),
        }
    }

    fn offer(&mut self, square: f32, index: u32) {
        if self.list.len() == self.most {
            match self.list.last() {
                Some(last) if (square, index) < *last => {}
                _ => return,
            }
        }
        let at = self.list.partition_point(|entry| *entry < (square, index));
        self.list.insert(at, (square, index));
        self.list.truncate(self.most);
    }
}

fn exact<E>(
    features: &Features,
    count: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<(f32, u32)>>, E> {
    let n = features.len();
    par_map(n, n * features.width(), progress, |i| {
        let mut best = Best::new(count);
        let own = features.row(i);
        for j in 0..n {
            if j != i {
                best.offer(square_distance(own, features.row(j)), j as u32);
            }
        }
        best.list
    })
}

fn approximate<E>(
    features: &Features,
    count: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<(f32, u32)>>, E> {
    let n = features.len();
    let leaves = forest(features, &mut subrange(progress, (0.0, 0.2)))?;
    // Where each point ended up in each tree.
    let mut homes: Vec<Vec<u32>> = Vec::with_capacity(leaves.len());
    for leaves in &leaves {
        progress(0.2)?;
        let mut home = vec![0; n];
        for (number, leaf) in (0..).zip(leaves) {
            for index in leaf {
                home[*index as usize] = number;
            }
        }
        homes.push(home);
    }
    let best_of = |i: usize, mut candidates: Vec<u32>| {
        candidates.sort_unstable();
        candidates.dedup();
        let mut best = Best::new(count);
        for j in candidates {
            if j as usize != i {
                best.offer(features.square(i, j as usize), j);
            }
        }
        best.list
    };
    let cost = TREES as usize * LEAF * features.width();
    let mut lists = par_map(n, cost, &mut subrange(progress, (0.2, 0.6)), |i| {
        let candidates = leaves
            .iter()
            .zip(&homes)
            .flat_map(|(leaves, home)| &leaves[home[i] as usize])
            .copied()
            .collect();
        best_of(i, candidates)
    })?;
    for round in 0..ROUNDS {
        let share = |round: usize| 0.6 + 0.4 * round as f64 / ROUNDS as f64;
        let mut progress = subrange(progress, (share(round), share(round + 1)));
        let cost = (count + TRIED * TRIED) * features.width();
        let before = lists;
        lists = par_map(n, cost, &mut progress, |i| {
            let own = before[i].iter().map(|(_, j)| *j);
            let theirs = before[i]
                .iter()
                .take(TRIED)
                .flat_map(|(_, j)| before[*j as usize].iter().take(TRIED))
                .map(|(_, k)| *k);
            best_of(i, own.chain(theirs).collect())
        })?;
    }
    Ok(lists)
}

/// A part of the points of a tree that is still to be halved.
struct Branch {
    tree: usize,
    seed: u64,
    points: Vec<u32>,
}

/// The leaves of every tree. All branches of one depth are halved before the next.
fn forest<E>(
    features: &Features,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Vec<Vec<u32>>>, E> {
    let n = features.len();
    let mut leaves = vec![Vec::new(); TREES as usize];
    let mut branches: Vec<Branch> = (0..TREES)
        .map(|seed| Branch {
            tree: seed as usize,
            seed,
            points: (0..n as u32).collect(),
        })
        .collect();
    let depths = (n as f64 / LEAF as f64).log2().ceil().max(1.0);
    let mut depth = 0.0;
    while !branches.is_empty() {
        let longest = branches.iter().map(|b| b.points.len()).max().unwrap_or(0);
        let mut next = Vec::with_capacity(2 * branches.len());
        for portion in work_chunks(branches.len(), longest * features.width()) {
            progress(f64::min(depth / depths, 1.0))?;
            next.par_extend(
                branches[portion]
                    .par_iter()
                    .flat_map_iter(|branch| halves(features, branch)),
            );
        }
        branches = Vec::new();
        for branch in next {
            if branch.points.len() <= LEAF {
                leaves[branch.tree].push(branch.points);
            } else {
                branches.push(branch);
            }
        }
        depth += 1.0;
    }
    Ok(leaves)
}

/// Halves the points along the line through two of them.
fn halves(features: &Features, branch: &Branch) -> [Branch; 2] {
    let Branch { tree, seed, points } = branch;
    let pick = |salt: u64| points[(mix(seed ^ mix(salt)) % points.len() as u64) as usize] as usize;
    let (a, b) = (features.row(pick(1)), features.row(pick(2)));
    let mut along: Vec<(f32, u32)> = points
        .iter()
        .map(|index| {
            let row = features.row(*index as usize);
            let product = row
                .iter()
                .zip(a.iter().zip(b))
                .map(|(x, (a, b))| x * (a - b));
            (product.sum::<f32>(), *index)
        })
        .collect();
    let middle = along.len() / 2;
    along.select_nth_unstable_by(middle, |x, y| x.0.total_cmp(&y.0).then(x.1.cmp(&y.1)));
    let (low, high) = along.split_at(middle);
    [(3, low), (4, high)].map(|(side, half)| Branch {
        tree: *tree,
        seed: mix(seed ^ side),
        points: half.iter().map(|(_, index)| *index).collect(),
    })
}

/// The output function of SplitMix64 (Steele, Lea and Flood 2014).
pub(super) fn mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cloud(n: usize) -> Features {
        let rows: Vec<Vec<f32>> = (0..n as u64)
            .map(|i| {
                (0..6)
                    .map(|k| (mix(i * 6 + k) >> 40) as f32 / (1 << 24) as f32)
                    .collect()
            })
            .collect();
        Features::new(&rows)
    }

    #[test]
    fn neighbours_come_in_order_and_ties_by_number() {
        let line = Features::new(&[[0.0_f32], [1.0], [3.0], [2.0]]);
        let found = Neighbours::find(&line, 3);
        assert_eq!(found.of(1), [0, 3, 2]);
        assert_eq!(found.squares_of(1), [1.0, 1.0, 4.0]);
        assert_eq!(nearest_to(&line, &[2.6], 2)[0].1, 2);
        assert_eq!(Neighbours::find(&line, 9).count(), 3);
        assert_eq!(Neighbours::find(&Features::new(&[[0.0_f32]]), 3).count(), 0);
    }

    #[test]
    fn the_forest_finds_nearly_all_true_neighbours() {
        let features = cloud(3_000);
        let (Ok(true_ones), Ok(found)) = (
            exact(&features, 10, &mut no_progress),
            approximate(&features, 10, &mut no_progress),
        );
        let kept: usize = true_ones
            .iter()
            .zip(&found)
            .map(|(a, b)| a.iter().filter(|x| b.contains(x)).count())
            .sum();
        assert!(kept as f64 > 0.95 * 30_000.0, "{kept} of 30000");
    }
}
