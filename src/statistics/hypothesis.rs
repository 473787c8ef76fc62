//! Tests of two groups of numbers against each other: Wilcoxon-Mann-Whitney and the two t-tests. All are two-sided.

use serde::Serialize;

use super::distributions::{normal_upper_tail, student_t_two_sided};
use super::error::{StatisticsError, check_groups};
use super::ranks::mann_whitney_u;
use super::summary::{mean, variance};

/// Result of a test.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct TestResult {
    /// The test's statistic: U of the first group, or t.
    pub statistic: f64,
    /// Probability of a statistic at least this extreme if the groups do not differ.
    pub p: f64,
}

/// How [`mann_whitney`] computes the p-value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MannWhitneyMethod {
    /// Exact if a group has at most eight values and none are equal, else asymptotic: SciPy's choice.
    Auto,
    /// From the exact distribution of U; assumes that no values are equal.
    Exact,
    /// By the normal approximation, with corrections for ties and for continuity.
    Asymptotic,
}

/// Assumption of a t-test on the variances of the groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Variances {
    /// Equal: Student's test.
    Equal,
    /// Unequal: Welch's test, with Satterthwaite's degrees of freedom.
    Unequal,
}

/// Wilcoxon-Mann-Whitney test (Mann and Whitney 1947). The statistic is U of `x`: the number of pairs in which its value is
/// the larger one, with ties counted as half.
///
/// # Errors
/// [`StatisticsError::TooFew`] for an empty group, [`StatisticsError::NotFinite`], and
/// [`StatisticsError::TooManyOrders`] if the exact method has too many orders to count.
pub fn mann_whitney(
    x: &[f64],
    y: &[f64],
    method: MannWhitneyMethod,
) -> Result<TestResult, StatisticsError> {
    check_groups(x, y, 1)?;
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    let n = n1 + n2;
    let u = mann_whitney_u(x, y);
    let larger_u = u.max(n1 * n2 - u);
    let tie_term = tie_term([x, y].concat());
    let is_exact = match method {
        MannWhitneyMethod::Exact => true,
        MannWhitneyMethod::Asymptotic => false,
        MannWhitneyMethod::Auto => x.len().min(y.len()) <= 8 && tie_term == 0.0,
    };
    let tail = is_exact
        .then(|| tail_probability(larger_u.floor() as usize, x.len(), y.len()))
        .flatten();
    if tail.is_none() && method == MannWhitneyMethod::Exact {
        return Err(StatisticsError::TooManyOrders {
            values: x.len() + y.len(),
        });
    }
    let u_standard_deviation = (n1 * n2 / 12.0 * ((n + 1.0) - tie_term / (n * (n - 1.0)))).sqrt();
    let p = match tail {
        Some(tail) => 2.0 * tail,
        None if u_standard_deviation > 0.0 => {
            2.0 * normal_upper_tail((larger_u - n1 * n2 / 2.0 - 0.5) / u_standard_deviation)
        }
        // All values are equal: nothing distinguishes the groups.
        None => 1.0,
    };
    Ok(TestResult {
        statistic: u,
        p: p.min(1.0),
    })
}

/// Sum of t^3 - t over the groups of t equal values.
fn tie_term(mut values: Vec<f64>) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    values
        .chunk_by(|a, b| a == b)
        .map(|tied| (tied.len() as f64).powi(3) - tied.len() as f64)
        .sum()
}

/// Fraction of all orders of `n1` and `n2` different values in which U is at least `u`; `None` if there are too many orders
/// for 127 bits or too many values of U for memory.
///
/// The numbers of orders for each U are the coefficients of a Gaussian binomial coefficient, the product of (1 - q^(n2+i)) / (1 -
/// q^i).
fn tail_probability(u: usize, n1: usize, n2: usize) -> Option<f64> {
    const MAX_U_VALUES: usize = 4_000_000;
    let (smaller, larger) = (n1.min(n2), n1.max(n2));
    let size = smaller
        .checked_mul(larger)
        .filter(|size| *size < MAX_U_VALUES)?;
    let mut total_count: i128 = 1;
    for i in 1..=smaller {
        // Exact at each step: a product of i neighbouring numbers divides by i!.
        total_count = total_count.checked_mul((larger + i) as i128)? / i as i128;
    }
    let mut order_counts = vec![0_i128; size + 1];
    order_counts[0] = 1;
    for i in 1..=smaller {
        let offset = larger + i;
        for k in (offset..=size).rev() {
            order_counts[k] = order_counts[k].wrapping_sub(order_counts[k - offset]);
        }
        for k in i..=size {
            order_counts[k] = order_counts[k].wrapping_add(order_counts[k - i]);
        }
    }
    let tail_count: i128 = order_counts.get(u..).unwrap_or_default().iter().sum();
    Some(tail_count as f64 / total_count as f64)
}

/// Student's or Welch's t-test of two independent groups. The statistic is t of the difference `x` - `y`.
///
/// # Errors
/// [`StatisticsError::TooFew`] for an empty group, fewer than three values in all, or (Welch) fewer than two in a group;
/// [`StatisticsError::NotFinite`]; [`StatisticsError::Constant`] if neither group has any spread.
pub fn t_test(x: &[f64], y: &[f64], variances: Variances) -> Result<TestResult, StatisticsError> {
    let min_size = match variances {
        Variances::Equal => 1,
        Variances::Unequal => 2,
    };
    check_groups(x, y, min_size)?;
    let (n1, n2) = (x.len() as f64, y.len() as f64);
    if x.len() + y.len() < 3 {
        return Err(StatisticsError::TooFew {
            found: x.len() + y.len(),
            needed: 3,
        });
    }
    let (v1, v2) = (
        variance(x).unwrap_or_default(),
        variance(y).unwrap_or_default(),
    );
    let (squared_standard_error, df) = match variances {
        Variances::Equal => {
            let df = n1 + n2 - 2.0;
            let pooled = ((n1 - 1.0) * v1 + (n2 - 1.0) * v2) / df;
            (pooled * (1.0 / n1 + 1.0 / n2), df)
        }
        Variances::Unequal => {
            let (a, b) = (v1 / n1, v2 / n2);
            (
                a + b,
                (a + b).powi(2) / (a * a / (n1 - 1.0) + b * b / (n2 - 1.0)),
            )
        }
    };
    if squared_standard_error <= 0.0 {
        return Err(StatisticsError::Constant);
    }
    let difference = mean(x).unwrap_or_default() - mean(y).unwrap_or_default();
    let statistic = difference / squared_standard_error.sqrt();
    Ok(TestResult {
        statistic,
        p: student_t_two_sided(statistic, df),
    })
}
