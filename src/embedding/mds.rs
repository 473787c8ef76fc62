//! Metric multidimensional scaling: SMACOF from a classical start and a few others.
//!
//! SMACOF (De Leeuw 1977; Borg and Groenen, *Modern Multidimensional Scaling*, chapter 8) lowers the raw stress
//! at every step, but only to the nearest valley. So several fixed starts are tried and the lowest valley wins.

use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::classical::classical;
use super::{DistanceMatrix, place, stress_1};
use crate::statistics::{ProgressFn, no_progress, steps_per_report, subrange};

/// A layout in two dimensions.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Embedding {
    /// One position per point, centred on the origin, in the units of the distances.
    pub points: Vec<[f64; 2]>,
    /// Kruskal's stress-1: 0 is exact.
    pub stress: f64,
    /// Iterations that the chosen start took.
    pub iterations: usize,
}

/// Pairs visited while trying starts: decides how many starts a large map can afford.
const TRIAL_PAIRS: usize = 4_000_000;
const TRIAL_ITERATIONS: usize = 50;
/// About how many operations a pair of points takes in an iteration, counted for both.
const OPERATIONS: usize = 8;
const MOST_STARTS: usize = 64;
const FINALISTS: usize = 4;
const RELOCATION_ROUNDS: usize = 4;
/// A relocation that lowers the raw stress by a smaller share than this is not worth another.
const RELOCATION_GAIN: f64 = 1e-6;
const MOST_ITERATIONS: usize = 1_000;
/// Pairs visited in one descent at most: a map of thousands of points stops a little short of the bottom.
const DESCENT_PAIRS: usize = 1_000_000_000;
/// Beyond this many points single ones hardly matter.
const RELOCATE_UP_TO: usize = 500;
/// Stop when an iteration lowers the raw stress by less than this share.
const TOLERANCE: f64 = 1e-8;

/// Lays points out so that distances on the map are as near the given ones as two dimensions allow.
///
/// Deterministic: equal distances give the equal map, on any number of threads. The map lies along its principal
/// axes, widest from left to right, and on each axis the point farthest out is on the positive side.
#[must_use]
pub fn mds(distances: &DistanceMatrix) -> Embedding {
    let Ok(map) = mds_watched(distances, &mut no_progress);
    map
}

