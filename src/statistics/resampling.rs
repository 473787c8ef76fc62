//! What chance does: bootstrap intervals, and the largest of many correlations under permutation.

use rand::seq::SliceRandom as _;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::look::{Look, in_portions, unwatched};
use super::summary::{quantile, quantiles};

/// Percentile interval of a statistic of two groups, each resampled with replacement (Efron 1979).
///
/// Resamples in which the statistic is not defined are left out; `None` if it is in none. Depends on `seed` alone, not on
/// the number of threads.
#[must_use]
pub fn bootstrap_interval(
    x: &[f64],
    y: &[f64],
    statistic: impl Fn(&[f64], &[f64]) -> Option<f64> + Sync,
    resamples: usize,
    level: f64,
    seed: u64,
) -> Option<(f64, f64)> {
    let plan = (resamples, level, seed);
    let Ok(interval) = bootstrap_interval_watched(x, y, statistic, plan, &mut unwatched);
    interval
}

/// As [`bootstrap_interval`], stopped where `look` says so; the numbers are its last three.
///
/// # Errors
/// What `look` stops with.
pub fn bootstrap_interval_watched<E>(
    x: &[f64],
    y: &[f64],
    statistic: impl Fn(&[f64], &[f64]) -> Option<f64> + Sync,
    (resamples, level, seed): (usize, f64, u64),
    look: &mut Look<'_, E>,
) -> Result<Option<(f64, f64)>, E> {
    // Drawing and sorting.
    let cost = 64 * (x.len() + y.len());
    let values = in_portions(resamples, cost, look, |number| {
        let mut random = stream(seed, number as u64);
        let mut again = |group: &[f64]| -> Vec<f64> {
            (0..group.len())
                .map(|_| group[random.random_range(0..group.len())])
                .collect()
        };
        let (x, y) = (again(x), again(y));
        statistic(&x, &y)
    })?;
    let values: Vec<f64> = values.into_iter().flatten().collect();
    let outside = (1.0 - level) / 2.0;
    Ok(
        match quantiles(&values, &[outside, 1.0 - outside]).as_deref() {
            Some([low, high]) => Some((*low, *high)),
            _ => None,
        },
    )
}

/// What the largest of many correlations comes to by chance.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct ChanceLevel {
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
pub struct Blocks<'a> {
    /// Rows of predictors, all of one length.
    pub rows: &'a [&'a [f32]],
    /// One list of targets per target, `None` where a row has none. A row has all of its targets or none.
    pub targets: &'a [Vec<Option<f64>>],
    /// Rows that belong together; the last block may be shorter and then stays where it is.
    pub block: usize,
}

impl Blocks<'_> {
    /// For each target, how large the largest absolute correlation with any predictor gets when blocks of targets are dealt
    /// out to other blocks of rows. `found` is what the data gave, one number per target.
    ///
    /// Rows of a block resemble each other, so shuffling them one by one would make chance look smaller than it is.
    /// Depends on `seed` alone. Empty without rows.
    #[must_use]
    pub fn largest_by_chance(
        &self,
        found: &[f64],
        permutations: usize,
        seed: u64,
    ) -> Vec<ChanceLevel> {
        let Ok(chance) = self.largest_by_chance_watched(found, permutations, seed, &mut unwatched);
        chance
    }

    /// As [`Blocks::largest_by_chance`], stopped where `look` says so.
    ///
    /// # Errors
    /// What `look` stops with.
    pub fn largest_by_chance_watched<E>(
        &self,
        found: &[f64],
        permutations: usize,
        seed: u64,
        look: &mut Look<'_, E>,
    ) -> Result<Vec<ChanceLevel>, E> {
        let block = self.block.max(1);
        let blocks = self.rows.len() / block;
        if self.rows.is_empty() || permutations == 0 {
            return Ok(Vec::new());
        }
        let width = self.rows.first().map_or(0, |row| row.len());
        let cost = self.rows.len() * width * (self.targets.len() + 2);
        let largest: Vec<Vec<f64>> = in_portions(permutations, cost, look, |number| {
            let mut to: Vec<usize> = (0..blocks).collect();
            to.shuffle(&mut stream(seed, number as u64));
            let source = |row: usize| match to.get(row / block) {
                Some(other) => other * block + row % block,
                None => row,
            };
            self.largest(source)
        })?;
        let levels = (0..self.targets.len())
            .map(|target| {
                let values: Vec<f64> = largest.iter().map(|row| row[target]).collect();
                let found = found.get(target).copied().unwrap_or(f64::INFINITY);
                let reached = values.iter().filter(|value| **value >= found).count();
                ChanceLevel {
                    permutations,
                    mean: values.iter().sum::<f64>() / values.len() as f64,
                    upper_5_percent: quantile(&values, 0.95).unwrap_or(1.0),
                    p: (reached + 1) as f64 / (values.len() + 1) as f64,
                }
            })
            .collect();
        Ok(levels)
    }

    /// The largest absolute correlation of each target, the targets of row `source(k)` given to row `k`.
    fn largest(&self, source: impl Fn(usize) -> usize) -> Vec<f64> {
        let width = self.rows.first().map_or(0, |row| row.len());
        let count = self.targets.len();
        let mut sums = vec![0.0; width];
        let mut squares = vec![0.0; width];
        let mut products = vec![vec![0.0; width]; count];
        let (mut n, mut totals, mut lengths) = (0.0, vec![0.0; count], vec![0.0; count]);
        for (k, row) in self.rows.iter().enumerate() {
            let from = source(k);
            let values: Option<Vec<f64>> = self.targets.iter().map(|target| target[from]).collect();
            let Some(values) = values else { continue };
            n += 1.0;
            for ((sum, square), x) in sums.iter_mut().zip(&mut squares).zip(*row) {
                let x = f64::from(*x);
                *sum += x;
                *square += x * x;
            }
            for (target, value) in values.iter().enumerate() {
                totals[target] += value;
                lengths[target] += value * value;
                for (product, x) in products[target].iter_mut().zip(*row) {
                    *product += f64::from(*x) * value;
                }
            }
        }
        (0..count)
            .map(|target| {
                let spread = lengths[target] - totals[target] * totals[target] / n;
                (0..width)
                    .map(|d| {
                        let common = products[target][d] - sums[d] * totals[target] / n;
                        let own = squares[d] - sums[d] * sums[d] / n;
                        (common * common / (own * spread)).sqrt()
                    })
                    .filter(|r| r.is_finite())
                    .fold(0.0, f64::max)
            })
            .collect()
    }
}

