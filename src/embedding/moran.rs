//! Moran's I: the spatial autocorrelation of a value over a map.

use super::neighbours::Neighbours;

/// Moran's I (Moran 1950) of `values` over the neighbours of each point, with equal weights that sum to one per point.
///
/// 1 is perfectly smooth, values placed at random give -1 / (n - 1); below that, neighbours differ more than other points.
/// Points without a value (an empty melody) are left out, as points and as neighbours. `None` if fewer than two points
/// have values, if all are equal, or if none has a neighbour with a value.
///
/// # Shapes
/// - `values`: one per point of `neighbours`
#[must_use]
pub fn morans_i(neighbours: &Neighbours, values: &[Option<f64>]) -> Option<f64> {
    let known: Vec<f64> = values.iter().copied().flatten().collect();
    if known.len() < 2 {
        return None;
    }
    let mean = known.iter().sum::<f64>() / known.len() as f64;
    let squares: f64 = known.iter().map(|x| (x - mean).powi(2)).sum();
    let (mut products, mut weights) = (0.0, 0.0);
    for (i, value) in values.iter().enumerate() {
        let Some(value) = value else { continue };
        let near: Vec<f64> = neighbours
            .neighbours_of(i)
            .iter()
            .filter_map(|j| values.get(*j as usize).copied().flatten())
            .collect();
        if near.is_empty() {
            continue;
        }
        let lag = near.iter().map(|x| x - mean).sum::<f64>() / near.len() as f64;
        products += (value - mean) * lag;
        weights += 1.0;
    }
    (squares > 0.0 && weights > 0.0).then(|| known.len() as f64 / weights * products / squares)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use rand::{RngExt as _, SeedableRng as _};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::embedding::Features;
    use crate::embedding::plane::squared_distance;
    use crate::progress::no_progress;

    /// The textbook's double sum over a full matrix of weights.
    fn double_loop(points: &[[f64; 2]], values: &[Option<f64>], count: usize) -> f64 {
        let n = points.len();
        let mut weights = vec![vec![0.0; n]; n];
        for i in 0..n {
            let square = |j: usize| squared_distance(points[i], points[j]);
            let mut others: Vec<usize> = (0..n).filter(|j| *j != i).collect();
            others.sort_by(|a, b| square(*a).total_cmp(&square(*b)).then(a.cmp(b)));
            let near: Vec<usize> = others
                .into_iter()
                .take(count)
                .filter(|j| values[*j].is_some() && values[i].is_some())
                .collect();
            for j in &near {
                weights[i][*j] = 1.0 / near.len() as f64;
            }
        }
        let known: Vec<f64> = values.iter().copied().flatten().collect();
        let mean = known.iter().sum::<f64>() / known.len() as f64;
        let (mut numerator, mut total) = (0.0, 0.0);
        for i in 0..n {
            for j in 0..n {
                total += weights[i][j];
                if weights[i][j] > 0.0 {
                    numerator +=
                        weights[i][j] * (values[i].unwrap() - mean) * (values[j].unwrap() - mean);
                }
            }
        }
        let denominator: f64 = known.iter().map(|x| (x - mean).powi(2)).sum();
        known.len() as f64 / total * numerator / denominator
    }

    /// Points at random: on a lattice many neighbours would be equally near.
    fn random_points(n: usize) -> Vec<[f64; 2]> {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        let mut draw = |size: f64| f64::from(rng.random::<f32>()) * size;
        (0..n).map(|_| [draw(8.0), draw(5.0)]).collect()
    }

    fn neighbours(points: &[[f64; 2]], count: usize) -> Neighbours {
        let rows: Vec<[f32; 2]> = points.iter().map(|p| p.map(|x| x as f32)).collect();
        let Ok(neighbours) = Neighbours::find(&Features::new(&rows), count, &mut no_progress);
        neighbours
    }

    #[test]
    fn it_equals_the_direct_double_sum_with_and_without_missing_values() {
        let points = random_points(150);
        let smooth = |p: &[f64; 2]| (p[0] * 0.7).sin() + p[1] * 0.2;
        for gaps in [false, true] {
            let values: Vec<Option<f64>> = points
                .iter()
                .enumerate()
                .map(|(i, p)| (!gaps || i % 7 != 3).then(|| smooth(p)))
                .collect();
            let value = morans_i(&neighbours(&points, 5), &values).unwrap();
            let expected = double_loop(&points, &values, 5);
            assert!((value - expected).abs() < 1e-9, "{value} {expected}");
            assert!(value > 0.8, "{value}");
        }
    }

    #[test]
    fn values_independent_of_the_map_give_about_zero() {
        let points = random_points(1_000);
        let values: Vec<Option<f64>> = (0..1_000_u64)
            .map(|k| Some((k.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as f64))
            .collect();
        let shuffled: Vec<Option<f64>> = (0..1_000).map(|k| values[k * 619 % 1_000]).collect();
        let value = morans_i(&neighbours(&points, 5), &shuffled).unwrap();
        assert!(value.abs() < 0.1, "{value}");
    }

    #[test]
    fn too_few_or_equal_values_give_none() {
        let neighbours = neighbours(&random_points(4), 2);
        assert_eq!(morans_i(&neighbours, &[Some(1.0); 4]), None);
        assert_eq!(morans_i(&neighbours, &[Some(1.0), None, None, None]), None);
    }
}
