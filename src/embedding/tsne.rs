//! t-SNE: layouts on which near means similar; deterministic, from a start that is already a map.
//!
//! Van der Maaten and Hinton (2008), with Barnes-Hut repulsion (van der Maaten 2014), started from the principal axes instead
//! of from noise and with the learning rate of Belkina et al. (2019), as Kobak and Berens (2019) advise: the large shape is
//! that of the scaling it starts from, and equal input gives an equal map. Of sets too large to be laid out directly, a sample
//! (the landmarks) is laid out first, and the others start at the nearest of them.

use rayon::prelude::*;

use super::affinities::Affinities;
use super::features::Features;
use super::neighbours::{Neighbours, hash, nearest_to};
use super::plane::{centre, jitter};
use super::principal_coordinates::principal_coordinates;
use super::quadtree::Quadtree;
use crate::progress::{ProgressFn, par_map, subrange, work_chunks};

/// Parameters of t-SNE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsneSettings {
    /// Effective number of neighbours of each point.
    pub perplexity: f64,
    /// Number of steps with early exaggeration.
    pub early_steps: usize,
    /// Number of steps, the early ones included.
    pub steps: usize,
    /// Factor of the attraction in the early steps.
    pub exaggeration: f64,
    /// Barnes-Hut threshold: side over distance of a square that repels as one point.
    pub theta: f64,
    /// Maximum number of points that are laid out directly; of more, this many landmarks are laid out first.
    pub max_direct: usize,
}

impl Default for TsneSettings {
    fn default() -> Self {
        Self {
            perplexity: 12.0,
            early_steps: 80,
            steps: 380,
            exaggeration: 12.0,
            theta: 0.6,
            max_direct: 12_000,
        }
    }
}

/// Number of steps after all points have been placed at landmarks.
const LANDMARK_STEPS: usize = 120;
/// Root mean square of the starting positions along the longer axis: so small that neighbours can still pass each other.
const START_SIZE: f64 = 1e-2;
/// Largest step per axis, in map units; keeps a crowded start from exploding.
const MAX_STEP: f64 = 5.0;

/// Fraction of the work before the first step of a direct layout.
const START_FRACTION: f64 = 0.2;
/// The same for a layout from landmarks.
const START_FRACTION_LANDMARKS: f64 = 0.6;
/// Approximate operations of the attraction on one point.
const ATTRACTION_COST: usize = 2_048;

/// A layout in progress, improved by every call of [`TsneOptimiser::step`].
pub struct TsneOptimiser {
    affinities: Affinities,
    settings: TsneSettings,
    positions: Vec<[f64; 2]>,
    velocities: Vec<[f64; 2]>,
    gains: Vec<[f64; 2]>,
    /// Steps done, `initial_steps` included.
    steps_done: usize,
    /// Value of `steps_done` at the start: 0, or the number of steps that a start from landmarks skips.
    initial_steps: usize,
    /// Fraction of the whole layout's work that is done at the start.
    start_fraction: f64,
}

