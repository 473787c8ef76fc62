//! The power transform of Yeo and Johnson: makes a skewed list of numbers nearly normal.

use super::summary::{mean, standard_deviation};

/// Range of powers that are searched.
const POWER_RANGE: (f64, f64) = (-2.0, 4.0);
/// Steps of the golden-section search: the power is found to about 1e-6.
const SEARCH_STEPS: u32 = 33;
/// Maximum number of values that are used, evenly spaced.
const MAX_VALUES: usize = 4_000;

/// The transform of I.-K. Yeo and R. A. Johnson, "A new family of power transformations to improve normality or symmetry",
/// Biometrika 87, 2000, with the power of maximum likelihood, scaled to mean 0 and standard deviation 1. Like Box and Cox's, but
/// for values of either sign. Strictly increasing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PowerTransform {
    /// The power: 1 changes nothing but the scale, 0 is the logarithm of `1 + value` for values above 0.
    pub power: f64,
    mean: f64,
    deviation: f64,
}

impl PowerTransform {
    /// Fits the power to finite values. `None` if there are fewer than two or all are equal.
    #[must_use]
    pub fn fit(values: &[f64]) -> Option<Self> {
        let stride = values.len().div_ceil(MAX_VALUES).max(1);
        let values: Vec<f64> = values.iter().copied().step_by(stride).collect();
        let power = most_likely_power(&values)?;
        let transformed: Vec<f64> = values.iter().map(|y| yeo_johnson(*y, power)).collect();
        Some(Self {
            power,
            mean: mean(&transformed)?,
            deviation: standard_deviation(&transformed).filter(|sd| *sd > 1e-12)?,
        })
    }

    /// The transformed value, in standard deviations of the fitted values from their mean.
    #[must_use]
    pub fn apply(&self, value: f64) -> f64 {
        (yeo_johnson(value, self.power) - self.mean) / self.deviation
    }
}

/// The transform with a given power, before scaling.
fn yeo_johnson(y: f64, power: f64) -> f64 {
    // The branch for values below 0 is the other one's mirror image, with the power 2 - power.
    let (magnitude, power, sign) = if y >= 0.0 {
        (y, power, 1.0)
    } else {
        (-y, 2.0 - power, -1.0)
    };
    let transformed = if power.abs() < 1e-9 {
        magnitude.ln_1p()
    } else {
        ((1.0 + magnitude).powf(power) - 1.0) / power
    };
    sign * transformed
}

/// The power of maximum likelihood, by golden-section search; `None` for values without variance.
fn most_likely_power(values: &[f64]) -> Option<f64> {
    standard_deviation(values).filter(|sd| *sd > 1e-12)?;
    let log_sum: f64 = values.iter().map(|y| y.signum() * y.abs().ln_1p()).sum();
    let count = values.len() as f64;
    let log_likelihood = |power: f64| {
        let transformed: Vec<f64> = values.iter().map(|y| yeo_johnson(*y, power)).collect();
        let deviation = standard_deviation(&transformed).unwrap_or(0.0);
        (power - 1.0) * log_sum - count * deviation.max(1e-300).ln()
    };
    let golden = (5.0_f64.sqrt() - 1.0) / 2.0;
    let (mut low, mut high) = POWER_RANGE;
    let mut points = [high - golden * (high - low), low + golden * (high - low)];
    let mut likelihoods = points.map(log_likelihood);
    for _ in 0..SEARCH_STEPS {
        if likelihoods[0] > likelihoods[1] {
            high = points[1];
            points = [high - golden * (high - low), points[0]];
            likelihoods = [log_likelihood(points[0]), likelihoods[0]];
        } else {
            low = points[0];
            points = [points[1], low + golden * (high - low)];
            likelihoods = [likelihoods[1], log_likelihood(points[1])];
        }
    }
    Some((low + high) / 2.0)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_transform_has_the_published_special_cases() {
        assert!((yeo_johnson(3.5, 1.0) - 3.5).abs() < 1e-12);
        assert!((yeo_johnson(-3.5, 1.0) + 3.5).abs() < 1e-12);
        assert!((yeo_johnson(3.0, 0.0) - 4.0_f64.ln()).abs() < 1e-12);
        assert!((yeo_johnson(-3.0, 2.0) + 4.0_f64.ln()).abs() < 1e-12);
        assert!((yeo_johnson(3.0, 2.0) - 7.5).abs() < 1e-12);
    }

    #[test]
    fn the_fitted_power_agrees_with_scipy() {
        // scipy.stats.yeojohnson_normmax of these lists (SciPy 1.17).
        for (values, power) in [
            (
                [0.5, 1.0, 1.5, 2.0, 4.0, 9.0, 16.0, 40.0, 2.0, 3.0],
                -0.515_607_82,
            ),
            (
                [-5.0, -3.0, -1.0, 0.0, 1.0, 2.0, 3.0, 2.0, 1.0, 8.0],
                0.953_673_34,
            ),
            (
                [6.0, 7.0, 5.5, 6.5, 8.0, 4.0, 6.0, 6.0, 7.5, 5.0],
                1.345_935_25,
            ),
        ] {
            let fitted_power = PowerTransform::fit(&values).unwrap().power;
            assert!(
                (fitted_power - power).abs() < 1e-4,
                "{fitted_power} {power}"
            );
        }
    }

    #[test]
    fn a_fitted_list_has_mean_0_and_deviation_1_and_keeps_its_order() {
        let values: Vec<f64> = (0..400).map(|k| (f64::from(k) / 60.0).exp()).collect();
        let fit = PowerTransform::fit(&values).unwrap();
        let transformed: Vec<f64> = values.iter().map(|y| fit.apply(*y)).collect();
        assert!(mean(&transformed).unwrap().abs() < 1e-9);
        assert!((standard_deviation(&transformed).unwrap() - 1.0).abs() < 1e-9);
        assert!(transformed.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn a_constant_list_has_no_transform() {
        assert_eq!(PowerTransform::fit(&[2.0; 9]), None);
        assert_eq!(PowerTransform::fit(&[2.0]), None);
        assert_eq!(PowerTransform::fit(&[]), None);
    }
}
