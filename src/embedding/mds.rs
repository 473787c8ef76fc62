//! Metric multidimensional scaling: SMACOF from a classical start and several random ones.
//!
//! SMACOF (De Leeuw 1977; Borg and Groenen, *Modern Multidimensional Scaling*, chapter 8) lowers the raw stress
//! at every step, but only to a local minimum. So several fixed starts are tried and the lowest minimum wins.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classical::classical;
use super::distances::DistanceMatrix;
use super::map_quality::stress_1;
use super::place::place;
use super::plane::centre;
use crate::progress::{ProgressFn, steps_per_report, subrange};

/// A layout in two dimensions by multidimensional scaling.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MdsLayout {
    /// One position per point, centred on the origin, in the units of the distances.
    pub points: Vec<[f64; 2]>,
    /// Kruskal's stress-1: 0 is exact.
    pub stress: f64,
    /// Iterations of the chosen start, those after relocations included.
    pub iterations: usize,
}

/// Maximum number of pairs of points visited by all trials: bounds the number of starts of a large map.
const MAX_TRIAL_PAIRS: usize = 4_000_000;
/// Iterations of the trial of each start, before the best trials are continued.
const TRIAL_ITERATIONS: usize = 50;
/// Approximate operations of one iteration per entry of the distance matrix.
const ITERATION_COST: usize = 8;
/// Maximum number of starts.
const MAX_STARTS: usize = 64;
/// Number of best trials that are continued, until they converge or reach the limit of iterations.
const CONTINUED_TRIALS: usize = 4;
/// Maximum number of times that all points are relocated.
const RELOCATION_ROUNDS: usize = 4;
/// Relocation ends when a round lowers the raw stress by a smaller fraction than this.
const MIN_RELOCATION_GAIN: f64 = 1e-6;
/// Maximum number of iterations of one descent.
const MAX_ITERATIONS: usize = 1_000;
/// Maximum number of pairs visited in one descent: a map of thousands of points stops a little short of the minimum.
const MAX_DESCENT_PAIRS: usize = 1_000_000_000;
/// Maximum number of points of a map whose single points are relocated; in larger ones they hardly matter.
const MAX_RELOCATED_POINTS: usize = 500;
/// Stop when an iteration lowers the raw stress by less than this fraction.
const TOLERANCE: f64 = 1e-8;

/// Lays points out so that distances on the map are as near the given ones as two dimensions allow.
///
/// Deterministic: equal distances give the equal map, on any number of threads. The map lies along its principal
/// axes, widest from left to right, and on each axis the point farthest out is on the positive side.
///
/// # Errors
/// The error of `progress`.
pub fn mds<E>(
    distances: &DistanceMatrix,
    progress: &mut ProgressFn<'_, E>,
) -> Result<MdsLayout, E> {
    let n = distances.len();
    if n < 2 {
        return Ok(MdsLayout {
            points: vec![[0.0; 2]; n],
            stress: 0.0,
            iterations: 0,
        });
    }
    let relocates_points = n <= MAX_RELOCATED_POINTS;
    let relocation_start = if relocates_points { 0.6 } else { 1.0 };
    let max_iterations = (MAX_DESCENT_PAIRS / (n * n / 2)).clamp(50, MAX_ITERATIONS);
    let starts = (MAX_TRIAL_PAIRS / (n * n / 2 * TRIAL_ITERATIONS)).clamp(1, MAX_STARTS);
    let starts = (0..starts)
        .map(|k| starting_positions(distances, k, &mut subrange(progress, (0.0, 0.05))))
        .collect::<Result<_, E>>()?;
    let mut trials = descend(
        distances,
        starts,
        TRIAL_ITERATIONS,
        &mut subrange(progress, (0.05, 0.15)),
    )?;
    // A stable sort: of equal trials the earlier start goes first.
    trials.sort_by(|a, b| a.raw_stress.total_cmp(&b.raw_stress));
    trials.truncate(CONTINUED_TRIALS);
    let trial_iterations: Vec<usize> = trials.iter().map(|trial| trial.iterations).collect();
    let starts = trials.into_iter().map(|trial| trial.points).collect();
    let mut descents = descend(
        distances,
        starts,
        max_iterations,
        &mut subrange(progress, (0.15, relocation_start)),
    )?;
    for (descent, trial_iterations) in descents.iter_mut().zip(trial_iterations) {
        descent.iterations += trial_iterations;
    }
    descents.sort_by(|a, b| a.raw_stress.total_cmp(&b.raw_stress));
    let mut best = descents.swap_remove(0);
    if relocates_points {
        best = relocate(
            distances,
            best,
            &mut subrange(progress, (relocation_start, 1.0)),
        )?;
    }
    progress(1.0)?;
    let mut points = best.points;
    to_principal_axes(&mut points);
    Ok(MdsLayout {
        stress: stress_1(distances, &points),
        points,
        iterations: best.iterations,
    })
}