/// As [`mds`], stopped where `progress` says so.
///
/// # Errors
/// The error of `progress`.
pub fn mds_watched<E>(
    distances: &DistanceMatrix,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Embedding, E> {
    let n = distances.len();
    if n < 2 {
        return Ok(Embedding {
            points: vec![[0.0; 2]; n],
            stress: 0.0,
            iterations: 0,
        });
    }
    let relocated = n <= RELOCATE_UP_TO;
    let finished = if relocated { 0.6 } else { 1.0 };
    let most = (DESCENT_PAIRS / (n * n / 2)).clamp(50, MOST_ITERATIONS);
    let starts = (TRIAL_PAIRS / (n * n / 2 * TRIAL_ITERATIONS)).clamp(1, MOST_STARTS);
    let begun = (0..starts)
        .map(|k| start(distances, k, &mut subrange(progress, (0.0, 0.05))))
        .collect::<Result<_, E>>()?;
    let mut trials = descend(
        distances,
        begun,
        TRIAL_ITERATIONS,
        &mut subrange(progress, (0.05, 0.15)),
    )?;
    // A stable sort: of equal trials the earlier start goes first.
    trials.sort_by(|a, b| a.raw_stress.total_cmp(&b.raw_stress));
    trials.truncate(FINALISTS);
    let before: Vec<usize> = trials.iter().map(|trial| trial.iterations).collect();
    let begun = trials.into_iter().map(|trial| trial.points).collect();
    let mut ends = descend(
        distances,
        begun,
        most,
        &mut subrange(progress, (0.15, finished)),
    )?;
    for (end, before) in ends.iter_mut().zip(before) {
        end.iterations += before;
    }
    ends.sort_by(|a, b| a.raw_stress.total_cmp(&b.raw_stress));
    let best = ends.swap_remove(0);
    let best = if relocated {
        relocate(distances, best, &mut subrange(progress, (finished, 1.0)))?
    } else {
        best
    };
    progress(1.0)?;
    let mut points = best.points;
    to_principal_axes(&mut points);
    Ok(Embedding {
        stress: stress_1(distances, &points),
        points,
        iterations: best.iterations,
    })
}

/// Start number `k`: the classical solution first, then points strewn over a square of the data's size.
fn start<E>(
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
    let mut strewn = |size: f64| [(); 2].map(|()| (rng.random::<f64>() - 0.5) * size);
    if k > 0 {
        return Ok((0..n).map(|_| strewn(2.0 * mean)).collect());
    }
    // A whisper of noise: from points exactly on one line no step ever leaves the line.
    let nudge = |p: [f64; 2]| {
        let noise = strewn(1e-6 * mean);
        [p[0] + noise[0], p[1] + noise[1]]
    };
    Ok(classical(distances, progress)?
        .into_iter()
        .map(nudge)
        .collect())
}

/// A run of SMACOF, from a start to where it stands still.
///
/// Takes steps of double length (De Leeuw and Heiser 1980), which descend in about half as many iterations, and
/// ends with single ones, because only those bring the map to its best size.
struct Descent {
    points: Vec<[f64; 2]>,
    /// Where the next step leads.
    next: Vec<[f64; 2]>,
    raw_stress: f64,
    iterations: usize,
    /// Iterations that gained too little.
    single: usize,
}

impl Descent {
    fn begin(distances: &DistanceMatrix, points: Vec<[f64; 2]>) -> Self {
        let (next, raw_stress) = guttman(distances, &points);
        Self {
            points,
            next,
            raw_stress,
            iterations: 0,
            single: 0,
        }
    }

    fn stands_still(&self, most: usize) -> bool {
        self.iterations >= most || self.single >= 3
    }

    /// Up to so many iterations more, of `most` in all.
    fn go_on(&mut self, distances: &DistanceMatrix, most: usize, more: usize) {
        for _ in 0..more {
            if self.stands_still(most) {
                return;
            }
            let finishing = self.single > 0 || self.iterations + 3 >= most;
            let stretch = if finishing { 1.0 } else { 2.0 };
            for (point, target) in self.points.iter_mut().zip(&self.next) {
                for axis in 0..2 {
                    point[axis] += stretch * (target[axis] - point[axis]);
                }
            }
            let (after, lower) = guttman(distances, &self.points);
            let gained = self.raw_stress - lower;
            self.next = after;
            self.raw_stress = lower;
            self.iterations += 1;
            if gained <= TOLERANCE * self.raw_stress {
                self.single += 1;
            }
        }
    }
}

/// Runs SMACOF from each of the starts until it stands still or for `most` iterations.
fn descend<E>(
    distances: &DistanceMatrix,
    starts: Vec<Vec<[f64; 2]>>,
    most: usize,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Descent>, E> {
    progress(0.0)?;
    let one_after_another = starts.len().div_ceil(rayon::current_num_threads().max(1));
    let more = steps_per_report(OPERATIONS * distances.len() * distances.len() * one_after_another);
    let mut descents: Vec<Descent> = starts
        .into_par_iter()
        .map(|start| Descent::begin(distances, start))
        .collect();
    while descents.iter().any(|descent| !descent.stands_still(most)) {
        let done = descents.iter().map(|descent| descent.iterations).max();
        progress(done.unwrap_or(0) as f64 / most.max(1) as f64)?;
        descents
            .par_iter_mut()
            .for_each(|descent| descent.go_on(distances, most, more));
    }
    Ok(descents)
}

/// Frees points caught on the wrong side of others: each in turn goes where the rest want it most, and where
/// that helps, everything settles again.
fn relocate<E>(
    distances: &DistanceMatrix,
    mut best: Descent,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Descent, E> {
    for round in 0..RELOCATION_ROUNDS {
        let share = |part: f64| (round as f64 + part) / RELOCATION_ROUNDS as f64;
        let mut points = best.points.clone();
        for i in 0..points.len() {
            progress(share(0.5 * i as f64 / points.len() as f64))?;
            let others = |skipped: &[[f64; 2]]| {
                skipped
                    .iter()
                    .enumerate()
                    .filter(|(j, _)| *j != i)
                    .map(|(_, p)| *p)
                    .collect::<Vec<_>>()
            };
            let wanted: Vec<f64> = distances
                .row(i)
                .iter()
                .enumerate()
                .filter(|(j, _)| *j != i)
                .map(|(_, d)| *d)
                .collect();
            points[i] = place(&others(&points), &wanted);
        }
        let mut moved = descend(
            distances,
            vec![points],
            MOST_ITERATIONS,
            &mut subrange(progress, (share(0.5), share(1.0))),
        )?;
        let moved = moved.swap_remove(0);
        if moved.raw_stress >= best.raw_stress * (1.0 - RELOCATION_GAIN) {
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
    let mut next = vec![[0.0; 2]; n];
    let mut raw_stress = 0.0;
    for i in 0..n {
        let [x, y] = points[i];
        let (mut sum_x, mut sum_y) = (0.0, 0.0);
        let pairs = distances
            .row(i)
            .iter()
            .zip(points)
            .zip(next.iter_mut())
            .skip(i + 1);
        for ((wanted, other), target) in pairs {
            let (dx, dy) = (x - other[0], y - other[1]);
            let found = (dx * dx + dy * dy).sqrt();
            raw_stress += (wanted - found) * (wanted - found);
            // Points that coincide have no direction to part in; by convention they do not push each other.
            let ratio = if found > 0.0 { wanted / found } else { 0.0 };
            sum_x += ratio * dx;
            sum_y += ratio * dy;
            target[0] -= ratio * dx;
            target[1] -= ratio * dy;
        }
        next[i][0] += sum_x;
        next[i][1] += sum_y;
    }
    for target in &mut next {
        target[0] /= n as f64;
        target[1] /= n as f64;
    }
    (next, raw_stress)
}

/// Centres the points, turns them to their principal axes and fixes the signs.
fn to_principal_axes(points: &mut [[f64; 2]]) {
    let n = points.len() as f64;
    let mean = [0, 1].map(|axis| points.iter().map(|p| p[axis]).sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for point in points.iter_mut() {
        point[0] -= mean[0];
        point[1] -= mean[1];
        xx += point[0] * point[0];
        xy += point[0] * point[1];
        yy += point[1] * point[1];
    }
    let (sine, cosine) = (0.5 * (2.0 * xy).atan2(xx - yy)).sin_cos();
    for point in points.iter_mut() {
        *point = [
            cosine * point[0] + sine * point[1],
            cosine * point[1] - sine * point[0],
        ];
    }
    for axis in 0..2 {
        let farthest = points.iter().fold(0.0, |far: f64, p| {
            if p[axis].abs() > far.abs() {
                p[axis]
            } else {
                far
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

    #[derive(Deserialize)]
    struct Fixture {
        points: usize,
        sklearn_best_of_4_stress_1: f64,
        distances: Vec<f64>,
    }

    fn fixtures() -> Vec<(&'static str, Fixture)> {
        let parse = |text: &str| serde_json::from_str(text).unwrap();
        vec![
            (
                "hypercube_60x64",
                parse(include_str!(
                    "../../tests/fixtures/embedding/hypercube_60x64.json"
                )),
            ),
            (
                "hypercube_100x256",
                parse(include_str!(
                    "../../tests/fixtures/embedding/hypercube_100x256.json"
                )),
            ),
            (
                "plane_60",
                parse(include_str!("../../tests/fixtures/embedding/plane_60.json")),
            ),
            (
                "clusters_50",
                parse(include_str!(
                    "../../tests/fixtures/embedding/clusters_50.json"
                )),
            ),
        ]
    }

    #[test]
    fn the_stress_is_never_above_the_best_of_four_scikit_learn_runs() {
        for (name, fixture) in fixtures() {
            let distances = DistanceMatrix::from_condensed(&fixture.distances).unwrap();
            assert_eq!(distances.len(), fixture.points);
            let began = std::time::Instant::now();
            let map = mds(&distances);
            eprintln!(
                "{name}: {:.6} after {} iterations, scikit-learn {:.6}, {:?}",
                map.stress,
                map.iterations,
                fixture.sklearn_best_of_4_stress_1,
                began.elapsed()
            );
            // Both stop short of the very bottom of a valley: the last digits mean nothing.
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
        let (_, fixture) = fixtures().swap_remove(0);
        let distances = DistanceMatrix::from_condensed(&fixture.distances).unwrap();
        let maps = [1, 2, 5].map(|threads| {
            rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap()
                .install(|| mds(&distances))
        });
        assert_eq!(maps[0], maps[1]);
        assert_eq!(maps[0], maps[2]);
    }

    #[test]
    fn maps_of_no_points_one_point_and_coinciding_points_are_finite() {
        assert!(
            mds(&DistanceMatrix::from_full(&[]).unwrap())
                .points
                .is_empty()
        );
        assert_eq!(
            mds(&DistanceMatrix::from_condensed(&[]).unwrap()).points,
            [[0.0, 0.0]]
        );
        let two = mds(&DistanceMatrix::from_condensed(&[3.0]).unwrap());
        assert!(two.stress < 1e-6);
        assert!((two.points[0][0] - two.points[1][0]).abs() - 3.0 < 1e-6);
        let same = mds(&DistanceMatrix::from_condensed(&[0.0; 6]).unwrap());
        assert!(same.points.iter().flatten().all(|x| x.is_finite()));
        assert!(same.stress.is_finite());
    }

    #[test]
    fn the_map_is_centred_and_widest_from_left_to_right() {
        let (_, fixture) = fixtures().swap_remove(2);
        let map = mds(&DistanceMatrix::from_condensed(&fixture.distances).unwrap());
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
