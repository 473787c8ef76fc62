//! A straight line through points, with its confidence band.

use super::distributions::student_t_critical_value;
use super::error::{StatisticsError, check_groups, check_lengths};
use super::summary::mean;

/// A least-squares line y = intercept + slope x.
#[derive(Clone, Copy, Debug, PartialEq, serde::Serialize)]
pub struct Line {
    /// Rise per unit of x.
    pub slope: f64,
    /// Value at x = 0.
    pub intercept: f64,
    /// Number of points.
    pub n: usize,
    x_mean: f64,
    /// Sum of squared deviations of x.
    x_sum_of_squares: f64,
    /// Standard deviation of the points about the line.
    residual_deviation: f64,
}

impl Line {
    /// Fits a line to points.
    ///
    /// # Errors
    /// [`StatisticsError::TooFew`] for fewer than three points, [`StatisticsError::UnequalLengths`],
    /// [`StatisticsError::NotFinite`], [`StatisticsError::Constant`] if all x are equal.
    pub fn fit(x: &[f64], y: &[f64]) -> Result<Self, StatisticsError> {
        check_groups(x, y, 3)?;
        check_lengths(x, y)?;
        let (x_mean, y_mean) = (mean(x).unwrap_or_default(), mean(y).unwrap_or_default());
        let x_sum_of_squares: f64 = x.iter().map(|x| (x - x_mean).powi(2)).sum();
        if x_sum_of_squares <= 0.0 {
            return Err(StatisticsError::Constant);
        }
        let pairs = || x.iter().zip(y);
        let sum_of_products: f64 = pairs().map(|(x, y)| (x - x_mean) * (y - y_mean)).sum();
        let slope = sum_of_products / x_sum_of_squares;
        let intercept = y_mean - slope * x_mean;
        let squared_errors: f64 = pairs()
            .map(|(x, y)| (y - intercept - slope * x).powi(2))
            .sum();
        Ok(Self {
            slope,
            intercept,
            n: x.len(),
            x_mean,
            x_sum_of_squares,
            residual_deviation: (squared_errors / (x.len() - 2) as f64).sqrt(),
        })
    }

    /// The line's value at `x`.
    #[must_use]
    pub fn value_at(&self, x: f64) -> f64 {
        self.intercept + self.slope * x
    }

    /// Half the width of the pointwise confidence band of the line, in units of y, at each of `xs`, for a confidence `level` such
    /// as 0.95.
    #[must_use]
    pub fn band_half_widths(&self, xs: &[f64], level: f64) -> Vec<f64> {
        let t = student_t_critical_value(1.0 - level, (self.n - 2) as f64);
        xs.iter()
            .map(|x| {
                let variance_factor =
                    1.0 / self.n as f64 + (x - self.x_mean).powi(2) / self.x_sum_of_squares;
                t * self.residual_deviation * variance_factor.sqrt()
            })
            .collect()
    }
}
