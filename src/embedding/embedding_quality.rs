//! How faithfully a map shows given rows: stress, trustworthiness, continuity, neighbours kept, nearness of neighbours.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::quality::NEIGHBOURS;
use super::{Features, Neighbours};
use crate::statistics::{ProgressFn, no_progress, par_map_init};

/// Neighbours that trustworthiness and continuity look at.
pub const TRUST_NEIGHBOURS: usize = 10;
/// Up to this many points a map is measured on all of them, beyond on a seeded draw of so many.
pub const LARGEST_EXACT: usize = 8_000;

/// Neighbours that trustworthiness and continuity look at on a map of `n` points: [`TRUST_NEIGHBOURS`], but fewer than half of
/// the points.
#[must_use]
pub fn trust_neighbours(n: usize) -> usize {
    TRUST_NEIGHBOURS.min(n.saturating_sub(1) / 2).max(1)
}

/// How well a map keeps the distances and the neighbours of the rows it shows. Each figure comes with what points strewn at
/// random would reach.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EmbeddingQuality {
    /// Kruskal's stress-1 at the map's best scale: 0 is exact.
    pub stress: f64,
    /// The stress of the same places dealt out at random.
    pub stress_chance: f64,
    /// Trustworthiness (Venna and Kaski 2001) with ten neighbours: 1 if all neighbours on the map are true ones.
    pub trustworthiness: f64,
    /// The trustworthiness of places dealt out at random.
    pub trustworthiness_chance: f64,
    /// Continuity (Venna and Kaski 2001) with ten neighbours: 1 if all true neighbours are neighbours on the map.
    pub continuity: f64,
    /// The continuity of places dealt out at random.
    pub continuity_chance: f64,
    /// Share of each point's five nearest that are among its five nearest on the map, averaged.
    pub neighbours_kept: f64,
    /// The share that chance would keep.
    pub neighbours_chance: f64,
}

/// How far apart neighbours on the map are in truth, in the unit of the distance that it was measured with.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct NeighbourDistance {
    /// Mean distance from a point to its five nearest on the map.
    pub map_neighbours: f64,
    /// Mean distance from a point to its five true nearest: the floor that no map can go below.
    pub true_neighbours: f64,
    /// Mean distance of two points drawn at random: what neighbours on a map without meaning would have.
    pub random_pairs: f64,
}

impl NeighbourDistance {
    /// The mean distance of map neighbours as a multiple of the floor: 1 is perfect.
    #[must_use]
    pub fn over_floor(&self) -> f64 {
        self.map_neighbours / self.true_neighbours
    }
}

/// What one point adds to the measures.
#[derive(Clone, Copy, Default)]
struct Share {
    /// Sums over the later points: products of both distances, squares and plain distances of each.
    product: f64,
    rows: [f64; 2],
    map: [f64; 2],
    untrue: f64,
    lost: f64,
    kept: usize,
    near: f64,
    floor: f64,
}

impl EmbeddingQuality {
    /// Measures a map of `positions` against the rows that it shows. Exact: looks at every pair, so give it a
    /// [`drawn`] part of a large map.
    #[must_use]
    pub fn measure(features: &Features, positions: &[[f64; 2]]) -> (Self, NeighbourDistance) {
        let Ok(found) = Self::measure_watched(features, positions, &mut no_progress);
        found
    }

    /// As [`EmbeddingQuality::measure`], stopped where `progress` says so.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn measure_watched<E>(
        features: &Features,
        positions: &[[f64; 2]],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<(Self, NeighbourDistance), E> {
        let n = features.len().min(positions.len());
        if n < 3 {
            return Ok((Self::PERFECT, NeighbourDistance::NONE));
        }
        let k = trust_neighbours(n);
        let few = NEIGHBOURS.min(n - 1);
        // Distances, selections and ranks.
        let cost = n * (features.width() + 64);
        let shares: Vec<Share> = par_map_init(
            n,
            cost,
            progress,
            || (Vec::new(), Vec::new(), Vec::new()),
            |(truth, map, order), i| share(features, positions, i, k, few, truth, map, order),
        )?;
        let sum = |part: fn(&Share) -> f64| shares.iter().map(part).sum::<f64>();
        let (product, pairs) = (sum(|s| s.product), (n * (n - 1) / 2) as f64);
        let squares = sum(|s| s.rows[1]) * sum(|s| s.map[1]);
        let (rows_mean, map_mean) = (sum(|s| s.rows[0]) / pairs, sum(|s| s.map[0]) / pairs);
        // The best scale is that of least squares; what is left of the map's squared distances is the stress.
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
        let embedding_quality = Self {
            stress: stress(product),
            stress_chance: stress(pairs * rows_mean * map_mean),
            trustworthiness: 1.0 - norm * sum(|s| s.untrue),
            trustworthiness_chance: chance,
            continuity: 1.0 - norm * sum(|s| s.lost),
            continuity_chance: chance,
            neighbours_kept: shares.iter().map(|s| s.kept).sum::<usize>() as f64 / (n * few) as f64,
            neighbours_chance: few as f64 / (size - 1.0),
        };
        let nearness = NeighbourDistance {
            map_neighbours: sum(|s| s.near) / (n * few) as f64,
            true_neighbours: sum(|s| s.floor) / (n * few) as f64,
            random_pairs: rows_mean,
        };
        Ok((embedding_quality, nearness))
    }

