//! Effect sizes: how large the difference between two groups is, with confidence intervals.

use super::distributions::{ln_gamma_ratio_half_step, student_t_critical_value};
use super::error::{StatisticsError, check_groups};
use super::ranks::mann_whitney_u;
use super::summary::{mean, variance};

/// Cliff's delta (Cliff 1993): how much more often a value of `x` is above one of `y` than below it; -1 to 1.
///
/// # Errors
/// [`StatisticsError::TooFew`] for an empty group, [`StatisticsError::NotFinite`].
pub fn cliffs_delta(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    check_groups(x, y, 1)?;
    let pairs = x.len() as f64 * y.len() as f64;
    Ok(2.0 * mann_whitney_u(x, y) / pairs - 1.0)
}

/// Confidence interval of Cliff's delta that covers the true value with probability `level`: the asymmetric interval of Feng and
/// Cliff (2004, Journal of Modern Applied Statistical Methods 3(2), 322-332), with the unbiased variance of Cliff (1996, Ordinal
/// Methods for Behavioral Data Analysis), at least (1 - d^2) / (n1 n2 - 1), and Student's t with n1 + n2 - 2 degrees of freedom.
///
/// Where the groups do not overlap at all, the estimated variance is 0. The interval then extends from the end (-1 or 1)
/// to (n - t^2) / (n + t^2), n the size of the smaller group, which follows from the maximum variance of a delta,
/// (1 - d^2) / n (their equation 6). `None` (not estimable) for groups of fewer than two values, or values that are not finite.
#[must_use]
pub fn cliffs_delta_interval(x: &[f64], y: &[f64], level: f64) -> Option<(f64, f64)> {
    check_groups(x, y, 2).ok()?;
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    let t = student_t_critical_value(1.0 - level, n1 + n2 - 2.0);
    let (x_dominances, untied_pairs) = dominances(x, y);
    let (y_dominances, _) = dominances(y, x);
    let d = mean(&x_dominances)?;
    if untied_pairs >= n1 * n2
        && x_dominances
            .iter()
            .all(|dominance| dominance.abs() >= 1.0 && dominance * d > 0.0)
    {
        let n = n1.min(n2);
        let inner_end = (n - t * t) / (n + t * t);
        return Some(if d > 0.0 {
            (inner_end, 1.0)
        } else {
            (-1.0, -inner_end)
        });
    }
    let sum_of_squares = |dominances: &[f64], centre: f64| -> f64 {
        dominances
            .iter()
            .map(|dominance| (dominance - centre).powi(2))
            .sum()
    };
    let group_term =
        n2 * n2 * sum_of_squares(&x_dominances, d) + n1 * n1 * sum_of_squares(&y_dominances, -d);
    let pair_term = untied_pairs - n1 * n2 * d * d;
    let unbiased_variance = (group_term - pair_term) / (n1 * n2 * (n1 - 1.0) * (n2 - 1.0));
    let complement = 1.0 - d * d;
    let t_error = t * unbiased_variance.max(complement / (n1 * n2 - 1.0)).sqrt();
    let half_width = t_error * (complement * complement + t_error * t_error).sqrt();
    let bound = |sign: f64| {
        ((d * complement + sign * half_width) / (complement + t_error * t_error)).clamp(-1.0, 1.0)
    };
    Some((bound(-1.0), bound(1.0)))
}

/// For each value of `x` the fraction of `y` below it minus the fraction above it; and the number of pairs that are not ties.
fn dominances(x: &[f64], y: &[f64]) -> (Vec<f64>, f64) {
    let mut sorted = y.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut untied_pairs = 0.0;
    let dominances = x
        .iter()
        .map(|value| {
            let lower_count = sorted.partition_point(|other| other < value) as f64;
            let higher_count =
                (sorted.len() - sorted.partition_point(|other| other <= value)) as f64;
            untied_pairs += lower_count + higher_count;
            (lower_count - higher_count) / sorted.len() as f64
        })
        .collect();
    (dominances, untied_pairs)
}