impl TsneOptimiser {
    /// Finds the neighbours and starts from the principal axes of the features; for a large set from a finished
    /// layout of landmarks, a fixed random sample.
    ///
    /// `progress` is given the fraction of the whole layout, the steps that follow included.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn new<E>(
        features: &Features,
        settings: TsneSettings,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        if features.len() > settings.max_direct {
            return Self::from_landmarks(features, settings, progress);
        }
        let progress = &mut subrange(progress, (0.0, START_FRACTION));
        let coordinates = principal_coordinates(features, &mut subrange(progress, (0.0, 0.2)))?;
        let start = (start_positions(coordinates), 0, START_FRACTION);
        let count = neighbour_count(settings);
        let neighbours = Neighbours::find(features, count, &mut subrange(progress, (0.2, 0.84)))?;
        Self::from_start(
            &neighbours,
            settings,
            start,
            &mut subrange(progress, (0.84, 1.0)),
        )
    }

    /// A layout that starts from given positions, with this number of steps and this fraction of the work counted as done.
    fn from_start<E>(
        neighbours: &Neighbours,
        settings: TsneSettings,
        (positions, steps_done, start_fraction): (Vec<[f64; 2]>, usize, f64),
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = positions.len();
        Ok(Self {
            affinities: Affinities::new(neighbours, n, settings.perplexity, progress)?,
            settings,
            velocities: vec![[0.0; 2]; n],
            gains: vec![[1.0; 2]; n],
            positions,
            steps_done,
            initial_steps: steps_done,
            start_fraction,
        })
    }

    /// Lays out the landmarks, and starts every point at the nearest of them.
    fn from_landmarks<E>(
        features: &Features,
        settings: TsneSettings,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let progress = &mut subrange(progress, (0.0, START_FRACTION_LANDMARKS));
        let n = features.len();
        // Sampled, not every k-th: points often come in groups of equal size.
        let mut sample: Vec<usize> = (0..n).collect();
        sample.sort_by_cached_key(|i| (hash(*i as u64), *i));
        sample.truncate(settings.max_direct.max(2));
        let landmarks = features.select(&sample);
        let range = (0.0, 0.35);
        let mut layout = Self::new(&landmarks, settings, &mut subrange(progress, range))?;
        while layout.step(&mut subrange(progress, range))? {}
        let count = neighbour_count(settings);
        let neighbours = Neighbours::find(features, count, &mut subrange(progress, (0.35, 0.7)))?;
        let mut landmark_of: Vec<Option<usize>> = vec![None; n];
        for (number, i) in sample.iter().enumerate() {
            landmark_of[*i] = Some(number);
        }
        // Scaled up to keep the density of points.
        let growth = (n as f64 / sample.len() as f64).sqrt();
        let cost = landmarks.len() * features.width() / 64;
        let positions = par_map(n, cost, &mut subrange(progress, (0.7, 0.75)), |i| {
            // Nearly always one of the neighbours is a landmark.
            let own_neighbours = neighbours.neighbours_of(i).iter();
            let nearest_neighbour = landmark_of[i].or_else(|| {
                own_neighbours
                    .copied()
                    .find_map(|j| landmark_of[j as usize])
            });
            let nearest = nearest_neighbour.unwrap_or_else(|| {
                let nearest_rows = nearest_to(&landmarks, features.row(i), 1);
                nearest_rows
                    .first()
                    .map_or(0, |(_, number)| *number as usize)
            });
            let [x, y] = layout.positions[nearest];
            let length = 0.5 * ((i % 97) as f64 / 97.0).sqrt();
            jitter([growth * x, growth * y], i, length)
        })?;
        let steps_done = settings.steps.saturating_sub(LANDMARK_STEPS);
        let start = (
            positions,
            steps_done.max(settings.early_steps),
            START_FRACTION_LANDMARKS,
        );
        Self::from_start(
            &neighbours,
            settings,
            start,
            &mut subrange(progress, (0.75, 1.0)),
        )
    }

    /// One step of gradient descent; false after the last one.
    ///
    /// # Errors
    /// The error of `progress`; the layout must then be discarded.
    pub fn step<E>(&mut self, progress: &mut ProgressFn<'_, E>) -> Result<bool, E> {
        let n = self.positions.len();
        if self.steps_done >= self.settings.steps || n < 2 {
            return Ok(false);
        }
        let mut progress = subrange(
            progress,
            (self.progress(), self.progress_after(self.steps_done + 1)),
        );
        progress(0.0)?;
        let is_early = self.steps_done < self.settings.early_steps;
        let exaggeration = if is_early {
            self.settings.exaggeration
        } else {
            1.0
        };
        let momentum = if is_early { 0.5 } else { 0.8 };
        let rate = (n as f64 / self.settings.exaggeration).max(50.0);
        let repulsions = Quadtree::new(&self.positions).repulsions(
            self.settings.theta,
            &mut subrange(&mut progress, (0.1, 0.9)),
        )?;
        let normalisation: f64 = repulsions.iter().map(|r| r.weight).sum();
        let scale = 1.0 / normalisation.max(f64::MIN_POSITIVE);
        let positions = &self.positions;
        let affinities = &self.affinities;
        let mut moved: Vec<[f64; 2]> = Vec::with_capacity(n);
        for chunk in work_chunks(n, ATTRACTION_COST) {
            progress(0.9 + 0.1 * chunk.start as f64 / n as f64)?;
            let rows = self.velocities[chunk.clone()]
                .par_iter_mut()
                .zip(&mut self.gains[chunk.clone()])
                .zip(&repulsions[chunk.clone()])
                .zip(chunk)
                .with_min_len(64);
            moved.par_extend(rows.map(|(((velocity, gain), repulsion), i)| {
                let position = positions[i];
                let mut attraction = [0.0; 2];
                for (j, p) in affinities.row(i) {
                    let other = positions[*j as usize];
                    let (x, y) = (position[0] - other[0], position[1] - other[1]);
                    let strength = f64::from(*p) / (1.0 + x * x + y * y);
                    attraction[0] += strength * x;
                    attraction[1] += strength * y;
                }
                let mut new_position = position;
                for axis in 0..2 {
                    let gradient =
                        4.0 * (exaggeration * attraction[axis] - scale * repulsion.force[axis]);
                    // Jacobs's rule (1988): faster while the direction lasts.
                    gain[axis] = if (gradient > 0.0) == (velocity[axis] > 0.0) {
                        (gain[axis] * 0.8).max(0.01)
                    } else {
                        gain[axis] + 0.2
                    };
                    velocity[axis] = (momentum * velocity[axis] - rate * gain[axis] * gradient)
                        .clamp(-MAX_STEP, MAX_STEP);
                    new_position[axis] += velocity[axis];
                }
                new_position
            }));
        }
        self.positions = moved;
        centre(&mut self.positions);
        self.steps_done += 1;
        Ok(self.steps_done < self.settings.steps)
    }

    /// The current positions, centred on the origin.
    #[must_use]
    pub fn positions(&self) -> &[[f64; 2]] {
        &self.positions
    }

    /// Fraction of the whole layout done, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        self.progress_after(self.steps_done)
    }

    fn progress_after(&self, steps_done: usize) -> f64 {
        let steps = self
            .settings
            .steps
            .saturating_sub(self.initial_steps)
            .max(1);
        let fraction = steps_done.saturating_sub(self.initial_steps) as f64 / steps as f64;
        self.start_fraction + (1.0 - self.start_fraction) * fraction
    }
}

