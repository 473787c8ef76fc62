//! Helpers of tests: rows of normal numbers.

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
