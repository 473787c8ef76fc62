//! Bootstrap intervals.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::progress::{ProgressFn, no_progress, par_map};
use super::summary::quantiles;

/// Percentile interval of a statistic of two groups, each resampled with replacement (Efron 1979).
///
/// Resamples in which the statistic is not defined are left out. `None` if it is in none, or if both ends are the same number:
/// resamples that all give one value say nothing of its spread. Depends on `seed` alone, not on
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
    let Ok(interval) = bootstrap_interval_watched(x, y, statistic, plan, &mut no_progress);
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
    look: &mut ProgressFn<'_, E>,
) -> Result<Option<(f64, f64)>, E> {
    // Drawing and sorting.
    let cost = 64 * (x.len() + y.len());
    let values = par_map(resamples, cost, look, |number| {
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
            Some([low, high]) if low < high => Some((*low, *high)),
            _ => None,
        },
    )
}

/// The random numbers of resample `number`.
pub(super) fn stream(seed: u64, number: u64) -> ChaCha8Rng {
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
        // Resamples of constants all give the same.
        let flat = bootstrap_interval(&[1.0; 9], &[3.0; 9], difference, 100, 0.95, 7);
        assert_eq!(flat, None);
    }
}