/// The random numbers of resample `number`.
fn stream(seed: u64, number: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(number);
    random
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::mean;

    fn normal_like(count: usize, seed: u64) -> Vec<f64> {
        let mut random = stream(seed, 0);
        (0..count)
            .map(|_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0)
            .collect()
    }

    #[test]
    fn a_bootstrap_interval_of_a_difference_of_means_is_about_the_textbook_one() {
        let (x, y) = (normal_like(200, 1), normal_like(200, 2));
        let difference = |x: &[f64], y: &[f64]| Some(mean(x)? - mean(y)?);
        let (low, high) = bootstrap_interval(&x, &y, difference, 4_000, 0.95, 7).unwrap();
        // 1.96 standard errors of 1 / 200 + 1 / 200 to either side.
        let centre = difference(&x, &y).unwrap();
        assert!((high - centre - 0.196).abs() < 0.03, "{low} {high}");
        assert!((centre - low - 0.196).abs() < 0.03, "{low} {high}");
        assert_eq!(
            bootstrap_interval(&x, &y, difference, 4_000, 0.95, 7),
            Some((low, high))
        );
    }

    #[test]
    fn the_best_of_many_chance_correlations_is_far_from_zero_and_a_real_one_beats_it() {
        let rows: Vec<Vec<f32>> = (0..100)
            .map(|k| normal_like(64, 100 + k).iter().map(|x| *x as f32).collect())
            .collect();
        let rows: Vec<&[f32]> = rows.iter().map(Vec::as_slice).collect();
        let noise: Vec<Option<f64>> = normal_like(100, 9).into_iter().map(Some).collect();
        let real = rows.iter().map(|row| Some(f64::from(row[5]))).collect();
        let blocks = Blocks {
            rows: &rows,
            targets: &[noise, real],
            block: 1,
        };
        let found = blocks.largest(|k| k);
        let chance = blocks.largest_by_chance(&found, 300, 1);
        // The largest of 64 correlations of 100 pairs: about 2.4 standard errors of 0.1.
        assert!((chance[0].mean - 0.25).abs() < 0.03, "{chance:?}");
        assert!(chance[0].p > 0.01 && chance[1].p < 0.004, "{chance:?}");
        assert!((found[1] - 1.0).abs() < 1e-12);
    }

    #[test]
    fn rows_that_repeat_in_blocks_have_a_higher_chance_level() {
        let centres: Vec<Vec<f32>> = (0..20)
            .map(|k| normal_like(16, 40 + k).iter().map(|x| *x as f32).collect())
            .collect();
        let rows: Vec<&[f32]> = centres
            .iter()
            .flat_map(|row| std::iter::repeat_n(row.as_slice(), 30))
            .collect();
        let values: Vec<Option<f64>> = normal_like(20, 3)
            .into_iter()
            .flat_map(|x| std::iter::repeat_n(Some(x), 30))
            .collect();
        let level = |block| {
            let targets = [values.clone()];
            let blocks = Blocks {
                rows: &rows,
                targets: &targets,
                block,
            };
            blocks.largest_by_chance(&[1.0], 200, 1)[0].mean
        };
        assert!(level(30) > 3.0 * level(1), "{} {}", level(30), level(1));
    }
}
