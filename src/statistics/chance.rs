//! What the largest of many correlations comes to by chance, under permutation of whole blocks of rows.

use nalgebra::DMatrix;
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::resampling::stream;
use super::summary::{mean, quantile};

/// Rows in one product: bounds the memory.
const CHUNK: usize = 1_024;
/// Permutations in one product, which is the work of one thread.
const SLAB: usize = 25;
/// BlockPermutation change places with blocks that have at least this share of the largest one's rows, if enough of them do.
const ALIKE: f64 = 0.9;
/// Fewest blocks that change places with each other, where there are as many.
const FEWEST: usize = 8;

/// What the largest of many correlations comes to by chance.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ChanceLevel {
    /// Pairs of numbers in each correlation: the very rows that the found correlations rest on.
    pub n: usize,
    /// Permutations made.
    pub permutations: usize,
    /// Mean over the permutations of the largest absolute correlation.
    pub mean: f64,
    /// What one permutation in twenty exceeds.
    pub upper_5_percent: f64,
    /// Share of the permutations, the data itself counted as one, that reach what was found.
    pub p: f64,
}

/// Rows of predictors with some targets each, in blocks of neighbours that are moved together.
pub struct BlockPermutation<'a> {
    /// Predictors of a row.
    pub width: usize,
    /// Writes the predictors of the row of this number.
    pub row: &'a (dyn Fn(usize, &mut [f64]) + Sync),
    /// One list of targets per target, all as long as there are rows.
    pub targets: &'a [Vec<f64>],
    /// How many rows each block has; together they are all rows.
    pub blocks: &'a [usize],
}

/// Sums of the predictors over all rows, which no permutation changes.
struct Predictors {
    sums: Vec<f64>,
    squares: Vec<f64>,
}

/// Permutations that one thread works on.
struct Slab {
    /// For each permutation the block whose targets each block is given.
    sources: Vec<Vec<u32>>,
    /// Sum of products of each predictor (row) with each target of each permutation (column).
    products: DMatrix<f64>,
    /// Sum of each column's targets, and of their squares.
    sums: Vec<f64>,
    squares: Vec<f64>,
}

