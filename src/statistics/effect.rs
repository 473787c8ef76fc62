//! How large a difference between two groups is, beside how sure one may be of it.

use super::correlation::ranks;
use super::distributions::ln_gamma_half_step;
use super::error::StatisticsError;
use super::hypothesis::check;
use super::summary::{mean, variance};

/// Cliff's delta (Cliff 1993): how much more often a value of `x` is above one of `y` than below it; -1 to 1.
///
/// # Errors
/// [`StatisticsError::TooFew`] for an empty group, [`StatisticsError::NotFinite`].
pub fn cliffs_delta(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    check(x, y, 1)?;
    let both: Vec<f64> = x.iter().chain(y).copied().collect();
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    let rank_sum: f64 = ranks(&both).iter().take(x.len()).sum();
    let u = rank_sum - n1 * (n1 + 1.0) / 2.0;
    Ok(2.0 * u / (n1 * n2) - 1.0)
}

/// Hedges' g (Hedges 1981): the difference of the means in pooled standard deviations, without the bias of small groups
/// (by the exact factor, with gamma functions).
///
/// # Errors
/// [`StatisticsError::TooFew`] for an empty group or fewer than four values in all, [`StatisticsError::NotFinite`],
/// [`StatisticsError::Constant`] if neither group has any spread.
pub fn hedges_g(x: &[f64], y: &[f64]) -> Result<f64, StatisticsError> {
    check(x, y, 1)?;
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