/// Number of neighbours whose affinities are computed (van der Maaten 2014).
fn neighbour_count(settings: TsneSettings) -> usize {
    (3.0 * settings.perplexity).ceil() as usize
}

/// Shrinks a layout to the size that descent starts from, with jitter that separates points of equal features.
fn start_positions(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let square: f64 = points.iter().map(|p| p[0] * p[0]).sum::<f64>() / points.len().max(1) as f64;
    let factor = if square > 0.0 {
        START_SIZE / square.sqrt()
    } else {
        1.0
    };
    for (i, point) in points.iter_mut().enumerate() {
        *point = jitter(point.map(|x| x * factor), i, 1e-2 * START_SIZE);
    }
    points
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::embedding::plane::distance;
    use crate::progress::no_progress;

    /// Groups of points in twelve dimensions, group `i % groups`.
    fn groups(n: usize, groups: usize) -> Features {
        let value = |i: usize, k: usize| ((i * 31 + k * 17) as f32 * 0.618_034).fract() - 0.5;
        let rows: Vec<Vec<f32>> = (0..n)
            .map(|i| {
                (0..12)
                    .map(|k| 8.0 * value(i % groups, k + 100) + value(i, k))
                    .collect()
            })
            .collect();
        Features::new(&rows)
    }

    fn laid_out(features: &Features, settings: TsneSettings) -> Vec<[f64; 2]> {
        let Ok(mut layout) = TsneOptimiser::new(features, settings, &mut no_progress);
        while let Ok(true) = layout.step(&mut no_progress) {}
        layout.positions().to_vec()
    }

    #[test]
    fn groups_separate_and_the_map_is_the_same_on_any_number_of_threads() {
        let features = groups(400, 8);
        let settings = TsneSettings::default();
        let points = laid_out(&features, settings);
        let mut correct = 0;
        for (i, a) in points.iter().enumerate() {
            let nearest = (0..400)
                .filter(|j| *j != i)
                .min_by(|j, k| distance(*a, points[*j]).total_cmp(&distance(*a, points[*k])))
                .unwrap();
            correct += usize::from(nearest % 8 == i % 8);
        }
        assert!(correct > 392, "{correct} of 400");
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            assert_eq!(pool.install(|| laid_out(&features, settings)), points);
        }
    }

    #[test]
    fn a_large_set_is_laid_out_from_landmarks() {
        let features = groups(600, 6);
        let settings = TsneSettings {
            max_direct: 200,
            ..TsneSettings::default()
        };
        let points = laid_out(&features, settings);
        let centre = |group: usize| {
            let own: Vec<&[f64; 2]> = points.iter().skip(group).step_by(6).collect();
            [0, 1].map(|axis| own.iter().map(|p| p[axis]).sum::<f64>() / own.len() as f64)
        };
        let centres: Vec<[f64; 2]> = (0..6).map(centre).collect();
        let nearest_group = |point: &[f64; 2]| {
            (0..6)
                .min_by(|a, b| {
                    distance(centres[*a], *point).total_cmp(&distance(centres[*b], *point))
                })
                .unwrap()
        };
        let correct = points
            .iter()
            .enumerate()
            .filter(|(i, p)| nearest_group(p) == i % 6)
            .count();
        assert!(correct > 590, "{correct} of 600");
    }

    #[test]
    fn few_or_equal_points_are_laid_out_at_finite_positions() {
        for n in 0..4 {
            let points = laid_out(&groups(n, 2), TsneSettings::default());
            assert_eq!(points.len(), n);
            assert!(points.iter().flatten().all(|x| x.is_finite()));
        }
        let same = laid_out(&Features::new(&[[1.0_f32]; 30]), TsneSettings::default());
        assert!(same.iter().flatten().all(|x| x.is_finite()));
    }
}
