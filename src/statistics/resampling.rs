//! Bootstrap confidence intervals.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;

use super::summary::quantiles;
use crate::progress::{ProgressFn, par_map};

/// Percentile interval of a statistic of two groups, each resampled with replacement (Efron 1979).
///
/// Resamples in which the statistic is undefined are left out. `None` if it is undefined in all resamples, or has the same value
/// in all of them. The result depends on `seed` alone, not on the number of threads.
///
/// # Errors
/// The error of `progress`.
pub fn bootstrap_interval<E>(
    x: &[f64],
    y: &[f64],
    statistic: impl Fn(&[f64], &[f64]) -> Option<f64> + Sync,
    (resamples, level, seed): (usize, f64, u64),
    progress: &mut ProgressFn<'_, E>,
) -> Result<Option<(f64, f64)>, E> {
    let cost = 64 * (x.len() + y.len());
    let values = par_map(resamples, cost, progress, |index| {
        let mut random = random_stream(seed, index as u64);
        let mut resample = |group: &[f64]| -> Vec<f64> {
            (0..group.len())
                .map(|_| group[random.random_range(0..group.len())])
                .collect()
        };
        let (x, y) = (resample(x), resample(y));
        statistic(&x, &y)
    })?;
    let values: Vec<f64> = values.into_iter().flatten().collect();
    let tail = (1.0 - level) / 2.0;
    Ok(match quantiles(&values, &[tail, 1.0 - tail]).as_deref() {
        Some([low, high]) if low < high => Some((*low, *high)),
        _ => None,
    })
}

/// The random generator of random stream `stream`, such as the index of a resample or permutation.
pub(super) fn random_stream(seed: u64, stream: u64) -> ChaCha8Rng {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    random.set_stream(stream);
    random
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::no_progress;
    use crate::statistics::mean;

    fn normal_like(count: usize, seed: u64) -> Vec<f64> {
        let mut random = random_stream(seed, 0);
        (0..count)
            .map(|_| (0..12).map(|_| random.random::<f64>()).sum::<f64>() - 6.0)
            .collect()
    }

    #[test]
    fn a_bootstrap_interval_of_a_difference_of_means_is_close_to_the_textbook_interval() {
        let (x, y) = (normal_like(200, 1), normal_like(200, 2));
        let difference = |x: &[f64], y: &[f64]| Some(mean(x)? - mean(y)?);
        let interval = |x: &[f64], y: &[f64]| {
            let Ok(interval) =
                bootstrap_interval(x, y, difference, (4_000, 0.95, 7), &mut no_progress);
            interval
        };
        let (low, high) = interval(&x, &y).unwrap();
        // 1.96 standard errors to either side, with a variance of 1 / 200 + 1 / 200.
        let centre = difference(&x, &y).unwrap();
        assert!((high - centre - 0.196).abs() < 0.03, "{low} {high}");
        assert!((centre - low - 0.196).abs() < 0.03, "{low} {high}");
        assert_eq!(interval(&x, &y), Some((low, high)));
        // Resamples of constants all give the same.
        assert_eq!(interval(&[1.0; 9], &[3.0; 9]), None);
    }
}
