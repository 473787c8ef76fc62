//! Correlation of two lists of numbers, and its test.

use serde::Serialize;

use super::distributions::correlation_two_sided;
use super::ranks::ranks;
use super::summary::mean;

/// A correlation with its p-value.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Correlation {
    /// The correlation, -1 to 1.
    pub r: f64,
    /// Two-sided p-value.
    pub p: f64,
    /// Number of pairs.
    pub n: usize,
}

impl Correlation {
    /// The correlation `r` of `n` pairs with its p-value from Student's t, exact for normally distributed numbers.
    #[must_use]
    pub fn new(r: f64, n: usize) -> Self {
        let p = correlation_two_sided(r, n);
        Self { r, p, n }
    }
}

/// Pearson's product-moment correlation, -1 to 1.
///
/// `None` when the lists differ in length, have fewer than two values, hold a value that is not finite, or one of them is
/// constant.
#[must_use]
pub fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    UnitDeviations::new(x)?.pearson(&UnitDeviations::new(y)?)
}

/// Deviations of a list from its mean, scaled to length 1: prepared once for correlations with many other lists.
#[derive(Clone, Debug)]
pub struct UnitDeviations(Vec<f64>);

impl UnitDeviations {
    /// The scaled deviations; `None` for fewer than two values, a value that is not finite, or a constant list.
    #[must_use]
    pub fn new(values: &[f64]) -> Option<Self> {
        if values.len() < 2 || values.iter().any(|value| !value.is_finite()) {
            return None;
        }
        unit_deviations(values).map(Self)
    }

    /// [`pearson`] of the two lists; `None` if they differ in length.
    #[must_use]
    pub fn pearson(&self, other: &Self) -> Option<f64> {
        if self.0.len() != other.0.len() {
            return None;
        }
        let r: f64 = self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum();
        Some(r.clamp(-1.0, 1.0))
    }
}

/// Deviations from the mean, scaled to length 1; `None` for a constant list.
fn unit_deviations(values: &[f64]) -> Option<Vec<f64>> {
    let first = values.first()?;
    if values.iter().all(|value| value == first) {
        return None;
    }
    let centre = mean(values)?;
    let mut deviations: Vec<f64> = values.iter().map(|value| value - centre).collect();
    // Scaled by the largest deviation first, so that squares neither overflow nor vanish.
    let max_deviation = deviations.iter().fold(0.0_f64, |a, d| a.max(d.abs()));
    deviations.iter_mut().for_each(|d| *d /= max_deviation);
    let length = deviations.iter().map(|d| d * d).sum::<f64>().sqrt();
    deviations.iter_mut().for_each(|d| *d /= length);
    length.is_finite().then_some(deviations)
}

/// Spearman's rank correlation, -1 to 1: [`pearson`] of the [`ranks`], so ties get their mean rank. `None` in the same cases.
#[must_use]
pub fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.iter().chain(y).any(|value| !value.is_finite()) {
        return None;
    }
    pearson(&ranks(x), &ranks(y))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;
    use crate::statistics::testing::correlated_waves;
    use proptest::prelude::*;

    fn assert_close(ours: Option<f64>, theirs: f64) {
        let ours = ours.unwrap();
        assert!((ours - theirs).abs() <= 1e-12, "{ours} against {theirs}");
    }

    #[test]
    fn correlations_agree_with_scipy() {
        // SciPy 1.17.1: pearsonr(x, y)[0], spearmanr(x, y)[0]
        let (x, y) = correlated_waves(40);
        assert_close(pearson(&x, &y), 0.4963572594661026);
        assert_close(spearman(&x, &y), 0.4562851782363978);
    }

    #[test]
    fn tied_values_agree_with_scipy() {
        // SciPy 1.17.1: z = np.floor(4 * x); w = np.floor(3 * y); pearsonr(z, w)[0], spearmanr(z, w)[0]
        let (x, y) = correlated_waves(40);
        let z: Vec<f64> = x.iter().map(|x| (4.0 * x).floor()).collect();
        let w: Vec<f64> = y.iter().map(|y| (3.0 * y).floor()).collect();
        assert_close(pearson(&z, &w), 0.463537637518904);
        assert_close(spearman(&z, &w), 0.4101648080496164);
    }

    #[test]
    fn a_constant_or_unmatched_list_has_no_correlation() {
        assert_eq!(pearson(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[0.1; 3], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[1.0, 2.0], &[1.0, 2.0, 3.0]), None);
        assert_eq!(pearson(&[1.0], &[1.0]), None);
        assert_eq!(spearman(&[1.0, f64::NAN, 2.0], &[1.0, 2.0, 3.0]), None);
    }

    #[test]
    fn very_large_and_very_small_numbers_correlate_without_overflow() {
        let r = pearson(&[1e300, 2e300, 4e300], &[1e-300, 2e-300, 4e-300]);
        assert_close(r, 1.0);
    }

    proptest! {
        #[test]
        fn correlation_stays_in_bounds_and_ignores_scale(
            pairs in prop::collection::vec((-1e3..1e3_f64, -1e3..1e3_f64), 3..60),
            scale in 0.1..10.0_f64,
        ) {
            let (x, y): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
            let rescaled: Vec<f64> = x.iter().map(|x| scale * x + 5.0).collect();
            let (r, s) = (pearson(&x, &y).unwrap(), pearson(&rescaled, &y).unwrap());
            prop_assert!((-1.0..=1.0).contains(&r));
            prop_assert!((r - s).abs() < 1e-9);
            prop_assert!((r - pearson(&y, &x).unwrap()).abs() < 1e-12);
        }
    }
}
