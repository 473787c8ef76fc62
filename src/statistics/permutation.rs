//! Permutation test of the largest of many correlations; whole blocks of rows are permuted.

use std::ops::Range;

use nalgebra::{DMatrix, DMatrixView};
use rand::seq::SliceRandom as _;
use rayon::prelude::*;

use super::resampling::random_stream;
use super::summary::{mean, quantile};

/// Rows per matrix product; limits the memory.
const ROWS_PER_PRODUCT: usize = 1_024;
/// Permutations per matrix product, the unit of work of one thread.
const PERMUTATIONS_PER_BATCH: usize = 50;
/// Minimum length of blocks that are exchanged with each other, as a fraction of the longest one's length, if enough blocks have
/// it.
const MIN_LENGTH_RATIO: f64 = 0.9;
/// Minimum number of blocks that are exchanged with each other, if there are as many.
const MIN_GROUP_BLOCKS: usize = 8;

/// Distribution of the largest absolute correlation under permutation.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ChanceLevel {
    /// Number of rows, as for the observed correlation.
    pub n: usize,
    /// Number of permutations.
    pub permutations: usize,
    /// Mean over the permutations of the largest absolute correlation.
    pub mean: f64,
    /// 95 % quantile over the permutations of the largest absolute correlation.
    pub upper_5_percent: f64,
    /// Fraction of the permutations that reach the observed value, with the data itself counted as one of them.
    pub p: f64,
}

/// Rows of predictors with targets, in consecutive blocks, each of which is permuted as a whole.
pub struct BlockPermutation<'a> {
    /// Number of predictors per row.
    pub width: usize,
    /// Writes the predictors of the row with this index.
    pub row: &'a (dyn Fn(usize, &mut [f64]) + Sync),
    /// One list per target, with one value per row.
    pub targets: &'a [Vec<f64>],
    /// Number of rows of each block; their sum is the number of all rows.
    pub blocks: &'a [usize],
}

/// Sums of each predictor over all rows, which no permutation changes.
struct PredictorSums {
    sums: Vec<f64>,
    /// Sums of the squares.
    squares: Vec<f64>,
}

/// Permutations that one thread works on.
struct Batch {
    /// Per permutation, the block whose targets each block receives.
    sources: Vec<Vec<u32>>,
    /// Sum of products of each predictor (row) with each target of each permutation (column).
    products: DMatrix<f64>,
    /// Sums of the targets in each column.
    sums: Vec<f64>,
    /// Sums of their squares.
    squares: Vec<f64>,
}

/// Positions of the rows of each block, to look up permuted targets.
struct BlockRows<'a> {
    lengths: &'a [usize],
    /// First row of each block.
    starts: Vec<usize>,
    /// Block of each row.
    block_of: Vec<usize>,
}

