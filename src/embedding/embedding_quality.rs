//! Quality of a map of rows of numbers: stress, trustworthiness, continuity, neighbours kept, and distances to neighbours.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::features::{Features, LANES};
use super::map_quality::NEIGHBOURS;
use super::neighbours::Neighbours;
use super::plane::squared_distance;
use super::point_groups::PointGroups;
use super::ranking;
use crate::multiversion::multiversion;
use crate::progress::{ProgressFn, par_map_init};

/// Number of neighbours for trustworthiness and continuity.
pub const TRUST_NEIGHBOURS: usize = 10;
/// Maximum number of points that a map is measured on; of more points, a random sample of this size.
pub const MAX_MEASURED: usize = 8_000;

/// Number of neighbours for trustworthiness and continuity on a map of `n` points: [`TRUST_NEIGHBOURS`], but fewer than half
/// of the points.
#[must_use]
pub fn trust_neighbours(n: usize) -> usize {
    TRUST_NEIGHBOURS.min(n.saturating_sub(1) / 2).max(1)
}

/// How well a map keeps the distances and the neighbours of the rows it shows, each with its chance level: that of the same
/// positions permuted at random.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingQuality {
    /// Kruskal's stress-1 at the map's best scale: 0 is exact.
    pub stress: f64,
    /// Its chance level.
    pub stress_chance: f64,
    /// Trustworthiness (Venna and Kaski 2001) with ten neighbours: 1 if all neighbours on the map are true ones.
    pub trustworthiness: f64,
    /// Its chance level.
    pub trustworthiness_chance: f64,
    /// Continuity (Venna and Kaski 2001) with ten neighbours: 1 if all true neighbours are neighbours on the map.
    pub continuity: f64,
    /// Its chance level.
    pub continuity_chance: f64,
    /// Fraction of each point's five nearest that are among its five nearest on the map, averaged.
    pub neighbours_kept: f64,
    /// Its chance level.
    pub neighbours_chance: f64,
}

/// True distance between neighbours on the map, in the unit of the distance that it was measured with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NeighbourDistance {
    /// Mean distance from a point to its five nearest on the map.
    pub map_neighbours: f64,
    /// Mean distance from a point to its five true nearest: a lower bound for every map.
    pub true_neighbours: f64,
    /// Mean distance of two points drawn at random: the chance level.
    pub random_pairs: f64,
}

impl NeighbourDistance {
    /// The mean distance of map neighbours as a multiple of that of the true nearest: 1 is perfect.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.map_neighbours / self.true_neighbours
    }
}

/// The contribution of one point to the measures.
#[derive(Clone, Copy, Default)]
struct PointTerms {
    /// Sum over the later points of the products of the distance between rows and the distance on the map.
    product: f64,
    /// Sum over the later points of the distances between rows, and of their squares.
    rows: [f64; 2],
    /// The same on the map.
    map: [f64; 2],
    /// Sum of the ranks beyond k, by distance between rows, of map neighbours that are not true neighbours.
    false_neighbour_ranks: f64,
    /// Sum of the ranks beyond k, by distance on the map, of true neighbours that are not map neighbours.
    missing_neighbour_ranks: f64,
    /// Number of true neighbours among the map neighbours.
    kept_count: usize,
    /// Sum of the true distances to the nearest on the map.
    map_neighbours: f64,
    /// Sum of the distances to the true nearest.
    true_neighbours: f64,
}

/// Workspace of one thread.
#[derive(Default)]
struct Workspace {
    /// Squared distances from a point to all others: between rows, and on the map.
    rows: Vec<f64>,
    map: Vec<f64>,
    /// Those between rows for the points of a portion, in single precision.
    squares: Vec<f32>,
}

impl Workspace {
    /// Loads the distances between rows from point `number` of the portion to all `n` points.
    fn load(&mut self, groups: &PointGroups<'_>, number: usize, n: usize) {
        let squares = &self.squares[number * groups.stride()..][..n];
        self.rows.clear();
        self.rows
            .extend(squares.iter().map(|square| f64::from(*square)));
    }
}

/// Points whose distances to all others are computed together.
const PORTION_POINTS: usize = 8;