    /// Of a map too small to be wrong.
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
    const NONE: Self = Self {
        map_neighbours: 0.0,
        true_neighbours: 0.0,
        random_pairs: 0.0,
    };

    /// The same by any other distance between points `i` and `j`, with the same neighbours on the map.
    ///
    /// Looks at every pair.
    #[must_use]
    pub fn by(map: &Neighbours, n: usize, distance: impl Fn(usize, usize) -> f64 + Sync) -> Self {
        let few = NEIGHBOURS.min(n.saturating_sub(1));
        if few == 0 {
            return Self::NONE;
        }
        let sums: Vec<[f64; 3]> = (0..n)
            .into_par_iter()
            .map(|i| {
                let mut all: Vec<f64> =
                    (0..n).filter(|j| *j != i).map(|j| distance(i, j)).collect();
                let total = all.iter().sum::<f64>();
                all.select_nth_unstable_by(few - 1, f64::total_cmp);
                let near = map.of(i).iter().take(few).map(|j| distance(i, *j as usize));
                [near.sum(), all.iter().take(few).sum(), total]
            })
            .collect();
        let mean = |part: usize, count: usize| {
            sums.iter().map(|sum| sum[part]).sum::<f64>() / (n * count) as f64
        };
        Self {
            map_neighbours: mean(0, few),
            true_neighbours: mean(1, few),
            random_pairs: mean(2, n - 1),
        }
    }
}

#[expect(
    clippy::too_many_arguments,
    reason = "the last three are room to work in, made once per thread"
)]
fn share(
    features: &Features,
    positions: &[[f64; 2]],
    i: usize,
    k: usize,
    few: usize,
    truth: &mut Vec<f64>,
    map: &mut Vec<f64>,
    order: &mut Vec<u32>,
) -> Share {
    let n = features.len().min(positions.len());
    let at = positions[i];
    truth.clear();
    truth.extend((0..n).map(|j| f64::from(features.square(i, j))));
    map.clear();
    map.extend(
        positions
            .iter()
            .take(n)
            .map(|p| (p[0] - at[0]).powi(2) + (p[1] - at[1]).powi(2)),
    );
    let mut sum = Share::default();
    for j in i + 1..n {
        let (wanted, found) = (truth[j].sqrt(), map[j].sqrt());
        sum.product += wanted * found;
        sum.rows[0] += wanted;
        sum.rows[1] += truth[j];
        sum.map[0] += found;
        sum.map[1] += map[j];
    }
    let true_near = nearest(truth, i, k.max(few), order);
    let map_near = nearest(map, i, k.max(few), order);
    for j in map_near.iter().take(k) {
        if !true_near[..k].contains(j) {
            sum.untrue += (rank(truth, i, *j as usize) - k) as f64;
        }
    }
    for j in true_near.iter().take(k) {
        if !map_near[..k].contains(j) {
            sum.lost += (rank(map, i, *j as usize) - k) as f64;
        }
    }
    for j in map_near.iter().take(few) {
        sum.kept += usize::from(true_near[..few].contains(j));
        sum.near += truth[*j as usize].sqrt();
    }
    sum.floor = true_near
        .iter()
        .take(few)
        .map(|j| truth[*j as usize].sqrt())
        .sum();
    sum
}

