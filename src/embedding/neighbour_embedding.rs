//! Layouts on which near means similar: t-SNE, deterministic, from a start that is already a map.
//!
//! Van der Maaten and Hinton (2008), with the repulsion of far groups in one (van der Maaten 2014), started from the
//! principal axes instead of from noise and with the learning rate of Belkina et al. (2019), as Kobak and Berens
//! (2019) advise: so the large shape is that of the scaling it begins with, and equal input gives an equal map. Sets
//! too large to be laid out at once are laid out by a part of them first, around which the others are placed.

use rayon::prelude::*;

use super::affinities::Affinities;
use super::features::{Features, square_distance};
use super::neighbours::{Neighbours, mix};
use super::principal::principal_axes_watched;
use super::quadtree::Quadtree;
use crate::statistics::{ProgressFn, par_map, subrange, work_chunks};

/// How a neighbour embedding is made.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct EmbeddingSettings {
    /// About how many neighbours each point should keep.
    pub perplexity: f64,
    /// Steps in which neighbours attract each other [`EmbeddingSettings::exaggeration`] times as much.
    pub early_steps: usize,
    /// Steps in all.
    pub steps: usize,
    /// Factor of the attraction in the early steps.
    pub exaggeration: f64,
    /// Largest side over distance of a group that repels as one.
    pub theta: f64,
    /// More points than this are laid out around a part of them.
    pub at_once: usize,
}

impl Default for EmbeddingSettings {
    fn default() -> Self {
        Self {
            perplexity: 12.0,
            early_steps: 80,
            steps: 380,
            exaggeration: 12.0,
            theta: 0.6,
            at_once: 12_000,
        }
    }
}

/// Steps with which a set around a part of it is settled.
const SETTLING_STEPS: usize = 120;
/// Root mean square of the starting positions along the longer axis: so small that neighbours can still pass each other.
const START_SIZE: f64 = 1e-2;
/// The longest way in one step, in map units; keeps a crowded start from bursting.
const LONGEST_STEP: f64 = 5.0;

/// Share of the work until the first step of a set that is laid out at once.
const START_SHARE: f64 = 0.2;
/// The same of one that is laid out around a part of it.
const START_SHARE_AROUND: f64 = 0.6;
/// About how many operations the attraction on one point takes.
const COST: usize = 2_048;

/// A layout under way. Every call of [`NeighbourEmbedding::step`] makes it better; it can be shown after any.
pub struct NeighbourEmbedding {
    affinities: Affinities,
    settings: EmbeddingSettings,
    positions: Vec<[f64; 2]>,
    velocities: Vec<[f64; 2]>,
    gains: Vec<[f64; 2]>,
    done: usize,
    /// Steps that were done when it began.
    begun: usize,
    /// Share of the work that was done then.
    start: f64,
}

