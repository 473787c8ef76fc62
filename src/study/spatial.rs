//! Whether an attribute changes smoothly over the map.

use rand::SeedableRng as _;
use rand::seq::SliceRandom as _;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::statistics::mean;

/// How many nearest points on the map count as neighbours.
pub const SPATIAL_NEIGHBOURS: usize = 5;

/// Moran's I of an attribute on the map (Moran 1950), each point's nearest neighbours weighing alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct SpatialStudy {
    /// Regions with a mean.
    pub n: usize,
    /// 1 if neighbours are equal, about 0 if the attribute is strewn at random, below if neighbours differ.
    pub moran_i: f64,
    /// What random order gives on average: -1 / (n - 1).
    pub chance: f64,
    /// Share of random orders, the data itself counted as one, that reach `moran_i`.
    pub p: f64,
}

/// Moran's I with weight 1/k for each point's k nearest neighbours; `None` for fewer than three points or equal values.
#[must_use]
pub fn moran_i(points: &[[f64; 2]], values: &[f64], neighbours: usize) -> Option<f64> {
    let lists = nearest(points, neighbours);
    statistic(&lists, values)
}

impl SpatialStudy {
    /// Of the regions that have a mean. Depends on `seed` alone.
    pub(super) fn of(
        points: &[[f64; 2]],
        means: &[Option<f64>],
        permutations: usize,
        seed: u64,
    ) -> Option<Self> {
        let (places, mut values): (Vec<[f64; 2]>, Vec<f64>) = points
            .iter()
            .zip(means)
            .filter_map(|(point, value)| value.map(|value| (*point, value)))
            .unzip();
        let lists = nearest(&places, SPATIAL_NEIGHBOURS);
        let found = statistic(&lists, &values)?;
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        let mut reached = 0;
        for _ in 0..permutations {
            values.shuffle(&mut random);
            reached += usize::from(statistic(&lists, &values).is_some_and(|i| i >= found));
        }
        Some(Self {
            n: values.len(),
            moran_i: found,
            chance: -1.0 / (values.len() as f64 - 1.0),
            p: (reached + 1) as f64 / (permutations + 1) as f64,
        })
    }
}

fn statistic(lists: &[Vec<usize>], values: &[f64]) -> Option<f64> {
    let centre = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - centre).powi(2)).sum();
    if values.len() < 3 || lists.len() != values.len() || squares <= 0.0 {
        return None;
    }
    // Each row of weights sums to 1, so their total is n and cancels against the mean square.
    let products: f64 = lists
        .iter()
        .zip(values)
        .map(|(list, value)| {
            let around: f64 = list.iter().map(|j| values[*j] - centre).sum();
            (value - centre) * around / list.len().max(1) as f64
        })
        .sum();
    Some(products / squares)
}

/// The nearest other points of each; of equally near ones the earlier.
fn nearest(points: &[[f64; 2]], count: usize) -> Vec<Vec<usize>> {
    points
        .iter()
        .enumerate()
        .map(|(i, a)| {
            let mut others: Vec<(f64, usize)> = points
                .iter()
                .enumerate()
                .filter(|(j, _)| *j != i)
                .map(|(j, b)| ((a[0] - b[0]).hypot(a[1] - b[1]), j))
                .collect();
            others.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            others.into_iter().take(count).map(|(_, j)| j).collect()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

    #[test]
    fn the_sums_are_those_of_a_plain_double_loop_over_a_matrix_of_weights() {
        let points: Vec<[f64; 2]> = (0..40)
            .map(|k| {
                [
                    (f64::from(k) * 0.618).fract(),
                    (f64::from(k) * 0.414).fract(),
                ]
            })
            .collect();
        let values: Vec<f64> = points.iter().map(|p| (5.0 * p[0]).sin() + p[1]).collect();
        let n = points.len();
        let mut weights = vec![vec![0.0; n]; n];
        for i in 0..n {
            let mut others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
            let distance = |j: usize| {
                let (x, y) = (points[i][0] - points[j][0], points[i][1] - points[j][1]);
                x * x + y * y
            };
            others.sort_by(|a, b| distance(*a).total_cmp(&distance(*b)));
            for j in &others[..5] {
                weights[i][*j] = 1.0;
            }
        }
        let centre = values.iter().sum::<f64>() / n as f64;
        let (mut above, mut below, mut total) = (0.0, 0.0, 0.0);
        for i in 0..n {
            below += (values[i] - centre).powi(2);
            for j in 0..n {
                above += weights[i][j] * (values[i] - centre) * (values[j] - centre);
                total += weights[i][j];
            }
        }
        let direct = n as f64 / total * above / below;
        let ours = moran_i(&points, &values, 5).unwrap();
        assert!(
            (ours - direct).abs() < 1e-9 * direct.abs(),
            "{ours} {direct}"
        );
        let study = SpatialStudy::of(
            &points,
            &values.iter().copied().map(Some).collect::<Vec<_>>(),
            99,
            1,
        );
        let study = study.unwrap();
        assert!(study.moran_i == ours && study.p <= 0.01, "{study:?}");
    }

    #[test]
    fn a_strewn_attribute_is_near_its_chance_level_and_a_constant_one_has_none() {
        let points: Vec<[f64; 2]> = (0..200)
            .map(|k| {
                [
                    (f64::from(k) * 0.618).fract(),
                    (f64::from(k) * 0.414).fract(),
                ]
            })
            .collect();
        let mut values: Vec<f64> = (0..200).map(f64::from).collect();
        values.shuffle(&mut ChaCha8Rng::seed_from_u64(3));
        let i = moran_i(&points, &values, 5).unwrap();
        assert!(i.abs() < 0.1, "{i}");
        assert_eq!(moran_i(&points, &[2.0; 200], 5), None);
        assert_eq!(moran_i(&points[..2], &[1.0, 2.0], 5), None);
    }
}