impl BlockPermutation<'_> {
    /// For each target, how large the largest absolute correlation with any predictor gets when blocks of targets are dealt
    /// out to other blocks of rows. `found` is what the data gave on the same rows, one number per target.
    ///
    /// Rows of a block resemble each other, so shuffling them one by one would make chance look smaller than it is. All rows
    /// are used in every permutation. BlockPermutation change places with blocks of about their length; one that is given a shorter
    /// block's targets is given some of them twice. Depends on `seed` alone, not on the number of threads. Looks now and then
    /// whether it is still `wanted`; empty if it is not, and without rows or permutations.
    #[must_use]
    pub fn largest_by_chance(
        &self,
        found: &[f64],
        permutations: usize,
        seed: u64,
        wanted: &dyn Fn() -> bool,
    ) -> Vec<ChanceLevel> {
        let n: usize = self.blocks.iter().sum();
        if n == 0 || permutations == 0 || self.targets.iter().any(|target| target.len() != n) {
            return Vec::new();
        }
        let Some(largest) = self.largest(self.permuted(permutations, seed), wanted) else {
            return Vec::new();
        };
        (0..self.targets.len())
            .map(|target| {
                let values: Vec<f64> = largest.iter().map(|row| row[target]).collect();
                let found = found.get(target).copied().unwrap_or(f64::INFINITY);
                let reached = values.iter().filter(|value| **value >= found).count();
                ChanceLevel {
                    n,
                    permutations,
                    mean: mean(&values).unwrap_or_default(),
                    upper_5_percent: quantile(&values, 0.95).unwrap_or(1.0),
                    p: (reached + 1) as f64 / (values.len() + 1) as f64,
                }
            })
            .collect()
    }

    /// For each permutation the block whose targets each block is given.
    fn permuted(&self, permutations: usize, seed: u64) -> Vec<Vec<u32>> {
        let alike = self.alike();
        (0..permutations as u64)
            .map(|number| {
                let mut random = stream(seed, number);
                let mut sources: Vec<u32> = (0..).take(self.blocks.len()).collect();
                for places in &alike {
                    let mut dealt = places.clone();
                    dealt.shuffle(&mut random);
                    for (place, source) in places.iter().zip(dealt) {
                        sources[*place] = source as u32;
                    }
                }
                sources
            })
            .collect()
    }

    /// BlockPermutation that may change places, in lists; those without a row are in none.
    fn alike(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.blocks.len())
            .filter(|block| self.blocks[*block] > 0)
            .collect();
        order.sort_by_key(|block| std::cmp::Reverse(self.blocks[*block]));
        let mut lists: Vec<Vec<usize>> = Vec::new();
        for block in order {
            match lists.last_mut() {
                Some(list)
                    if list.len() < FEWEST
                        || self.blocks[block] as f64 >= ALIKE * self.blocks[list[0]] as f64 =>
                {
                    list.push(block);
                }
                _ => lists.push(vec![block]),
            }
        }
        for list in &mut lists {
            list.sort_unstable();
        }
        lists
    }

    /// The largest absolute correlation of each target in each permutation; `None` if it is not wanted any more.
    fn largest(&self, sources: Vec<Vec<u32>>, wanted: &dyn Fn() -> bool) -> Option<Vec<Vec<f64>>> {
        let n: usize = self.blocks.iter().sum();
        let starts: Vec<usize> = self
            .blocks
            .iter()
            .scan(0, |next, length| {
                Some(std::mem::replace(next, *next + length))
            })
            .collect();
        let homes: Vec<usize> = (0..self.blocks.len())
            .flat_map(|block| std::iter::repeat_n(block, self.blocks[block]))
            .collect();
        // Distances from one of the values: a constant is then exactly 0, and no digits are lost to a large mean.
        let targets: Vec<Vec<f64>> = self
            .targets
            .iter()
            .map(|target| target.iter().map(|value| value - target[0]).collect())
            .collect();
        let mut origin = vec![0.0; self.width];
        (self.row)(0, &mut origin);
        let mut predictors = Predictors {
            sums: vec![0.0; self.width],
            squares: vec![0.0; self.width],
        };
        let mut sources = sources.into_iter();
        let mut slabs: Vec<Slab> = Vec::new();
        loop {
            let some: Vec<Vec<u32>> = sources.by_ref().take(SLAB).collect();
            if some.is_empty() {
                break;
            }
            slabs.push(Slab::new(some, self.width, targets.len()));
        }
        for first in (0..n).step_by(CHUNK) {
            if !wanted() {
                return None;
            }
            let rows = first..n.min(first + CHUNK);
            let mut values = vec![0.0; rows.len() * self.width];
            values
                .par_chunks_mut(self.width.max(1))
                .zip(rows.clone())
                .for_each(|(row, number)| {
                    (self.row)(number, row);
                    row.iter_mut().zip(&origin).for_each(|(x, o)| *x -= o);
                });
            for row in values.chunks(self.width.max(1)) {
                for ((sum, square), x) in predictors
                    .sums
                    .iter_mut()
                    .zip(&mut predictors.squares)
                    .zip(row)
                {
                    *sum += x;
                    *square += x * x;
                }
            }
            let values = DMatrix::from_vec(self.width, rows.len(), values);
            slabs.par_iter_mut().for_each(|slab| {
                slab.add(
                    &values,
                    &targets,
                    |source, row| {
                        let home = homes[row];
                        let from = source[home] as usize;
                        starts[from] + (row - starts[home]) % self.blocks[from]
                    },
                    rows.start,
                );
            });
        }
        let largest = slabs
            .iter()
            .flat_map(|slab| slab.largest(&predictors, n as f64, targets.len()))
            .collect();
        Some(largest)
    }
}