impl NeighbourEmbedding {
    /// Finds the neighbours and starts from the principal axes of the features; for a large set from a finished
    /// layout of a part of it, drawn once and for all.
    ///
    /// `progress` is told the share of the whole layout, the steps that follow included.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn new<E>(
        features: &Features,
        settings: EmbeddingSettings,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = features.len();
        if n > settings.at_once {
            return Self::around_a_part(features, settings, progress);
        }
        let share = |share: f64| share * START_SHARE;
        let positions = small(principal_axes_watched(
            features,
            &mut subrange(progress, (share(0.0), share(0.2))),
        )?);
        let layout = Self::from_start(
            features,
            settings,
            positions,
            0,
            &mut subrange(progress, (share(0.2), share(1.0))),
        )?;
        Ok(Self {
            start: START_SHARE,
            ..layout
        })
    }

    fn from_start<E>(
        features: &Features,
        settings: EmbeddingSettings,
        positions: Vec<[f64; 2]>,
        done: usize,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let n = features.len();
        let count = (3.0 * settings.perplexity).ceil() as usize;
        let neighbours =
            Neighbours::find_watched(features, count, &mut subrange(progress, (0.0, 0.8)))?;
        Ok(Self {
            affinities: Affinities::new(
                &neighbours,
                n,
                settings.perplexity,
                &mut subrange(progress, (0.8, 1.0)),
            )?,
            settings,
            velocities: vec![[0.0; 2]; n],
            gains: vec![[1.0; 2]; n],
            positions,
            done,
            begun: done,
            start: 0.0,
        })
    }

    /// Lays out a draw of the points, puts each other beside the nearest of those, and settles.
    fn around_a_part<E>(
        features: &Features,
        settings: EmbeddingSettings,
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Self, E> {
        let share = |share: f64| share * START_SHARE_AROUND;
        let n = features.len();
        // Drawn, not every k-th: points often come in groups of equal size.
        let mut drawn: Vec<usize> = (0..n).collect();
        drawn.sort_by_cached_key(|i| (mix(*i as u64), *i));
        drawn.truncate(settings.at_once.max(2));
        let landmarks = features.select(&drawn);
        let range = (share(0.0), share(0.35));
        let mut layout = Self::new(&landmarks, settings, &mut subrange(progress, range))?;
        while layout.step(&mut subrange(progress, range))? {}
        // A larger set needs more room: the same density of points.
        let growth = (n as f64 / drawn.len() as f64).sqrt();
        let cost = landmarks.len() * features.width();
        let positions = par_map(
            n,
            cost,
            &mut subrange(progress, (share(0.35), share(0.75))),
            |i| {
                let mut best = (f32::INFINITY, 0);
                for k in 0..landmarks.len() {
                    let square = square_distance(features.row(i), landmarks.row(k));
                    if square < best.0 {
                        best = (square, k);
                    }
                }
                // A little aside, by golden angles, so that no two start in one place.
                let angle = i as f64 * 2.399_963_229_728_653;
                let aside = 0.5 * ((i % 97) as f64 / 97.0).sqrt();
                let home = layout.positions[best.1];
                [
                    growth * home[0] + aside * angle.cos(),
                    growth * home[1] + aside * angle.sin(),
                ]
            },
        )?;
        let done = settings
            .steps
            .saturating_sub(SETTLING_STEPS)
            .max(settings.early_steps);
        let range = (share(0.75), share(1.0));
        let layout = Self::from_start(
            features,
            settings,
            positions,
            done,
            &mut subrange(progress, range),
        )?;
        Ok(Self {
            start: START_SHARE_AROUND,
            ..layout
        })
    }

    /// One step of gradient descent; false once there is nothing left to do.
    ///
    /// # Errors
    /// The error of `progress`; the layout is of no use any more then.
    pub fn step<E>(&mut self, progress: &mut ProgressFn<'_, E>) -> Result<bool, E> {
        let n = self.positions.len();
        if self.done >= self.settings.steps || n < 2 {
            return Ok(false);
        }
        let mut progress = subrange(
            progress,
            (self.progress(), self.progress_after(self.done + 1)),
        );
        progress(0.0)?;
        let early = self.done < self.settings.early_steps;
        let exaggeration = if early {
            self.settings.exaggeration
        } else {
            1.0
        };
        let momentum = if early { 0.5 } else { 0.8 };
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
        for portion in work_chunks(n, COST) {
            progress(0.9 + 0.1 * portion.start as f64 / n as f64)?;
            let kinds = self.velocities[portion.clone()]
                .par_iter_mut()
                .zip(&mut self.gains[portion.clone()])
                .zip(&repulsions[portion.clone()])
                .zip(portion)
                .with_min_len(64);
            moved.par_extend(kinds.map(|(((velocity, gain), repulsion), i)| {
                let at = positions[i];
                let mut pull = [0.0; 2];
                for (j, p) in affinities.of(i) {
                    let other = positions[*j as usize];
                    let (x, y) = (at[0] - other[0], at[1] - other[1]);
                    let strength = f64::from(*p) / (1.0 + x * x + y * y);
                    pull[0] += strength * x;
                    pull[1] += strength * y;
                }
                let mut to = at;
                for axis in 0..2 {
                    let slope = 4.0 * (exaggeration * pull[axis] - scale * repulsion.force[axis]);
                    // Jacobs's rule (1988): faster while the direction lasts.
                    gain[axis] = if (slope > 0.0) == (velocity[axis] > 0.0) {
                        (gain[axis] * 0.8).max(0.01)
                    } else {
                        gain[axis] + 0.2
                    };
                    velocity[axis] = (momentum * velocity[axis] - rate * gain[axis] * slope)
                        .clamp(-LONGEST_STEP, LONGEST_STEP);
                    to[axis] += velocity[axis];
                }
                to
            }));
        }
        self.positions = moved;
        centre(&mut self.positions);
        self.done += 1;
        Ok(self.done < self.settings.steps)
    }

    /// Where the points are now, around the origin.
    #[must_use]
    pub fn positions(&self) -> &[[f64; 2]] {
        &self.positions
    }

    /// Share of the whole layout done, 0 to 1.
    #[must_use]
    pub fn progress(&self) -> f64 {
        self.progress_after(self.done)
    }

    fn progress_after(&self, done: usize) -> f64 {
        let steps = self.settings.steps.saturating_sub(self.begun).max(1);
        let share = done.saturating_sub(self.begun) as f64 / steps as f64;
        self.start + (1.0 - self.start) * share
    }
}