/// The `count` nearest others in order; of equally near ones the earlier.
fn nearest(squares: &[f64], i: usize, count: usize, order: &mut Vec<u32>) -> Vec<u32> {
    order.clear();
    order.extend((0..squares.len() as u32).filter(|j| *j as usize != i));
    let by = |a: &u32, b: &u32| {
        squares[*a as usize]
            .total_cmp(&squares[*b as usize])
            .then(a.cmp(b))
    };
    let count = count.min(order.len());
    if count > 0 && count < order.len() {
        order.select_nth_unstable_by(count - 1, by);
    }
    let mut best = order[..count].to_vec();
    best.sort_unstable_by(by);
    best
}

/// The place of `j` among the others by distance, from 1.
fn rank(squares: &[f64], i: usize, j: usize) -> usize {
    let own = squares[j];
    1 + squares
        .iter()
        .enumerate()
        .filter(|(other, square)| {
            *other != i && *other != j && (**square < own || (**square == own && *other < j))
        })
        .count()
}

/// The points that a map of `n` is measured on: all of them, or a seeded draw of [`LARGEST_EXACT`], in order.
#[must_use]
pub fn drawn(n: usize) -> Vec<usize> {
    if n <= LARGEST_EXACT {
        return (0..n).collect();
    }
    let mut rng = ChaCha8Rng::seed_from_u64(n as u64);
    let mut all: Vec<usize> = (0..n).collect();
    for k in 0..LARGEST_EXACT {
        let other = rng.random_range(k..n);
        all.swap(k, other);
    }
    all.truncate(LARGEST_EXACT);
    all.sort_unstable();
    all
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;

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
            "../../tests/fixtures/embedding/faithfulness.json"
        ))
        .unwrap();
        assert!(cases.len() >= 3);
        for case in cases {
            assert_eq!(case.neighbours, TRUST_NEIGHBOURS);
            let (found, near) =
                EmbeddingQuality::measure(&Features::new(&case.rows), &case.positions);
            let close = |a: f64, b: f64| assert!((a - b).abs() < 1e-9, "{a} {b}");
            close(found.trustworthiness, case.trustworthiness);
            close(found.continuity, case.continuity);
            close(found.neighbours_kept, case.five_kept);
            assert!(
                (found.stress - case.stress_at_best_scale).abs() < 1e-6,
                "{found:?}"
            );
            assert!(near.true_neighbours <= near.map_neighbours);
        }
    }

    #[test]
    fn places_dealt_out_at_random_reach_about_what_chance_is_said_to() {
        let value = |i: usize, k: usize| ((i * 31 + k * 17 + 5) as f32 * 0.618_034).fract();
        let rows: Vec<Vec<f32>> = (0..600)
            .map(|i| (0..9).map(|k| value(i * i, k)).collect())
            .collect();
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let positions: Vec<[f64; 2]> = (0..600).map(|_| [rng.random(), rng.random()]).collect();
        let (found, near) = EmbeddingQuality::measure(&Features::new(&rows), &positions);
        assert!(
            (found.stress - found.stress_chance).abs() < 0.01,
            "{found:?}"
        );
        assert!(
            (found.trustworthiness - found.trustworthiness_chance).abs() < 0.02,
            "{found:?}"
        );
        assert!(
            (found.continuity - found.continuity_chance).abs() < 0.02,
            "{found:?}"
        );
        assert!(found.neighbours_kept < 0.03, "{found:?}");
        assert!(
            (near.map_neighbours / near.random_pairs - 1.0).abs() < 0.03,
            "{near:?}"
        );
    }

    #[test]
    fn a_plane_shown_as_it_is_at_any_scale_is_perfect() {
        let rows: Vec<[f32; 2]> = (0..90)
            .map(|k| [(k as f32 * 0.618).fract(), (k as f32 * 0.414).fract()])
            .collect();
        let positions: Vec<[f64; 2]> = rows
            .iter()
            .map(|r| r.map(|x| 40.0 * f64::from(x)))
            .collect();
        let (found, near) = EmbeddingQuality::measure(&Features::new(&rows), &positions);
        assert!(
            found.stress < 1e-3 && found.trustworthiness > 0.999 && found.neighbours_kept > 0.99
        );
        assert!((near.over_floor() - 1.0).abs() < 1e-3);
    }

    #[test]
    fn a_large_map_is_measured_on_a_part_that_is_always_the_same() {
        assert_eq!(drawn(40), (0..40).collect::<Vec<_>>());
        let part = drawn(100_000);
        assert_eq!(part.len(), LARGEST_EXACT);
        assert_eq!(part, drawn(100_000));
        assert!(part.windows(2).all(|pair| pair[0] < pair[1]) && part[LARGEST_EXACT - 1] > 90_000);
    }
}