/// Start number `k`: the classical solution first, then points placed at random in a square of the data's size.
fn starting_positions<E>(
    distances: &DistanceMatrix,
    k: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<[f64; 2]>, E> {
    let n = distances.len();
    let mean = (0..n)
        .map(|i| distances.row(i).iter().sum::<f64>())
        .sum::<f64>()
        / (n * n) as f64;
    let mut rng = ChaCha8Rng::seed_from_u64(k as u64);
    let mut random = |size: f64| [(); 2].map(|()| (rng.random::<f64>() - 0.5) * size);
    if k > 0 {
        return Ok((0..n).map(|_| random(2.0 * mean)).collect());
    }
    // Small jitter: from points exactly on one line no step ever leaves the line.
    let jittered = |p: [f64; 2]| {
        let noise = random(1e-6 * mean);
        [p[0] + noise[0], p[1] + noise[1]]
    };
    Ok(classical(distances, progress)?
        .into_iter()
        .map(jittered)
        .collect())
}

/// A run of SMACOF.
///
/// Takes steps of double length (De Leeuw and Heiser 1980), which converge in about half as many iterations, and
/// ends with single ones, because only those bring the map to its best size.
struct Descent {
    points: Vec<[f64; 2]>,
    /// The Guttman transform of the points.
    transformed: Vec<[f64; 2]>,
    raw_stress: f64,
    iterations: usize,
    /// Number of iterations that gained less than the tolerance.
    stalled_iterations: usize,
}

impl Descent {
    fn new(distances: &DistanceMatrix, points: Vec<[f64; 2]>) -> Self {
        let (transformed, raw_stress) = guttman(distances, &points);
        Self {
            points,
            transformed,
            raw_stress,
            iterations: 0,
            stalled_iterations: 0,
        }
    }

    fn is_finished(&self, max_iterations: usize) -> bool {
        self.iterations >= max_iterations || self.stalled_iterations >= 3
    }

    /// Runs up to `steps` iterations, until there are `max_iterations` in all.
    fn iterate(&mut self, distances: &DistanceMatrix, max_iterations: usize, steps: usize) {
        for _ in 0..steps {
            if self.is_finished(max_iterations) {
                return;
            }
            let is_finishing = self.stalled_iterations > 0 || self.iterations + 3 >= max_iterations;
            let length = if is_finishing { 1.0 } else { 2.0 };
            for (point, target) in self.points.iter_mut().zip(&self.transformed) {
                for axis in 0..2 {
                    point[axis] += length * (target[axis] - point[axis]);
                }
            }
            let (transformed, raw_stress) = guttman(distances, &self.points);
            let gain = self.raw_stress - raw_stress;
            self.transformed = transformed;
            self.raw_stress = raw_stress;
            self.iterations += 1;
            if gain <= TOLERANCE * self.raw_stress {
                self.stalled_iterations += 1;
            }
        }
    }
}

/// Runs SMACOF from each of the starts until it converges or for `max_iterations`.
fn descend<E>(
    distances: &DistanceMatrix,
    starts: Vec<Vec<[f64; 2]>>,
    max_iterations: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Descent>, E> {
    progress(0.0)?;
    let per_thread = starts.len().div_ceil(rayon::current_num_threads().max(1));
    let steps = steps_per_report(ITERATION_COST * distances.len() * distances.len() * per_thread);
    let mut descents: Vec<Descent> = starts
        .into_par_iter()
        .map(|start| Descent::new(distances, start))
        .collect();
    while descents.iter().any(|d| !d.is_finished(max_iterations)) {
        let max_done = descents.iter().map(|descent| descent.iterations).max();
        progress(max_done.unwrap_or(0) as f64 / max_iterations.max(1) as f64)?;
        descents
            .par_iter_mut()
            .for_each(|descent| descent.iterate(distances, max_iterations, steps));
    }
    Ok(descents)
}

/// Leaves local minima in which single points are far from their best position: places each in turn by its distances to the
/// rest and descends again, as long as that lowers the stress.
fn relocate<E>(
    distances: &DistanceMatrix,
    mut best: Descent,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Descent, E> {
    for round in 0..RELOCATION_ROUNDS {
        let fraction = |part: f64| (round as f64 + part) / RELOCATION_ROUNDS as f64;
        let mut points = best.points.clone();
        for i in 0..points.len() {
            progress(fraction(0.5 * i as f64 / points.len() as f64))?;
            let others = [&points[..i], &points[i + 1..]].concat();
            let row = distances.row(i);
            points[i] = place(&others, &[&row[..i], &row[i + 1..]].concat());
        }
        let mut range = subrange(progress, (fraction(0.5), fraction(1.0)));
        let mut moved = descend(distances, vec![points], MAX_ITERATIONS, &mut range)?;
        let moved = moved.swap_remove(0);
        if moved.raw_stress >= best.raw_stress * (1.0 - MIN_RELOCATION_GAIN) {
            break;
        }
        best = Descent {
            iterations: best.iterations + moved.iterations,
            ..moved
        };
    }
    Ok(best)
}

/// The Guttman transform of the points, and the raw stress of the points themselves.
fn guttman(distances: &DistanceMatrix, points: &[[f64; 2]]) -> (Vec<[f64; 2]>, f64) {
    let n = points.len();
    let mut transformed = vec![[0.0; 2]; n];
    let mut raw_stress = 0.0;
    for i in 0..n {
        let [x, y] = points[i];
        let (mut sum_x, mut sum_y) = (0.0, 0.0);
        let pairs = distances
            .row(i)
            .iter()
            .zip(points)
            .zip(transformed.iter_mut())
            .skip(i + 1);
        for ((distance, other), target) in pairs {
            let (dx, dy) = (x - other[0], y - other[1]);
            let map_distance = (dx * dx + dy * dy).sqrt();
            raw_stress += (distance - map_distance) * (distance - map_distance);
            // Points that coincide have no direction to move apart in; by convention they do not push each other.
            let ratio = if map_distance > 0.0 {
                distance / map_distance
            } else {
                0.0
            };
            sum_x += ratio * dx;
            sum_y += ratio * dy;
            target[0] -= ratio * dx;
            target[1] -= ratio * dy;
        }
        transformed[i][0] += sum_x;
        transformed[i][1] += sum_y;
    }
    for target in &mut transformed {
        target[0] /= n as f64;
        target[1] /= n as f64;
    }
    (transformed, raw_stress)
}

/// Centres the points, turns them to their principal axes and fixes the signs.
fn to_principal_axes(points: &mut [[f64; 2]]) {
    centre(points);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for [x, y] in points.iter() {
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    let (sine, cosine) = (0.5 * (2.0 * xy).atan2(xx - yy)).sin_cos();
    for point in points.iter_mut() {
        *point = [
            cosine * point[0] + sine * point[1],
            cosine * point[1] - sine * point[0],
        ];
    }
    for axis in 0..2 {
        let farthest = points.iter().fold(0.0, |farthest: f64, p| {
            if p[axis].abs() > farthest.abs() {
                p[axis]
            } else {
                farthest
            }
        });
        if farthest < 0.0 {
            for point in points.iter_mut() {
                point[axis] = -point[axis];
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::progress::no_progress;

    #[derive(Deserialize)]
    struct Fixture {
        points: usize,
        sklearn_best_of_4_stress_1: f64,
        distances: Vec<f64>,
    }

    fn fixture(name: &str) -> (Fixture, DistanceMatrix) {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/embedding");
        let text = std::fs::read_to_string(format!("{folder}/{name}.json")).unwrap();
        let fixture: Fixture = serde_json::from_str(&text).unwrap();
        let distances = DistanceMatrix::from_condensed(&fixture.distances).unwrap();
        (fixture, distances)
    }

    fn map_of(distances: &DistanceMatrix) -> MdsLayout {
        let Ok(map) = mds(distances, &mut no_progress);
        map
    }

    #[test]
    fn the_stress_is_never_above_the_best_of_four_scikit_learn_runs() {
        for name in [
            "hypercube_60x64",
            "hypercube_100x256",
            "plane_60",
            "clusters_50",
        ] {
            let (fixture, distances) = fixture(name);
            assert_eq!(distances.len(), fixture.points);
            let started = std::time::Instant::now();
            let map = map_of(&distances);
            eprintln!(
                "{name}: {:.6} after {} iterations, scikit-learn {:.6}, {:?}",
                map.stress,
                map.iterations,
                fixture.sklearn_best_of_4_stress_1,
                started.elapsed()
            );
            // Both stop a little short of the minimum: the last digits mean nothing.
            assert!(
                map.stress <= fixture.sklearn_best_of_4_stress_1 + 1e-6,
                "{name}: {}",
                map.stress
            );
            assert_eq!(map.stress, stress_1(&distances, &map.points));
        }
    }

    #[test]
    fn the_same_distances_give_the_same_map_on_any_number_of_threads() {
        let (_, distances) = fixture("hypercube_60x64");
        let maps = [1, 2, 5].map(|threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| map_of(&distances))
        });
        assert_eq!(maps[0], maps[1]);
        assert_eq!(maps[0], maps[2]);
    }

    #[test]
    fn maps_of_no_points_one_point_and_coinciding_points_are_finite() {
        let condensed =
            |distances: &[f64]| map_of(&DistanceMatrix::from_condensed(distances).unwrap());
        let none = map_of(&DistanceMatrix::of_plane(&[]));
        assert!(none.points.is_empty());
        assert_eq!(condensed(&[]).points, [[0.0, 0.0]]);
        let two = condensed(&[3.0]);
        assert!(two.stress < 1e-6);
        let distance = (two.points[0][0] - two.points[1][0]).abs();
        assert!((distance - 3.0).abs() < 1e-6, "{distance}");
        let same = condensed(&[0.0; 6]);
        assert!(same.points.iter().flatten().all(|x| x.is_finite()));
        assert!(same.stress.is_finite());
    }

    #[test]
    fn the_map_is_centred_and_widest_from_left_to_right() {
        let map = map_of(&fixture("plane_60").1);
        let spread = |axis: usize| map.points.iter().map(|p| p[axis] * p[axis]).sum::<f64>();
        assert!(spread(0) >= spread(1));
        for axis in 0..2 {
            assert!(map.points.iter().map(|p| p[axis]).sum::<f64>().abs() < 1e-9);
            let highest = map.points.iter().map(|p| p[axis]).fold(f64::MIN, f64::max);
            let lowest = map.points.iter().map(|p| p[axis]).fold(f64::MAX, f64::min);
            assert!(highest >= -lowest);
        }
    }
}
