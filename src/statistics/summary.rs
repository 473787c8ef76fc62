//! Summaries of one list of numbers: mean, variance, quantiles.

/// Arithmetic mean; `None` for no values.
#[must_use]
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

/// Unbiased sample variance (divides by n - 1); `None` for fewer than two values.
#[must_use]
pub fn variance(values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    (values.len() > 1).then(|| squares / (values.len() - 1) as f64)
}

/// Square root of the sample [`variance`]; `None` for fewer than two values.
#[must_use]
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    variance(values).map(f64::sqrt)
}

/// Quantile: the value below which the fraction `q` of the values lies, interpolated linearly between neighbours (type 7 of
/// Hyndman and Fan 1996, the default of NumPy and R). `None` for no values, a NaN, or a `q` outside 0 to 1.
#[must_use]
pub fn quantile(values: &[f64], q: f64) -> Option<f64> {
    quantiles(values, &[q])?.first().copied()
}

/// Several [`quantile`]s with one sort.
#[must_use]
pub fn quantiles(values: &[f64], probabilities: &[f64]) -> Option<Vec<f64>> {
    if values.iter().any(|value| value.is_nan()) {
        return None;
    }
    let mut sorted = values.to_vec();
    sorted.sort_unstable_by(f64::total_cmp);
    let max_index = sorted.len().checked_sub(1)?;
    let quantile_at = |probability: &f64| {
        let position = (0.0..=1.0)
            .contains(probability)
            .then(|| probability * max_index as f64)?;
        let low = sorted.get(position.floor() as usize)?;
        let high = sorted.get(position.ceil() as usize)?;
        Some(if low == high {
            *low
        } else {
            low + (high - low) * position.fract()
        })
    };
    probabilities.iter().map(quantile_at).collect()
}

/// The median; `None` for no values or a NaN.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]
    use super::*;

    /// `values = np.sin(1.3 * k) + 0.02 * k` for `k = np.arange(40)`.
    fn values() -> Vec<f64> {
        (0..40)
            .map(|k| (1.3 * f64::from(k)).sin() + 0.02 * f64::from(k))
            .collect()
    }

    fn assert_close(ours: f64, theirs: f64) {
        assert!(
            (ours - theirs).abs() <= 1e-12 * theirs.abs().max(1.0),
            "{ours} against {theirs}"
        );
    }

    #[test]
    fn summaries_agree_with_numpy() {
        // NumPy 2.4.6: values.mean(), values.var(ddof=1), values.std(ddof=1)
        assert_close(mean(&values()).unwrap(), 0.3967901498842029);
        assert_close(variance(&values()).unwrap(), 0.5349504502927923);
        assert_close(standard_deviation(&values()).unwrap(), 0.7314030696495554);
    }

    #[test]
    fn quantiles_agree_with_numpy() {
        // NumPy 2.4.6: np.quantile(values, [0, 0.05, 0.25, 0.5, 0.9, 1])
        let expected = [
            -0.8034546557201532,
            -0.6678913462680894,
            -0.12200283617708879,
            0.33143682019362886,
            1.2474746339435647,
            1.6985908724117706,
        ];
        let ours = quantiles(&values(), &[0.0, 0.05, 0.25, 0.5, 0.9, 1.0]).unwrap();
        for (ours, theirs) in ours.into_iter().zip(expected) {
            assert_close(ours, theirs);
        }
        assert_eq!(median(&[3.0, 1.0, 2.0, 10.0]), Some(2.5));
    }

    #[test]
    fn undefined_summaries_are_none() {
        assert_eq!(
            (mean(&[]), variance(&[1.0]), median(&[])),
            (None, None, None)
        );
        assert_eq!(quantile(&[1.0, 2.0], 1.5), None);
        assert_eq!(quantile(&[1.0, 2.0], f64::NAN), None);
        assert_eq!(median(&[1.0, f64::NAN]), None);
        assert_eq!(variance(&[2.0, 2.0]), Some(0.0));
    }
}
