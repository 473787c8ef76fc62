//! Tail probabilities of the normal distribution and Student's t, with small relative errors down to 1e-300.
//!
//! The normal tail is computed by statrs. Its incomplete beta function is not accurate enough for thousands of samples: it stops
//! after 140 terms and uses a logarithm of the gamma function with about fifteen digits.

use statrs::function::erf::erfc;

/// Probability that a standard normal variable exceeds `z`.
pub(super) fn normal_upper_tail(z: f64) -> f64 {
    0.5 * erfc(z / std::f64::consts::SQRT_2)
}

/// Two-sided tail probability of Student's t with `df` degrees of freedom: that of a value farther from 0 than `t`.
///
/// With x = df / (df + t^2) this is the regularised incomplete beta function I_x(df / 2, 1 / 2).
#[must_use]
pub fn student_t_two_sided(t: f64, df: f64) -> f64 {
    if t.is_infinite() {
        return 0.0;
    }
    let square = t * t;
    incomplete_beta_half(df / (df + square), square / (df + square), df / 2.0)
}

/// Two-sided critical value of Student's t with `df` degrees of freedom: the distance from 0 that it exceeds with probability
/// `p`, 0 < p < 1.
#[must_use]
pub fn student_t_critical_value(p: f64, df: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    while student_t_two_sided(high, df) > p && high < 1e300 {
        low = high;
        high *= 2.0;
    }
    // Bisection to adjacent numbers: the function is monotonic.
    loop {
        let middle = 0.5 * (low + high);
        if middle <= low || middle >= high {
            return middle;
        }
        if student_t_two_sided(middle, df) > p {
            low = middle;
        } else {
            high = middle;
        }
    }
}

/// Probability of a correlation at least as far from 0 as `r` between `n` pairs of independent normal numbers.
///
/// It equals the two-sided tail probability of t = r sqrt((n - 2) / (1 - r^2)) with n - 2 degrees of freedom; of two pairs every
/// correlation is 1 or -1.
pub(super) fn correlation_two_sided(r: f64, n: usize) -> f64 {
    if n < 3 {
        return 1.0;
    }
    let r = r.abs().min(1.0);
    incomplete_beta_half((1.0 - r) * (1.0 + r), r * r, (n - 2) as f64 / 2.0)
}

/// I_x(a, 1/2), with `y` = 1 - x given too, so that neither loses digits.
fn incomplete_beta_half(x: f64, y: f64, a: f64) -> f64 {
    const B: f64 = 0.5;
    if x <= 0.0 {
        return 0.0;
    }
    if y <= 0.0 {
        return 1.0;
    }
    let ln_x = if y < 0.5 { (-y).ln_1p() } else { x.ln() };
    let ln_beta = 0.5 * std::f64::consts::PI.ln() - ln_gamma_ratio_half_step(a);
    // Computed with logarithms: the factors may overflow where their product does not.
    let prefactor = (a * ln_x + B * y.ln() - ln_beta).exp();
    if x < (a + 1.0) / (a + B + 2.0) {
        prefactor / a * continued_fraction(x, a, B)
    } else {
        1.0 - prefactor / B * continued_fraction(y, B, a)
    }
}

/// ln of gamma(a + 1/2) / gamma(a), for a > 0.
///
/// The asymptotic series (Tricomi and Erdélyi 1951) where it is exact to the last digit, which is reached by the recurrence
/// of the gamma function. Avoids differences of large numbers.
pub(super) fn ln_gamma_ratio_half_step(a: f64) -> f64 {
    let mut shifted = a;
    let mut correction = 0.0;
    while shifted < 32.0 {
        correction -= (0.5 / shifted).ln_1p();
        shifted += 1.0;
    }
    let inverse = 1.0 / shifted;
    let square = inverse * inverse;
    let series = inverse
        * (-1.0 / 8.0 + square * (1.0 / 192.0 + square * (-1.0 / 640.0 + square * 17.0 / 14336.0)));
    0.5 * shifted.ln() + series + correction
}

/// The continued fraction of the incomplete beta function (DLMF 8.17.22), by Lentz's method.
fn continued_fraction(x: f64, a: f64, b: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let nonzero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / nonzero(1.0 - (a + b) * x / (a + 1.0));
    let mut result = d;
    for k in 1..200_000_u32 {
        let m = f64::from(k);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / nonzero(1.0 + even * d);
        c = nonzero(1.0 + even / c);
        result *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / nonzero(1.0 + odd * d);
        c = nonzero(1.0 + odd / c);
        result *= d * c;
        if (d * c - 1.0).abs() < 2e-16 {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_ratio_of_gamma_functions_is_right_at_known_values() {
        // gamma(1/2) = sqrt(pi), gamma(1) = 1, gamma(3/2) = sqrt(pi) / 2
        let root = std::f64::consts::PI.sqrt();
        assert!((ln_gamma_ratio_half_step(0.5) + root.ln()).abs() < 1e-15);
        assert!((ln_gamma_ratio_half_step(1.0) - (root / 2.0).ln()).abs() < 1e-15);
    }

    #[test]
    fn the_probability_of_a_critical_value_is_the_given_one() {
        for df in [1.0, 7.5, 98.0, 6398.0] {
            for p in [1e-12, 0.05, 0.9] {
                let p_of_critical = student_t_two_sided(student_t_critical_value(p, df), df);
                assert!(
                    (p_of_critical / p - 1.0).abs() < 1e-10,
                    "{df} {p} {p_of_critical}"
                );
            }
        }
        // Tables of Student's t: 2.2281 for ten degrees of freedom and 5 %.
        assert!((student_t_critical_value(0.05, 10.0) - 2.228_138_852).abs() < 1e-8);
    }
}