impl BlockPermutation<'_> {
    /// Tests, for each target, its largest absolute correlation with any predictor against permutations of the blocks of
    /// targets. `observed` is that correlation on the same rows, one per target.
    ///
    /// Rows of a block resemble each other, so permuting single rows would underestimate the chance level. Every permutation
    /// uses all rows. Blocks are exchanged with blocks of about their length; a block that receives the targets of a shorter
    /// one repeats some of them. The result depends on `seed` alone, not on the number of threads. `keep_going` is polled between
    /// chunks of rows; the result is empty if it returns false, and without rows or permutations.
    #[must_use]
    pub fn chance_levels(
        &self,
        observed: &[f64],
        permutations: usize,
        seed: u64,
        keep_going: &dyn Fn() -> bool,
    ) -> Vec<ChanceLevel> {
        let n: usize = self.blocks.iter().sum();
        if n == 0 || permutations == 0 || self.targets.iter().any(|target| target.len() != n) {
            return Vec::new();
        }
        let Some(max_correlations) =
            self.max_correlations(self.permuted_sources(permutations, seed), keep_going)
        else {
            return Vec::new();
        };
        (0..self.targets.len())
            .map(|target| {
                let values: Vec<f64> = max_correlations.iter().map(|row| row[target]).collect();
                let observed = observed.get(target).copied().unwrap_or(f64::INFINITY);
                let reached_count = values.iter().filter(|value| **value >= observed).count();
                ChanceLevel {
                    n,
                    permutations,
                    mean: mean(&values).unwrap_or_default(),
                    upper_5_percent: quantile(&values, 0.95).unwrap_or(1.0),
                    p: (reached_count + 1) as f64 / (values.len() + 1) as f64,
                }
            })
            .collect()
    }

    /// Per permutation, the block whose targets each block receives.
    fn permuted_sources(&self, permutations: usize, seed: u64) -> Vec<Vec<u32>> {
        let groups = self.exchangeable_groups();
        (0..permutations as u64)
            .map(|permutation| {
                let mut random = random_stream(seed, permutation);
                let mut sources: Vec<u32> = (0..).take(self.blocks.len()).collect();
                for group in &groups {
                    let mut shuffled = group.clone();
                    shuffled.shuffle(&mut random);
                    for (block, source) in group.iter().zip(shuffled) {
                        sources[*block] = source as u32;
                    }
                }
                sources
            })
            .collect()
    }

    /// Groups of blocks that are exchanged with each other; empty blocks are in none.
    fn exchangeable_groups(&self) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.blocks.len())
            .filter(|block| self.blocks[*block] > 0)
            .collect();
        order.sort_by_key(|block| std::cmp::Reverse(self.blocks[*block]));
        let mut groups: Vec<Vec<usize>> = Vec::new();
        for block in order {
            let length = |block: usize| self.blocks[block] as f64;
            match groups.last_mut() {
                Some(group)
                    if group.len() < MIN_GROUP_BLOCKS
                        || length(block) >= MIN_LENGTH_RATIO * length(group[0]) =>
                {
                    group.push(block);
                }
                _ => groups.push(vec![block]),
            }
        }
        for group in &mut groups {
            group.sort_unstable();
        }
        groups
    }

    /// The largest absolute correlation of each target in each permutation; `None` if cancelled.
    fn max_correlations(
        &self,
        sources: Vec<Vec<u32>>,
        keep_going: &dyn Fn() -> bool,
    ) -> Option<Vec<Vec<f64>>> {
        let blocks = BlockRows::new(self.blocks);
        let n = blocks.block_of.len();
        // Differences from the first value: a constant becomes exactly 0, and a large mean does not reduce the precision.
        let targets: Vec<Vec<f64>> = self
            .targets
            .iter()
            .map(|target| target.iter().map(|value| value - target[0]).collect())
            .collect();
        let mut first_row = vec![0.0; self.width];
        (self.row)(0, &mut first_row);
        let mut predictors = PredictorSums {
            sums: vec![0.0; self.width],
            squares: vec![0.0; self.width],
        };
        let mut batches: Vec<Batch> = sources
            .chunks(PERMUTATIONS_PER_BATCH)
            .map(|sources| Batch::new(sources.to_vec(), self.width, targets.len()))
            .collect();
        for first in (0..n).step_by(ROWS_PER_PRODUCT) {
            if !keep_going() {
                return None;
            }
            let rows = first..n.min(first + ROWS_PER_PRODUCT);
            let mut values = vec![0.0; rows.len() * self.width];
            values
                .par_chunks_mut(self.width.max(1))
                .zip(rows.clone())
                .for_each(|(row, index)| {
                    (self.row)(index, row);
                    row.iter_mut()
                        .zip(&first_row)
                        .for_each(|(x, first)| *x -= first);
                });
            for row in values.chunks(self.width.max(1)) {
                for (d, x) in row.iter().enumerate() {
                    predictors.sums[d] += x;
                    predictors.squares[d] += x * x;
                }
            }
            let values = DMatrix::from_vec(self.width, rows.len(), values);
            batches
                .par_iter_mut()
                .for_each_init(Vec::new, |permuted, batch| {
                    batch.add(&values, &targets, (&blocks, rows.start), permuted);
                });
        }
        let max_correlations = batches
            .iter()
            .flat_map(|batch| batch.max_correlations(&predictors, n as f64, targets.len()))
            .collect();
        Some(max_correlations)
    }
}

impl<'a> BlockRows<'a> {
    fn new(lengths: &'a [usize]) -> Self {
        let mut starts = Vec::with_capacity(lengths.len());
        let mut block_of = Vec::new();
        for (block, length) in lengths.iter().enumerate() {
            starts.push(block_of.len());
            block_of.extend(std::iter::repeat_n(block, *length));
        }
        Self {
            lengths,
            starts,
            block_of,
        }
    }

