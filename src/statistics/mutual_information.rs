//! Mutual information of two lists of numbers.

use rand::RngExt as _;
use rand_distr::StandardNormal;
use statrs::function::gamma::digamma;

use super::resampling::random_stream;
use super::summary::mean;

/// Number of nearest neighbours of each pair in the estimate: the default of scikit-learn's `mutual_info_regression`.
const NEIGHBOURS: usize = 3;

/// Standard deviation of the random numbers that break ties, relative to the values' mean magnitude.
const JITTER_DEVIATION: f64 = 1e-10;

/// Mutual information of paired numbers, in nats: the first estimator of Kraskov, Stögbauer and Grassberger ("Estimating mutual
/// information", 2004) with three neighbours, on values divided by their standard deviations; 0 where it is negative.
///
/// As in scikit-learn's `mutual_info_regression`, normal random numbers of 1e-10 are added, because the estimator assumes that
/// there are no ties; here the random numbers are always the same.
///
/// `None` when the lists differ in length, have fewer than five values, hold a value that is not finite, or one of them is
/// constant.
#[must_use]
pub fn mutual_information(x: &[f64], y: &[f64]) -> Option<f64> {
    if x.len() != y.len() || x.len() < NEIGHBOURS + 2 {
        return None;
    }
    let (mut x, mut y) = (scale_to_unit_deviation(x)?, scale_to_unit_deviation(y)?);
    add_jitter(&mut x, 0);
    add_jitter(&mut y, 1);
    Some(kraskov_estimate(&x, &y))
}

/// Adds the small random numbers of a random stream, which break ties.
fn add_jitter(values: &mut [f64], stream: u64) {
    let mut random = random_stream(0, stream);
    let magnitude =
        values.iter().map(|value| value.abs()).sum::<f64>() / values.len().max(1) as f64;
    let deviation = JITTER_DEVIATION * magnitude.max(1.0);
    for value in values {
        let draw: f64 = random.sample(StandardNormal);
        *value += deviation * draw;
    }
}

/// The estimate for pairs that are neither scaled nor jittered. Where a pair equals three others, all equal ones count as
/// neighbours.
fn kraskov_estimate(x: &[f64], y: &[f64]) -> f64 {
    let mut pairs: Vec<(f64, f64)> = x.iter().copied().zip(y.iter().copied()).collect();
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (x, y): (Vec<f64>, Vec<f64>) = pairs.iter().copied().unzip();
    let mut sorted_y = y.clone();
    sorted_y.sort_by(f64::total_cmp);
    let digamma_sum: f64 = (0..x.len())
        .map(|index| {
            let radius = neighbour_distance(&pairs, index);
            let counts = [
                count_in_radius(&x, x[index], radius),
                count_in_radius(&sorted_y, y[index], radius),
            ];
            counts
                .map(|count| digamma(count as f64))
                .iter()
                .sum::<f64>()
        })
        .sum();
    let count = x.len() as f64;
    (digamma(count) + digamma(NEIGHBOURS as f64) - digamma_sum / count).max(0.0)
}

/// The values in standard deviations; `None` for a constant list, or one with something not finite.
fn scale_to_unit_deviation(values: &[f64]) -> Option<Vec<f64>> {
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    let deviation = (squares / values.len() as f64).sqrt();
    let first = values.first()?;
    let varies = values.iter().any(|value| value != first);
    (varies && deviation.is_finite() && deviation > 0.0)
        .then(|| values.iter().map(|value| value / deviation).collect())
}

/// Distance of a pair from its third-nearest neighbour, by the larger of the two differences. The pairs are sorted by their
/// first numbers.
fn neighbour_distance(pairs: &[(f64, f64)], index: usize) -> f64 {
    let (x, y) = pairs[index];
    let mut nearest_distances = [f64::INFINITY; NEIGHBOURS];
    let mut lower_pairs = pairs[..index].iter().rev().peekable();
    let mut higher_pairs = pairs[index + 1..].iter().peekable();
    loop {
        let distance = |pair: &&(f64, f64)| (pair.0 - x).abs();
        let lower_distance = lower_pairs.peek().map(distance);
        let higher_distance = higher_pairs.peek().map(distance);
        let next = match (lower_distance, higher_distance) {
            (None, None) => break,
            (Some(lower), higher) if higher.is_none_or(|higher| lower <= higher) => {
                lower_pairs.next()
            }
            _ => higher_pairs.next(),
        };
        // All later pairs are at least as far as this one.
        let Some(pair) = next.filter(|pair| distance(pair) < nearest_distances[NEIGHBOURS - 1])
        else {
            break;
        };
        let distance = distance(&pair).max((pair.1 - y).abs());
        let position = nearest_distances.partition_point(|other| *other <= distance);
        if position < NEIGHBOURS {
            nearest_distances[position..].rotate_right(1);
            nearest_distances[position] = distance;
        }
    }
    nearest_distances[NEIGHBOURS - 1]
}

/// Number of sorted values that are nearer to `value` than `radius`, or equal to it; `value` itself is counted.
fn count_in_radius(sorted: &[f64], value: f64, radius: f64) -> usize {
    let is_outside = |other: &f64| {
        let distance = (other - value).abs();
        distance >= radius && distance > 0.0
    };
    let first = sorted.partition_point(|other| *other < value && is_outside(other));
    let end = sorted.partition_point(|other| *other <= value || !is_outside(other));
    end - first
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::testing::correlated_waves;

    #[test]
    fn estimates_agree_with_scikit_learn() {
        // scikit-learn 1.9.1, sklearn.feature_selection._mutual_info._compute_mi_cc(x, y, 3)
        let check = |x: &[f64], y: &[f64], theirs: f64| {
            let ours = kraskov_estimate(x, y);
            assert!((ours - theirs).abs() < 1e-9, "{ours} {theirs}");
        };
        let floor = |values: &[f64], factor: f64| -> Vec<f64> {
            values
                .iter()
                .map(|value| (factor * value).floor())
                .collect()
        };
        let (x, y) = correlated_waves(40);
        check(&x, &y, 0.21519575101188249);
        check(&x, &floor(&y, 4.0), 0.49425392057212236);
        check(&floor(&x, 2.0), &floor(&y, 4.0), 1.4638598325658632);
        let (x, y) = correlated_waves(200);
        check(&x, &y, 0.6962831527048698);
        check(&x, &floor(&y, 4.0), 0.6527170260632831);
        check(&floor(&x, 2.0), &floor(&y, 4.0), 0.7813484153300911);
        // The same for values divided by np.std.
        check(
            &scale_to_unit_deviation(&x).unwrap(),
            &scale_to_unit_deviation(&y).unwrap(),
            0.6978467508459332,
        );
        // mutual_info_regression: without ties its random numbers change nothing, with ties it gives 0.596 to 0.663 over
        // 200 seeds.
        let ours = mutual_information(&x, &y).unwrap();
        assert!((ours - 0.69784675).abs() < 1e-7, "{ours}");
        let ours = mutual_information(&x, &floor(&y, 4.0)).unwrap();
        assert!((0.59..0.67).contains(&ours), "{ours}");
    }

    #[test]
    fn a_constant_short_or_unmatched_list_has_no_mutual_information() {
        let (x, y) = correlated_waves(40);
        assert_eq!(mutual_information(&x, &[1.0; 40]), None);
        assert_eq!(mutual_information(&x[..4], &y[..4]), None);
        assert_eq!(mutual_information(&x, &y[1..]), None);
        let mut broken = x.clone();
        broken[3] = f64::NAN;
        assert_eq!(mutual_information(&broken, &y), None);
    }
}