impl EmbeddingQuality {
    /// Measures a map of `positions` against the rows that it shows. Visits every pair: measure a large map on a
    /// [`measured_sample`].
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn measure<E>(
        features: &Features,
        positions: &[[f64; 2]],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<(Self, NeighbourDistance), E> {
        let n = features.len().min(positions.len());
        if n < 3 {
            return Ok((Self::PERFECT, NeighbourDistance::default()));
        }
        let k = trust_neighbours(n);
        let nearest_count = NEIGHBOURS.min(n - 1);
        let groups = PointGroups::new(features);
        let cost = PORTION_POINTS * n * (features.width() / 8 + 64);
        let terms = par_map_init(
            n.div_ceil(PORTION_POINTS),
            cost,
            progress,
            Workspace::default,
            |workspace, portion| {
                let from = portion * PORTION_POINTS;
                let points = from..n.min(from + PORTION_POINTS);
                groups.squares_from(points.clone(), &mut workspace.squares);
                let terms = points.map(|i| {
                    workspace.load(&groups, i - from, n);
                    point_terms(positions, i, (k, nearest_count), workspace)
                });
                terms.collect::<Vec<PointTerms>>()
            },
        )?;
        let terms = terms.concat();
        let sum = |term: fn(&PointTerms) -> f64| terms.iter().map(term).sum::<f64>();
        let (product, pairs) = (sum(|t| t.product), (n * (n - 1) / 2) as f64);
        let squares = sum(|t| t.rows[1]) * sum(|t| t.map[1]);
        let (rows_mean, map_mean) = (sum(|t| t.rows[0]) / pairs, sum(|t| t.map[0]) / pairs);
        // The best scale is that of least squares; the stress is what remains of the map's squared distances.
        let stress = |product: f64| {
            if squares > 0.0 {
                (1.0 - product * product / squares).max(0.0).sqrt()
            } else {
                0.0
            }
        };
        let (size, count) = (n as f64, k as f64);
        let norm = 2.0 / (size * count * (2.0 * size - 3.0 * count - 1.0));
        let chance = 1.0
            - (size - 1.0 - count) * (size - count)
                / ((size - 1.0) * (2.0 * size - 3.0 * count - 1.0));
        let kept_count: usize = terms.iter().map(|t| t.kept_count).sum();
        let neighbours = (n * nearest_count) as f64;
        let quality = Self {
            stress: stress(product),
            stress_chance: stress(pairs * rows_mean * map_mean),
            trustworthiness: 1.0 - norm * sum(|t| t.false_neighbour_ranks),
            trustworthiness_chance: chance,
            continuity: 1.0 - norm * sum(|t| t.missing_neighbour_ranks),
            continuity_chance: chance,
            neighbours_kept: kept_count as f64 / neighbours,
            neighbours_chance: nearest_count as f64 / (size - 1.0),
        };
        let distance = NeighbourDistance {
            map_neighbours: sum(|t| t.map_neighbours) / neighbours,
            true_neighbours: sum(|t| t.true_neighbours) / neighbours,
            random_pairs: rows_mean,
        };
        Ok((quality, distance))
    }

    /// The quality of a map of fewer than three points.
    const PERFECT: Self = Self {
        stress: 0.0,
        stress_chance: 0.0,
        trustworthiness: 1.0,
        trustworthiness_chance: 1.0,
        continuity: 1.0,
        continuity_chance: 1.0,
        neighbours_kept: 1.0,
        neighbours_chance: 1.0,
    };
}

impl NeighbourDistance {
    /// Measures neighbours on a map of `n` points by any distance between points `i` and `j`. Visits every pair.
    #[must_use]
    pub fn measure(
        map: &Neighbours,
        n: usize,
        distance: impl Fn(usize, usize) -> f64 + Sync,
    ) -> Self {
        let nearest_count = NEIGHBOURS.min(n.saturating_sub(1));
        if nearest_count == 0 {
            return Self::default();
        }
        let sums: Vec<[f64; 3]> = (0..n)
            .into_par_iter()
            .map(|i| {
                let mut all: Vec<f64> =
                    (0..n).filter(|j| *j != i).map(|j| distance(i, j)).collect();
                let total = all.iter().sum::<f64>();
                all.select_nth_unstable_by(nearest_count - 1, f64::total_cmp);
                let neighbour_distances = map.neighbours_of(i).iter().take(nearest_count);
                let neighbour_distances = neighbour_distances.map(|j| distance(i, *j as usize));
                [
                    neighbour_distances.sum(),
                    all.iter().take(nearest_count).sum(),
                    total,
                ]
            })
            .collect();
        let mean = |column: usize, count: usize| {
            sums.iter().map(|sum| sum[column]).sum::<f64>() / (n * count) as f64
        };
        Self {
            map_neighbours: mean(0, nearest_count),
            true_neighbours: mean(1, nearest_count),
            random_pairs: mean(2, n - 1),
        }
    }
}

/// The terms of point `i`, whose distances between rows are in the workspace, with `k` neighbours for trustworthiness and continuity
/// and `nearest_count` for the others.
fn point_terms(
    positions: &[[f64; 2]],
    i: usize,
    (k, nearest_count): (usize, usize),
    Workspace { rows, map, .. }: &mut Workspace,
) -> PointTerms {
    let n = rows.len();
    map.clear();
    map.extend((0..n).map(|j| squared_distance(positions[j], positions[i])));
    let mut sum = PointTerms::default();
    let mut sums = PairSums::default();
    add_pairs(&rows[i + 1..], &map[i + 1..], &mut sums);
    sum.product = sums.product.iter().sum();
    sum.rows = sums.rows.map(|lanes| lanes.iter().sum());
    sum.map = sums.map.map(|lanes| lanes.iter().sum());
    let true_near = ranking::nearest(rows, i, k.max(nearest_count));
    let map_near = ranking::nearest(map, i, k.max(nearest_count));
    let excess = |indices: &[u32], other: &[u32], distances: &[f64]| {
        let not_shared = indices[..k].iter().filter(|j| !other[..k].contains(j));
        not_shared.fold(0.0, |sum, j| {
            sum + (ranking::rank(distances, i, *j as usize) - k) as f64
        })
    };
    sum.false_neighbour_ranks = excess(&map_near, &true_near, rows);
    sum.missing_neighbour_ranks = excess(&true_near, &map_near, map);
    let length = |j: &u32| rows[*j as usize].sqrt();
    let (map_near, true_near) = (&map_near[..nearest_count], &true_near[..nearest_count]);
    sum.kept_count = map_near.iter().filter(|j| true_near.contains(j)).count();
    sum.map_neighbours = map_near.iter().map(length).sum();
    sum.true_neighbours = true_near.iter().map(length).sum();
    sum
}

/// Sums over the pairs of a point in eight lanes: pair `i` is added in lane `i % 8`.
#[derive(Default)]
struct PairSums {
    product: [f64; LANES],
    /// Distances between rows, and their squares.
    rows: [[f64; LANES]; 2],
    /// The same on the map.
    map: [[f64; LANES]; 2],
}

multiversion! {
    /// Adds pairs of a squared distance between rows and one on the map.
    fn add_pairs(rows: &[f64], map: &[f64], sums: &mut PairSums) = add_all
}

#[inline(always)]
fn add_all(rows: &[f64], map: &[f64], sums: &mut PairSums) {
    let (rows, rows_rest) = rows.as_chunks::<LANES>();
    let (map, map_rest) = map.as_chunks::<LANES>();
    for (rows, map) in rows.iter().zip(map) {
        add_lanes(rows, map, sums);
    }
    // Zeros add nothing.
    let (mut rows, mut map) = ([0.0; LANES], [0.0; LANES]);
    rows[..rows_rest.len()].copy_from_slice(rows_rest);
    map[..map_rest.len()].copy_from_slice(map_rest);
    add_lanes(&rows, &map, sums);
}

#[inline(always)]
fn add_lanes(rows: &[f64; LANES], map: &[f64; LANES], sums: &mut PairSums) {
    for lane in 0..LANES {
        let (between_rows, on_map) = (rows[lane].sqrt(), map[lane].sqrt());
        sums.product[lane] += between_rows * on_map;
        sums.rows[0][lane] += between_rows;
        sums.rows[1][lane] += rows[lane];
        sums.map[0][lane] += on_map;
        sums.map[1][lane] += map[lane];
    }
}

/// Indices of the points that a map of `n` is measured on, in order: all, or a seeded random sample of [`MAX_MEASURED`].
#[must_use]
pub fn measured_sample(n: usize) -> Vec<usize> {
    if n <= MAX_MEASURED {
        return (0..n).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    let mut all: Vec<usize> = (0..n).collect();
    for k in 0..MAX_MEASURED {
        let other = rng.random_range(k..n);
        all.swap(k, other);
    }
    all.truncate(MAX_MEASURED);
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::no_progress;

    fn measured(
        features: &Features,
        positions: &[[f64; 2]],
    ) -> (EmbeddingQuality, NeighbourDistance) {
        let Ok(quality) = EmbeddingQuality::measure(features, positions, &mut no_progress);
        quality
    }

    #[derive(Deserialize)]
    struct Case {
        rows: Vec<Vec<f32>>,
        positions: Vec<[f64; 2]>,
        neighbours: usize,
        trustworthiness: f64,
        continuity: f64,
        five_kept: f64,
        stress_at_best_scale: f64,
    }

    #[test]
    fn figures_are_those_of_scikit_learn() {
        let cases: Vec<Case> = serde_json::from_str(include_str!(
            "../../tests/fixtures/embedding/embedding_quality.json"
        ))
        .unwrap();
        assert!(cases.len() >= 3);
        for case in cases {
            assert_eq!(case.neighbours, TRUST_NEIGHBOURS);
            let (quality, neighbour_distances) =
                measured(&Features::new(&case.rows), &case.positions);
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
            close(quality.trustworthiness, case.trustworthiness);
            close(quality.continuity, case.continuity);
            close(quality.neighbours_kept, case.five_kept);
            assert!(
                (quality.stress - case.stress_at_best_scale).abs() < 1e-6,
                "{quality:?}"
            );
            assert!(neighbour_distances.true_neighbours <= neighbour_distances.map_neighbours);
        }
    }

    #[test]
    fn random_positions_reach_about_the_chance_levels() {
        let value = |i: usize, k: usize| ((i * 31 + k * 17 + 5) as f32 * 0.618_034).fract();
        let rows: Vec<Vec<f32>> = (0..600)
            .map(|i| (0..9).map(|k| value(i * i, k)).collect())
            .collect();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let positions: Vec<[f64; 2]> = (0..600).map(|_| [rng.random(), rng.random()]).collect();
        let (quality, neighbour_distances) = measured(&Features::new(&rows), &positions);
        assert!(
            (quality.stress - quality.stress_chance).abs() < 0.01,
            "{quality:?}"
        );
        assert!(
            (quality.trustworthiness - quality.trustworthiness_chance).abs() < 0.02,
            "{quality:?}"
        );
        assert!(
            (quality.continuity - quality.continuity_chance).abs() < 0.02,
            "{quality:?}"
        );
        assert!(quality.neighbours_kept < 0.03, "{quality:?}");
        assert!(
            (neighbour_distances.map_neighbours / neighbour_distances.random_pairs - 1.0).abs()
                < 0.03,
            "{neighbour_distances:?}"
        );
    }

    #[test]
    fn a_plane_shown_at_any_scale_is_perfect() {
        let rows: Vec<[f32; 2]> = (0..90)
            .map(|k| [(k as f32 * 0.618).fract(), (k as f32 * 0.414).fract()])
            .collect();
        let positions: Vec<[f64; 2]> = rows
            .iter()
            .map(|r| r.map(|x| 40.0 * f64::from(x)))
            .collect();
        let (quality, neighbour_distances) = measured(&Features::new(&rows), &positions);
        assert!(
            quality.stress < 1e-3
                && quality.trustworthiness > 0.999
                && quality.neighbours_kept > 0.99
        );
        assert!((neighbour_distances.ratio() - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_large_map_is_measured_on_a_reproducible_sample() {
        assert_eq!(measured_sample(40), (0..40).collect::<Vec<_>>());
        let sample = measured_sample(100_000);
        assert_eq!(sample.len(), MAX_MEASURED);
        assert_eq!(sample, measured_sample(100_000));
        assert!(
            sample.windows(2).all(|pair| pair[0] < pair[1]) && sample[MAX_MEASURED - 1] > 90_000
        );
    }
}