impl Slab {
    fn new(sources: Vec<Vec<u32>>, width: usize, targets: usize) -> Self {
        let columns = sources.len() * targets;
        Self {
            sources,
            products: DMatrix::zeros(width, columns),
            sums: vec![0.0; columns],
            squares: vec![0.0; columns],
        }
    }

    /// Adds the products of some rows, the first of which is number `first`. `given` says which row's targets a row gets.
    fn add(
        &mut self,
        values: &DMatrix<f64>,
        targets: &[Vec<f64>],
        given: impl Fn(&[u32], usize) -> usize,
        first: usize,
    ) {
        let rows = values.ncols();
        let mut dealt = DMatrix::zeros(rows, self.sums.len());
        for (number, source) in self.sources.iter().enumerate() {
            for k in 0..rows {
                let from = given(source, first + k);
                for (target, list) in targets.iter().enumerate() {
                    dealt[(k, number * targets.len() + target)] = list[from];
                }
            }
        }
        for (column, (sum, square)) in self.sums.iter_mut().zip(&mut self.squares).enumerate() {
            *sum += dealt.column(column).sum();
            *square += dealt.column(column).norm_squared();
        }
        self.products.gemm(1.0, values, &dealt, 1.0);
    }

    /// The largest absolute correlation of each target, one list per permutation.
    fn largest(&self, predictors: &Predictors, n: f64, targets: usize) -> Vec<Vec<f64>> {
        let largest: Vec<f64> = (0..self.sums.len())
            .map(|column| {
                let spread = self.squares[column] - self.sums[column] * self.sums[column] / n;
                predictors
                    .sums
                    .iter()
                    .zip(&predictors.squares)
                    .enumerate()
                    .map(|(d, (sum, square))| {
                        let common = self.products[(d, column)] - sum * self.sums[column] / n;
                        let own = square - sum * sum / n;
                        (common * common / (own * spread)).sqrt()
                    })
                    .filter(|r| r.is_finite())
                    .fold(0.0, f64::max)
            })
            .collect();
        largest
            .chunks(targets.max(1))
            .map(<[f64]>::to_vec)
            .collect()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use rand::{Rng, RngExt as _};
    use rand_distr::StandardNormal;

    use super::*;

    fn normal(random: &mut impl Rng, count: usize) -> Vec<f64> {
        (0..count).map(|_| random.sample(StandardNormal)).collect()
    }

    fn levels(
        rows: &[Vec<f64>],
        targets: &[Vec<f64>],
        blocks: &[usize],
        permutations: usize,
    ) -> Vec<ChanceLevel> {
        let blocks = BlockPermutation {
            width: rows[0].len(),
            row: &|k, into| into.copy_from_slice(&rows[k]),
            targets,
            blocks,
        };
        let found = vec![1.0; targets.len()];
        blocks.largest_by_chance(&found, permutations, 1, &|| true)
    }

    #[test]
    fn a_target_that_is_a_predictor_beats_chance_and_noise_does_not() {
        let mut random = stream(5, 0);
        let rows: Vec<Vec<f64>> = (0..100).map(|_| normal(&mut random, 64)).collect();
        let noise = normal(&mut random, 100);
        let real: Vec<f64> = rows.iter().map(|row| 3.0 * row[5] - 1e6).collect();
        let targets = [noise, real, vec![0.1; 100]];
        let blocks = BlockPermutation {
            width: 64,
            row: &|k, into| into.copy_from_slice(&rows[k]),
            targets: &targets,
            blocks: &[1; 100],
        };
        let found: Vec<f64> = blocks
            .largest(vec![(0..100).collect()], &|| true)
            .unwrap()
            .concat();
        assert!(
            (found[1] - 1.0).abs() < 1e-9 && found[2] == 0.0,
            "{found:?}"
        );
        let chance = blocks.largest_by_chance(&found, 300, 1, &|| true);
        // The largest of 64 correlations of 100 pairs: about 2.4 standard errors of 0.1.
        assert!((chance[0].mean - 0.25).abs() < 0.03, "{chance:?}");
        assert!(chance[0].p > 0.01 && chance[1].p < 0.004, "{chance:?}");
        assert!(chance.iter().all(|level| level.n == 100));
        assert!(
            blocks
                .largest_by_chance(&found, 300, 1, &|| false)
                .is_empty()
        );
        let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build();
        let alone = pool
            .unwrap()
            .install(|| blocks.largest_by_chance(&found, 300, 1, &|| true));
        assert_eq!(alone, chance);
    }

    #[test]
    fn rows_that_repeat_in_blocks_have_a_higher_chance_level() {
        let mut random = stream(6, 0);
        let centres: Vec<Vec<f64>> = (0..20).map(|_| normal(&mut random, 16)).collect();
        let rows: Vec<Vec<f64>> = (0..600).map(|k| centres[k / 30].clone()).collect();
        let own = normal(&mut random, 20);
        let targets = [(0..600).map(|k| own[k / 30]).collect()];
        let level = |blocks: &[usize]| levels(&rows, &targets, blocks, 200)[0].mean;
        let (whole, cut) = (level(&[30; 20]), level(&[1; 600]));
        assert!(whole > 3.0 * cut, "{whole} {cut}");
    }

    /// What one of twenty data sets exceeds in which rows and targets have nothing to do with each other: the rows lie around
    /// a centre for each block, and so do the targets, with `shared` of their variance.
    fn simulated(blocks: &[usize], width: usize, shared: f64, sets: u64) -> f64 {
        let n: usize = blocks.iter().sum();
        let largest: Vec<f64> = (0..sets)
            .map(|set| {
                let (rows, target) = independent(blocks, width, shared, 1_000 + set);
                let r = |d: usize| {
                    let column: Vec<f64> = (0..n).map(|k| rows[k][d]).collect();
                    crate::statistics::pearson(&column, &target).unwrap().abs()
                };
                (0..width).map(r).fold(0.0, f64::max)
            })
            .collect();
        quantile(&largest, 0.95).unwrap()
    }

    fn independent(
        blocks: &[usize],
        width: usize,
        shared: f64,
        seed: u64,
    ) -> (Vec<Vec<f64>>, Vec<f64>) {
        let mut random = stream(seed, 0);
        let (mut rows, mut target) = (Vec::new(), Vec::new());
        for length in blocks {
            let (centre, own) = (normal(&mut random, width), normal(&mut random, 1)[0]);
            for _ in 0..*length {
                let around = normal(&mut random, width);
                rows.push(
                    centre
                        .iter()
                        .zip(around)
                        .map(|(c, e)| c + 0.5 * e)
                        .collect(),
                );
                let noise = normal(&mut random, 1)[0];
                target.push(shared.sqrt() * own + (1.0 - shared).sqrt() * noise);
            }
        }
        (rows, target)
    }

    #[expect(clippy::print_stdout, reason = "measured figures are worth reading")]
    #[test]
    fn the_level_is_that_of_many_independent_data_sets_whatever_the_blocks() {
        // Equal blocks; one of a single row among equal ones; lengths that all differ.
        let cases: [Vec<usize>; 3] = [
            vec![10; 120],
            [vec![10; 119], vec![1]].concat(),
            (0..120).map(|k| 5 + k / 10).collect(),
        ];
        for blocks in cases {
            for shared in [0.0, 0.3] {
                let wanted = simulated(&blocks, 16, shared, 3_000);
                // The level of one data set varies: the mean over some.
                let found: f64 = (0..60)
                    .map(|set| {
                        let (rows, target) = independent(&blocks, 16, shared, 50 + set);
                        levels(&rows, &[target], &blocks, 200)[0].upper_5_percent / 60.0
                    })
                    .sum();
                println!(
                    "{} blocks, {shared}: permuted {found:.4}, simulated {wanted:.4}",
                    blocks.len()
                );
                assert!(
                    (found / wanted - 1.0).abs() < 0.05,
                    "{found} {wanted} {blocks:?}"
                );
            }
        }
    }
}