    /// The rows whose targets consecutive `rows` receive in a permutation, as runs of consecutive rows.
    fn source_runs(&self, sources: &[u32], rows: Range<usize>) -> Vec<Range<usize>> {
        let mut runs = Vec::new();
        let mut row = rows.start;
        while row < rows.end {
            let run = self.source_run(sources, row);
            let length = run.len().min(rows.end - row);
            runs.push(run.start..run.start + length);
            row += length;
        }
        runs
    }

    /// The rows whose targets `row` and the rows after it receive in a permutation: the longest run that is consecutive in both
    /// blocks.
    fn source_run(&self, sources: &[u32], row: usize) -> Range<usize> {
        let block = self.block_of[row];
        let source = sources[block] as usize;
        let offset = row - self.starts[block];
        let source_offset = offset % self.lengths[source];
        let length = (self.lengths[source] - source_offset).min(self.lengths[block] - offset);
        let start = self.starts[source] + source_offset;
        start..start + length
    }
}

impl Batch {
    fn new(sources: Vec<Vec<u32>>, width: usize, targets: usize) -> Self {
        let columns = sources.len() * targets;
        Self {
            sources,
            products: DMatrix::zeros(width, columns),
            sums: vec![0.0; columns],
            squares: vec![0.0; columns],
        }
    }

    /// Adds the products of the rows whose predictors are the columns of `values`, from row `first` on. `permuted` is memory for
    /// the permuted targets.
    fn add(
        &mut self,
        values: &DMatrix<f64>,
        targets: &[Vec<f64>],
        (blocks, first): (&BlockRows<'_>, usize),
        permuted: &mut Vec<f64>,
    ) {
        let rows = values.ncols();
        permuted.clear();
        for sources in &self.sources {
            let runs = blocks.source_runs(sources, first..first + rows);
            for target in targets {
                for run in &runs {
                    permuted.extend_from_slice(&target[run.clone()]);
                }
            }
        }
        add_column_sums(permuted, rows, &mut self.sums);
        let permuted = DMatrixView::from_slice(permuted, rows, self.sums.len());
        for (column, square) in permuted.column_iter().zip(&mut self.squares) {
            *square += column.norm_squared();
        }
        self.products.gemm(1.0, values, &permuted, 1.0);
    }

    /// The largest absolute correlation of each target, one list per permutation.
    fn max_correlations(
        &self,
        predictors: &PredictorSums,
        n: f64,
        targets: usize,
    ) -> Vec<Vec<f64>> {
        let max_correlations: Vec<f64> = (0..self.sums.len())
            .map(|column| {
                let sum_y = self.sums[column];
                let var_y = self.squares[column] - sum_y * sum_y / n;
                let sums = predictors.sums.iter().zip(&predictors.squares).enumerate();
                sums.map(|(d, (sum_x, squares_x))| {
                    let covariance = self.products[(d, column)] - sum_x * sum_y / n;
                    let var_x = squares_x - sum_x * sum_x / n;
                    (covariance * covariance / (var_x * var_y)).sqrt()
                })
                .filter(|r| r.is_finite())
                .fold(0.0, f64::max)
            })
            .collect();
        max_correlations
            .chunks(targets.max(1))
            .map(<[f64]>::to_vec)
            .collect()
    }
}

/// Adds the sum of each column of `rows` values to `sums`. Every sum is taken in the order of the rows, but four columns advance
/// together, so that the processor does not wait for one addition after another.
fn add_column_sums(values: &[f64], rows: usize, sums: &mut [f64]) {
    let column = |index: usize| &values[index * rows..][..rows];
    let (quads, remainder) = sums.as_chunks_mut::<4>();
    let remainder_start = 4 * quads.len();
    for (quad, sums) in quads.iter_mut().enumerate() {
        let columns: [&[f64]; 4] = std::array::from_fn(|k| column(4 * quad + k));
        let mut added = [0.0; 4];
        for row in 0..rows {
            for (sum, column) in added.iter_mut().zip(columns) {
                *sum += column[row];
            }
        }
        for (sum, added) in sums.iter_mut().zip(added) {
            *sum += added;
        }
    }
    for (sum, index) in remainder.iter_mut().zip(remainder_start..) {
        *sum += column(index).iter().sum::<f64>();
    }
}

#[cfg(test)]
mod tests;
