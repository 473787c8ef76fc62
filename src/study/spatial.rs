//! Moran's I: whether an attribute changes smoothly over the map.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::embedding::{Features, NEIGHBOURS, Neighbours, morans_i};
use crate::progress::{ProgressFn, subrange};
use crate::statistics::holm;

/// Moran's I of the regions' means on the map (see [`morans_i`]), with equal weights for the five nearest neighbours.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpatialAutocorrelation {
    /// Number of regions with a mean. The others are excluded, also as neighbours.
    pub n: usize,
    /// Moran's I: 1 if neighbours are equal, about 0 for a random arrangement, negative if neighbours differ.
    pub moran_i: f64,
    /// Mean of Moran's I over random orders: -1 / (n - 1).
    #[serde(rename = "chance")]
    pub expected: f64,
    /// P-value: fraction of random orders, with the observed order counted as one, that reach `moran_i`.
    pub p: f64,
    /// The p-value after Holm's correction over the attributes.
    pub p_holm: f64,
}

impl SpatialAutocorrelation {
    /// Moran's I of the regions with a mean; `None` with fewer than three, or equal means. Depends on `seed` alone.
    ///
    /// # Errors
    /// The error that `progress` stops with.
    pub(super) fn compute<E>(
        points: &[[f64; 2]],
        means: &[Option<f64>],
        permutations: usize,
        seed: u64,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Option<Self>, E> {
        let (positions, mut values): (Vec<[f32; 2]>, Vec<Option<f64>>) = points
            .iter()
            .zip(means)
            .filter(|(_, mean)| mean.is_some())
            .map(|(point, mean)| (point.map(|x| x as f32), *mean))
            .unzip();
        if values.len() < 3 {
            return Ok(None);
        }
        let features = Features::new(&positions);
        let neighbours =
            Neighbours::find(&features, NEIGHBOURS, &mut subrange(progress, (0.0, 0.5)))?;
        let Some(observed) = morans_i(&neighbours, &values) else {
            return Ok(None);
        };
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut reached_count = 0;
        for permutation in 0..permutations {
            progress(0.5 + 0.5 * permutation as f64 / permutations as f64)?;
            values.shuffle(&mut random);
            reached_count +=
                usize::from(morans_i(&neighbours, &values).is_some_and(|i| i >= observed));
        }
        let p = (reached_count + 1) as f64 / (permutations + 1) as f64;
        Ok(Some(Self {
            n: values.len(),
            moran_i: observed,
            expected: -1.0 / (values.len() as f64 - 1.0),
            p,
            p_holm: p,
        }))
    }

    /// Corrects the p-values of all attributes together.
    pub(super) fn correct(autocorrelations: &mut [&mut Self]) {
        let p: Vec<f64> = autocorrelations
            .iter()
            .map(|autocorrelation| autocorrelation.p)
            .collect();
        for (autocorrelation, p_holm) in autocorrelations.iter_mut().zip(holm(&p)) {
            autocorrelation.p_holm = p_holm;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::no_progress;

    fn compute(
        points: &[[f64; 2]],
        means: &[Option<f64>],
        permutations: usize,
        seed: u64,
    ) -> Option<SpatialAutocorrelation> {
        let Ok(autocorrelation) =
            SpatialAutocorrelation::compute(points, means, permutations, seed, &mut no_progress);
        autocorrelation
    }

    fn scattered_points(count: u32) -> Vec<[f64; 2]> {
        let point = |k| {
            [
                (f64::from(k) * 0.618).fract(),
                (f64::from(k) * 0.414).fract(),
            ]
        };
        (0..count).map(point).collect()
    }

    #[test]
    fn a_smooth_attribute_has_a_high_moran_i_and_a_constant_one_has_none() {
        let points = scattered_points(200);
        let smooth: Vec<Option<f64>> = points.iter().map(|p| Some(p[0] + p[1])).collect();
        let autocorrelation = compute(&points, &smooth, 99, 1).unwrap();
        assert!(
            autocorrelation.moran_i > 0.8 && autocorrelation.p == 0.01,
            "{autocorrelation:?}"
        );
        assert!((autocorrelation.expected + 1.0 / 199.0).abs() < 1e-12);
        let mut values: Vec<Option<f64>> = (0..200).map(|k| Some(f64::from(k))).collect();
        values.shuffle(&mut ChaCha8Rng::seed_from_u64(3));
        let autocorrelation = compute(&points, &values, 99, 1).unwrap();
        assert!(
            autocorrelation.moran_i.abs() < 0.1 && autocorrelation.p > 0.02,
            "{autocorrelation:?}"
        );
        assert_eq!(compute(&points, &[Some(2.0); 200], 99, 1), None);
        assert_eq!(compute(&points[..2], &smooth[..2], 99, 1), None);
    }

    #[test]
    fn regions_without_a_mean_change_nothing() {
        let points = scattered_points(120);
        let means_with_gaps: Vec<Option<f64>> = (0..120)
            .map(|k| (k % 5 != 2).then(|| points[k][0] * 3.0))
            .collect();
        let (points_with_mean, means): (Vec<[f64; 2]>, Vec<Option<f64>>) = points
            .iter()
            .zip(&means_with_gaps)
            .filter(|(_, mean)| mean.is_some())
            .map(|(point, mean)| (*point, *mean))
            .unzip();
        let autocorrelation = compute(&points, &means_with_gaps, 49, 7).unwrap();
        assert_eq!(autocorrelation.n, 96);
        assert_eq!(
            Some(autocorrelation),
            compute(&points_with_mean, &means, 49, 7)
        );
    }
}
