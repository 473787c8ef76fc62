//! Test helpers: rows of normal numbers, and two correlated lists.

use rand::RngExt as _;
use rand_distr::StandardNormal;

use super::resampling::random_stream;

/// Independent standard normal numbers, `count` rows of `dimensions`.
pub(super) fn normal_rows(count: u64, dimensions: usize, seed: u64) -> Vec<Vec<f32>> {
    let draw = |k| {
        let mut random = random_stream(seed, k);
        (0..dimensions)
            .map(|_| random.sample(StandardNormal))
            .collect()
    };
    (0..count).map(draw).collect()
}

/// Two correlated lists, in NumPy's notation: `k = np.arange(count); x = np.sin(1.3 * k) + 0.02 * k; y = np.cos(0.7 * k) + 0.5 * x`
pub(super) fn correlated_waves(count: u32) -> (Vec<f64>, Vec<f64>) {
    let pair = |k: u32| {
        let k = f64::from(k);
        let x = (1.3 * k).sin() + 0.02 * k;
        (x, (0.7 * k).cos() + 0.5 * x)
    };
    (0..count).map(pair).unzip()
}
