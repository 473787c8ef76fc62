//! Effect sizes: how large the difference between two groups is, with confidence intervals.

use super::distributions::{ln_gamma_half_step, student_t_critical_value};
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

/// Interval of Cliff's delta that covers the true one with probability `level`: the asymmetric one of Feng and Cliff (2004,
/// Journal of Modern Applied Statistical Methods 3(2), 322-332), with the unbiased variance of Cliff (1996, Ordinal Methods for
/// Behavioral Data Analysis), at least (1 - d^2) / (n1 n2 - 1), and Student's t with n1 + n2 - 2 degrees of freedom.
///
/// Where the groups do not overlap at all, the estimated variance is 0. The interval then reaches from the border (-1 or 1)
/// to (n - t^2) / (n + t^2), n the size of the smaller group, which follows from the largest variance that a delta can have,
/// (1 - d^2) / n (their equation 6). `None` (not estimable) for groups of fewer than two values, or values that are not finite.
#[must_use]
pub fn cliffs_delta_interval(x: &[f64], y: &[f64], level: f64) -> Option<(f64, f64)> {
    check_groups(x, y, 2).ok()?;
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    let t = student_t_critical_value(1.0 - level, n1 + n2 - 2.0);
    // Of each value the fraction of the other group below it less the fraction above it, and the pairs that are not ties.
    let (of_x, untied) = dominance(x, y);
    let (of_y, _) = dominance(y, x);
    let d = mean(&of_x)?;
    if untied >= n1 * n2
        && of_x
            .iter()
            .all(|dominance| dominance.abs() >= 1.0 && dominance * d > 0.0)
    {
        let n = n1.min(n2);
        let inner = (n - t * t) / (n + t * t);
        return Some(if d > 0.0 {
            (inner, 1.0)
        } else {
            (-1.0, -inner)
        });
    }
    let squares = |dominances: &[f64], centre: f64| -> f64 {
        dominances
            .iter()
            .map(|dominance| (dominance - centre).powi(2))
            .sum()
    };
    let within = n2 * n2 * squares(&of_x, d) + n1 * n1 * squares(&of_y, -d);
    let pairs = untied - n1 * n2 * d * d;
    let unbiased = (within - pairs) / (n1 * n2 * (n1 - 1.0) * (n2 - 1.0));
    let rest = 1.0 - d * d;
    let reach = t * unbiased.max(rest / (n1 * n2 - 1.0)).sqrt();
    let half = reach * (rest * rest + reach * reach).sqrt();
    let end = |side: f64| ((d * rest + side * half) / (rest + reach * reach)).clamp(-1.0, 1.0);
    Some((end(-1.0), end(1.0)))
}

/// For each value of `x` the fraction of `y` below it less the fraction above it, and the number of pairs that are not equal.
fn dominance(x: &[f64], y: &[f64]) -> (Vec<f64>, f64) {
    let mut sorted = y.to_vec();
    sorted.sort_by(f64::total_cmp);
    let mut untied = 0.0;
    let dominances = x
        .iter()
        .map(|value| {
            let below = sorted.partition_point(|other| other < value) as f64;
            let above = (sorted.len() - sorted.partition_point(|other| other <= value)) as f64;
            untied += below + above;
            (below - above) / sorted.len() as f64
        })
        .collect();
    (dominances, untied)
}

/// Hedges' g (Hedges 1981): the difference of the means in pooled standard deviations, without the bias of small groups
/// (by the exact factor, with gamma functions).
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
    let squares =
        (n1 - 1.0) * variance(x).unwrap_or_default() + (n2 - 1.0) * variance(y).unwrap_or_default();
    if squares <= 0.0 {
        return Err(StatisticsError::Constant);
    }
    let d = (mean(x).unwrap_or_default() - mean(y).unwrap_or_default()) / (squares / df).sqrt();
    // gamma(df / 2) / (sqrt(df / 2) gamma((df - 1) / 2))
    let unbiased = ln_gamma_half_step((df - 1.0) / 2.0).exp() / (df / 2.0).sqrt();
    Ok(d * unbiased)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    fn close(found: (f64, f64), expected: (f64, f64)) {
        let far = (found.0 - expected.0)
            .abs()
            .max((found.1 - expected.1).abs());
        assert!(far < 1e-7, "{found:?} {expected:?}");
    }

    #[test]
    fn the_interval_of_cliffs_delta_is_the_published_one() {
        // The example of the R package effsize (cliff.delta): -0.25, from -0.7265846 to 0.3890062.
        let x = [10., 10., 20., 20., 20., 30., 30., 30., 40., 50.];
        let y = [10., 20., 30., 40., 40., 50.];
        assert!((cliffs_delta(&x, &y).unwrap() + 0.25).abs() < 1e-12);
        close(
            cliffs_delta_interval(&x, &y, 0.95).unwrap(),
            (-0.726_584_6, 0.389_006_2),
        );
        // The other way round it is mirrored.
        close(
            cliffs_delta_interval(&y, &x, 0.95).unwrap(),
            (-0.389_006_2, 0.726_584_6),
        );
        // From the whole matrix of pairs, computed by itself in Python: no ties, unequal sizes.
        let (x, y) = ([1., 2., 3., 4., 5., 6.], [2.5, 7., 8., 9., 10.]);
        close(
            cliffs_delta_interval(&x, &y, 0.95).unwrap(),
            (-0.965_240_067_9, 0.144_628_723_1),
        );
    }

    #[test]
    fn groups_that_do_not_overlap_have_an_interval_that_is_not_a_point() {
        // By hand: t = 2.14478669 (14 degrees of freedom), (8 - t^2) / (8 + t^2) = 0.26983019.
        let low: Vec<f64> = (0..8).map(f64::from).collect();
        let high: Vec<f64> = (20..28).map(f64::from).collect();
        close(
            cliffs_delta_interval(&high, &low, 0.95).unwrap(),
            (0.269_830_190_4, 1.0),
        );
        close(
            cliffs_delta_interval(&low, &high, 0.95).unwrap(),
            (-1.0, -0.269_830_190_4),
        );
        // Two constants, two values each: nearly anything is possible.
        close(
            cliffs_delta_interval(&[2.0; 2], &[1.0; 2], 0.95).unwrap(),
            (-0.805, 1.0),
        );
        // All tied: nothing is known of the spread but that it cannot be 0.
        let (low, high) = cliffs_delta_interval(&[1.0; 9], &[1.0; 9], 0.95).unwrap();
        assert!(low < -0.1 && high > 0.1, "{low} {high}");
        assert_eq!(cliffs_delta_interval(&[1.0], &[2.0, 3.0], 0.95), None);
    }
}