/// Hedges' g (Hedges 1981): the difference of the means in pooled standard deviations, with the exact correction of the bias in
/// small groups (by gamma functions).
///
/// # Errors
/// [`StatisticsError::TooFew`] for an empty group or fewer than four values in all, [`StatisticsError::NotFinite`],
/// [`StatisticsError::Constant`] if neither group has any spread.
pub fn hedges_g(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    check_groups(x, y, 1)?;
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    if x.len() + y.len() < 4 {
        return Err(StatisticsError::TooFew {
            found: x.len() + y.len(),
            needed: 4,
        });
    }
    let df = n1 + n2 - 2.0;
    let sum_of_squares =
        (n1 - 1.0) * variance(x).unwrap_or_default() + (n2 - 1.0) * variance(y).unwrap_or_default();
    if sum_of_squares <= 0.0 {
        return Err(StatisticsError::Constant);
    }
    let d =
        (mean(x).unwrap_or_default() - mean(y).unwrap_or_default()) / (sum_of_squares / df).sqrt();
    // gamma(df / 2) / (sqrt(df / 2) gamma((df - 1) / 2))
    let correction = ln_gamma_ratio_half_step((df - 1.0) / 2.0).exp() / (df / 2.0).sqrt();
    Ok(d * correction)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn assert_close(actual: (f64, f64), expected: (f64, f64)) {
        let difference = (actual.0 - expected.0)
            .abs()
            .max((actual.1 - expected.1).abs());
        assert!(difference < 1e-7, "{actual:?} {expected:?}");
    }

    #[test]
    fn the_interval_of_cliffs_delta_is_the_published_one() {
        // The example of the R package effsize (cliff.delta): -0.25, from -0.7265846 to 0.3890062.
        let x = [10., 10., 20., 20., 20., 30., 30., 30., 40., 50.];
        let y = [10., 20., 30., 40., 40., 50.];
        assert!((cliffs_delta(&x, &y).unwrap() + 0.25).abs() < 1e-12);
        assert_close(
            cliffs_delta_interval(&x, &y, 0.95).unwrap(),
            (-0.726_584_6, 0.389_006_2),
        );
        // With the groups exchanged the interval is mirrored.
        assert_close(
            cliffs_delta_interval(&y, &x, 0.95).unwrap(),
            (-0.389_006_2, 0.726_584_6),
        );
        // Computed separately in Python from the whole matrix of pairs: no ties, unequal sizes.
        let (x, y) = ([1., 2., 3., 4., 5., 6.], [2.5, 7., 8., 9., 10.]);
        assert_close(
            cliffs_delta_interval(&x, &y, 0.95).unwrap(),
            (-0.965_240_067_9, 0.144_628_723_1),
        );
    }

    #[test]
    fn groups_that_do_not_overlap_have_an_interval_that_is_not_a_point() {
        // By hand: t = 2.14478669 (14 degrees of freedom), (8 - t^2) / (8 + t^2) = 0.26983019.
        let low: Vec<f64> = (0..8).map(f64::from).collect();
        let high: Vec<f64> = (20..28).map(f64::from).collect();
        assert_close(
            cliffs_delta_interval(&high, &low, 0.95).unwrap(),
            (0.269_830_190_4, 1.0),
        );
        assert_close(
            cliffs_delta_interval(&low, &high, 0.95).unwrap(),
            (-1.0, -0.269_830_190_4),
        );
        // Two constants, two values each: a wide interval.
        assert_close(
            cliffs_delta_interval(&[2.0; 2], &[1.0; 2], 0.95).unwrap(),
            (-0.805, 1.0),
        );
        // All tied: the interval must not have width 0.
        let (low, high) = cliffs_delta_interval(&[1.0; 9], &[1.0; 9], 0.95).unwrap();
        assert!(low < -0.1 && high > 0.1, "{low} {high}");
        assert_eq!(cliffs_delta_interval(&[1.0], &[2.0, 3.0], 0.95), None);
    }
}
