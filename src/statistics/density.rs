//! Histogram and kernel density estimate of one list of numbers.

use super::error::{StatisticsError, check_finite};
use super::summary::{quantiles, standard_deviation};

/// A Gaussian kernel density estimate with Scott's bandwidth (Scott 1992), as SciPy's `gaussian_kde`.
#[derive(Clone, Debug, PartialEq)]
pub struct KernelDensity {
    values: Vec<f64>,
    bandwidth: f64,
}

impl KernelDensity {
    /// Estimates the density with a Gaussian of n^(-1/5) standard deviations on each value.
    ///
    /// # Errors
    /// [`StatisticsError`] for fewer than two values, values that are not finite, or equal ones.
    pub fn new(values: &[f64]) -> Result<Self, StatisticsError> {
        let found = values.len();
        check_finite(values)?;
        let deviation =
            standard_deviation(values).ok_or(StatisticsError::TooFew { found, needed: 2 })?;
        let is_constant = values.windows(2).all(|pair| pair[0] == pair[1]);
        if is_constant || deviation <= 0.0 {
            return Err(StatisticsError::Constant);
        }
        Ok(Self {
            values: values.to_vec(),
            bandwidth: deviation * (found as f64).powf(-0.2),
        })
    }

    /// Standard deviation of each Gaussian.
    #[must_use]
    pub fn bandwidth(&self) -> f64 {
        self.bandwidth
    }

    /// The density at `x`; it integrates to 1.
    #[must_use]
    pub fn density(&self, x: f64) -> f64 {
        let terms = self
            .values
            .iter()
            .map(|value| (-0.5 * ((x - value) / self.bandwidth).powi(2)).exp());
        let width = self.bandwidth * (2.0 * std::f64::consts::PI).sqrt();
        terms.sum::<f64>() / (self.values.len() as f64 * width)
    }
}

/// Counts of values in bins of equal width.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Edges of the bins, one more than counts. A bin includes its lower edge, the last bin both edges.
    pub edges: Vec<f64>,
    /// Number of values in each bin.
    pub counts: Vec<usize>,
}

impl Histogram {
    /// Bins as NumPy's `auto`: the narrower of Sturges' bins and those of Freedman and Diaconis (1981), the latter limited
    /// to twice the square root of the number of values.
    ///
    /// # Errors
    /// [`StatisticsError`] for no values or values that are not finite.
    pub fn auto(values: &[f64]) -> Result<Self, StatisticsError> {
        let (low, high) = min_max(values)?;
        let n = values.len() as f64;
        let range = high - low;
        let quartiles = quantiles(values, &[0.25, 0.75]).unwrap_or_default();
        let interquartile_range = match quartiles[..] {
            [lower, upper] => upper - lower,
            _ => 0.0,
        };
        let freedman_diaconis = 2.0 * interquartile_range / n.cbrt();
        let sturges = range / (n.log2() + 1.0);
        let width = freedman_diaconis.max(range / n.sqrt() / 2.0).min(sturges);
        let bins = if width > 0.0 {
            (range / width).ceil() as usize
        } else {
            1
        };
        Self::with_bins(values, low, high, bins)
    }

    /// `bins` bins of equal width from `low` to `high`; values outside are not counted. If `low` equals `high`, both are moved
    /// outwards by half a unit.
    ///
    /// # Errors
    /// As [`Histogram::auto`].
    pub fn with_bins(
        values: &[f64],
        low: f64,
        high: f64,
        bins: usize,
    ) -> Result<Self, StatisticsError> {
        min_max(values)?;
        let bins = bins.max(1);
        let (low, high) = if low < high {
            (low, high)
        } else {
            (low - 0.5, low + 0.5)
        };
        let bin_width = (high - low) / bins as f64;
        let mut edges: Vec<f64> = (0..=bins).map(|k| k as f64 * bin_width + low).collect();
        edges[bins] = high;
        let mut counts = vec![0; bins];
        for value in values.iter().filter(|value| (low..=high).contains(*value)) {
            let mut bin = (((value - low) / (high - low) * bins as f64) as usize).min(bins - 1);
            // The division may round to the wrong side of an edge.
            if *value < edges[bin] {
                bin -= 1;
            } else if bin + 1 < bins && *value >= edges[bin + 1] {
                bin += 1;
            }
            counts[bin] += 1;
        }
        Ok(Self { edges, counts })
    }
}

/// Smallest and largest value.
fn min_max(values: &[f64]) -> Result<(f64, f64), StatisticsError> {
    check_finite(values)?;
    let (found, needed) = (0, 1);
    if values.is_empty() {
        return Err(StatisticsError::TooFew { found, needed });
    }
    let low = values.iter().copied().fold(f64::INFINITY, f64::min);
    let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    Ok((low, high))
}