/// Shrinks a layout to the size that descent starts from.
fn small(mut points: Vec<[f64; 2]>) -> Vec<[f64; 2]> {
    let square: f64 = points.iter().map(|p| p[0] * p[0]).sum::<f64>() / points.len().max(1) as f64;
    if square > 0.0 {
        let factor = START_SIZE / square.sqrt();
        for point in &mut points {
            point[0] *= factor;
            point[1] *= factor;
        }
    }
    // Points of equal features start a hair apart, by golden angles, or nothing could ever part them.
    for (i, point) in points.iter_mut().enumerate() {
        let angle = i as f64 * 2.399_963_229_728_653;
        point[0] += 1e-2 * START_SIZE * angle.cos();
        point[1] += 1e-2 * START_SIZE * angle.sin();
    }
    points
}

fn centre(points: &mut [[f64; 2]]) {
    let n = points.len().max(1) as f64;
    for axis in 0..2 {
        let mean = points.iter().map(|p| p[axis]).sum::<f64>() / n;
        for point in points.iter_mut() {
            point[axis] -= mean;
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::statistics::no_progress;

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

    fn laid_out(features: &Features, settings: EmbeddingSettings) -> Vec<[f64; 2]> {
        let Ok(mut layout) = NeighbourEmbedding::new(features, settings, &mut no_progress);
        while let Ok(true) = layout.step(&mut no_progress) {}
        layout.positions().to_vec()
    }

    #[test]
    fn groups_come_apart_and_the_map_is_the_same_on_any_number_of_threads() {
        let features = groups(400, 8);
        let settings = EmbeddingSettings::default();
        let points = laid_out(&features, settings);
        let mut at_home = 0;
        for (i, a) in points.iter().enumerate() {
            let nearest = (0..400)
                .filter(|j| *j != i)
                .min_by(|j, k| {
                    let square = |b: &[f64; 2]| (a[0] - b[0]).powi(2) + (a[1] - b[1]).powi(2);
                    square(&points[*j]).total_cmp(&square(&points[*k]))
                })
                .unwrap();
            at_home += usize::from(nearest % 8 == i % 8);
        }
        assert!(at_home > 392, "{at_home} of 400");
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new()
                .num_threads(threads)
                .build()
                .unwrap();
            assert_eq!(pool.install(|| laid_out(&features, settings)), points);
        }
    }

    #[test]
    fn a_large_set_is_laid_out_around_a_part_of_it() {
        let features = groups(600, 6);
        let settings = EmbeddingSettings {
            at_once: 200,
            ..EmbeddingSettings::default()
        };
        let points = laid_out(&features, settings);
        let centre = |group: usize| {
            let own: Vec<&[f64; 2]> = points.iter().skip(group).step_by(6).collect();
            [0, 1].map(|axis| own.iter().map(|p| p[axis]).sum::<f64>() / own.len() as f64)
        };
        let centres: Vec<[f64; 2]> = (0..6).map(centre).collect();
        let home = |point: &[f64; 2]| {
            (0..6)
                .min_by(|a, b| {
                    let square =
                        |c: &[f64; 2]| (c[0] - point[0]).powi(2) + (c[1] - point[1]).powi(2);
                    square(&centres[*a]).total_cmp(&square(&centres[*b]))
                })
                .unwrap()
        };
        let right = points
            .iter()
            .enumerate()
            .filter(|(i, p)| home(p) == i % 6)
            .count();
        assert!(right > 590, "{right} of 600");
    }

    #[test]
    fn few_or_equal_points_are_laid_out_without_ado() {
        for n in 0..4 {
            let points = laid_out(&groups(n, 2), EmbeddingSettings::default());
            assert_eq!(points.len(), n);
            assert!(points.iter().flatten().all(|x| x.is_finite()));
        }
        let same = laid_out(
            &Features::new(&[[1.0_f32]; 30]),
            EmbeddingSettings::default(),
        );
        assert!(same.iter().flatten().all(|x| x.is_finite()));
    }
}
