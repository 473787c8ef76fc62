//! The plan of a sweep: its latent points and the map of its regions, known before any melody is decoded.

use serde::{Deserialize, Serialize};

use super::config::SweepConfig;
use super::error::SweepError;
use super::identity::MelodyId;
use super::region_map::{MAX_LANDMARKS, RegionMap, distances_to, place_cost};
use crate::embedding::{MdsLayout, Placement, RegionMapQuality, place};
use crate::latent::{LatentPoint, LatinHypercube, region_sample};
use crate::progress::{Observer, Phase, PhaseProgress, ProgressFn, Unobserved, par_map, subrange};
use crate::statistics::median;

/// The latent points of a sweep and the map of its regions.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// The config that was planned.
    pub config: SweepConfig,
    /// Centre of each region.
    pub region_centres: Vec<LatentPoint>,
    /// Standard deviation of the samples around their centre, per dimension.
    pub sigma: f64,
    /// The map: one position per region (see [`RegionMap`]).
    pub map: MdsLayout,
    /// Quality of the map.
    pub quality: RegionMapQuality,
    /// Mean squared distance between two landmarks.
    mean_square_distance: f64,
}

/// How well samples stay in their own region.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionSpread {
    /// Median distance of a sample to the centre of its own region.
    pub to_own_centre: f64,
    /// Median distance of a sample to the nearest centre of another region; absent if there is only one region.
    pub to_nearest_other: Option<f64>,
    /// Fraction of samples that are nearer to their own centre than to any other.
    #[serde(rename = "at_home")]
    pub in_own_region: f64,
}

impl SweepPlan {
    /// Draws the regions and lays them out.
    ///
    /// # Errors
    /// [`SweepError::Setting`] for an invalid config.
    pub fn new(config: &SweepConfig, latent_size: usize) -> Result<Self, SweepError> {
        Self::with_observer(config, latent_size, &mut Unobserved)
    }

    /// As [`SweepPlan::new`], with an observer: thousands of regions take seconds.
    ///
    /// # Errors
    /// [`SweepError::Setting`] for an invalid config, [`SweepError::Cancelled`].
    pub fn with_observer(
        config: &SweepConfig,
        latent_size: usize,
        observer: &mut dyn Observer,
    ) -> Result<Self, SweepError> {
        Self::with_region_map(config, latent_size, None, observer)
    }

    /// As [`SweepPlan::with_observer`], with the [`SweepPlan::region_map`] of an equal plan, which takes long to compute. A map
    /// of another number of regions is not used.
    ///
    /// # Errors
    /// Those of [`SweepPlan::with_observer`].
    pub fn with_region_map(
        config: &SweepConfig,
        latent_size: usize,
        known_map: Option<RegionMap>,
        observer: &mut dyn Observer,
    ) -> Result<Self, SweepError> {
        /// Approximate operations per coordinate: a normal quantile.
        const QUANTILE_COST: usize = 128;
        config.validate()?;
        let mut phase = PhaseProgress::new(observer, Phase::Regions);
        let mut progress = |fraction| phase.report(fraction);
        let regions = config.regions as usize;
        let cube = LatinHypercube::draw(regions, latent_size, config.seed);
        let cost = latent_size * QUANTILE_COST;
        let region_centres = par_map(
            regions,
            cost,
            &mut subrange(&mut progress, (0.0, 0.1)),
            |i| cube.point(i, &config.scaling),
        )?;
        let RegionMap {
            map,
            quality,
            mean_square_distance,
        } = match known_map.filter(|known_map| known_map.map.points.len() == regions) {
            Some(known_map) => known_map,
            None => RegionMap::compute(&region_centres, &mut subrange(&mut progress, (0.1, 0.9)))?,
        };
        let sigma = config
            .sigma
            .resolve(&region_centres, &mut subrange(&mut progress, (0.9, 1.0)))?;
        Ok(Self {
            config: config.clone(),
            region_centres,
            sigma,
            map,
            quality,
            mean_square_distance,
        })
    }

    /// A plan as it was computed before, so that it need not be computed again.
    ///
    /// # Errors
    /// [`SweepError::Setting`] for an invalid config, or parts that do not belong to it.
    pub fn from_parts(
        config: SweepConfig,
        region_centres: Vec<LatentPoint>,
        sigma: f64,
        map: MdsLayout,
        quality: RegionMapQuality,
        mean_square_distance: f64,
    ) -> Result<Self, SweepError> {
        config.validate()?;
        let regions = config.regions as usize;
        let width = region_centres.first().map_or(0, LatentPoint::len);
        let is_consistent = region_centres.len() == regions
            && map.points.len() == regions
            && region_centres.iter().all(|centre| centre.len() == width)
            && map.points.iter().flatten().all(|x| x.is_finite())
            && sigma.is_finite()
            && mean_square_distance.is_finite();
        if !is_consistent {
            let found = region_centres.len().to_string();
            let advice = "its centres and positions do not belong together";
            return Err(SweepError::setting("the plan of a sweep", &found, advice));
        }
        Ok(Self {
            config,
            region_centres,
            sigma,
            map,
            quality,
            mean_square_distance,
        })
    }

    /// The map of the regions.
    #[must_use]
    pub fn region_map(&self) -> RegionMap {
        RegionMap {
            map: self.map.clone(),
            quality: self.quality,
            mean_square_distance: self.mean_square_distance,
        }
    }

    /// Mean squared distance between two landmarks, for [`SweepPlan::from_parts`].
    #[must_use]
    pub fn mean_square_distance(&self) -> f64 {
        self.mean_square_distance
    }

    /// The latent point of a melody of this sweep.
    ///
    /// `None` for a region or sample that the sweep does not have, and for melodies that carry their own point.
    #[must_use]
    pub fn latent(&self, id: MelodyId) -> Option<LatentPoint> {
        match id {
            MelodyId::Centre { region } => self.region_centres.get(region as usize).cloned(),
            MelodyId::Sample { region, sample } if sample < self.config.samples => {
                let region_centre = self.region_centres.get(region as usize)?;
                Some(region_sample(
                    region_centre,
                    self.sigma,
                    self.config.seed,
                    region,
                    sample,
                ))
            }
            MelodyId::Sample { .. } | MelodyId::Steered { .. } | MelodyId::Generated { .. } => None,
        }
    }

    /// Dimensions of the latent space; 0 without regions.
    #[must_use]
    pub fn latent_size(&self) -> usize {
        self.region_centres.first().map_or(0, LatentPoint::len)
    }

    /// The ids of all samples, region by region.
    pub fn sample_ids(&self) -> impl Iterator<Item = MelodyId> + use<> {
        let (regions, samples) = (self.config.regions, self.config.samples);
        (0..regions).flat_map(move |region| {
            (0..samples).map(move |sample| MelodyId::Sample { region, sample })
        })
    }

    /// Number of landmarks, the first regions, by whose distances everything else is placed.
    #[must_use]
    pub fn landmark_count(&self) -> usize {
        self.region_centres.len().min(MAX_LANDMARKS)
    }

    /// Position of a latent point on the map, by its distances to the landmarks' centres. The map does not change.
    ///
    /// In hundreds of dimensions most of a point's noise is orthogonal to all centres. It adds the same amount to every
    /// squared distance, which says nothing about the position but would push the point off the map. So the excess of
    /// the mean squared distance over that between centres is subtracted from each (as in Gower's formula for adding a
    /// point, 1968, which ignores such a constant), down to half the distance.
    #[must_use]
    pub fn place(&self, point: &LatentPoint) -> [f64; 2] {
        let landmarks = &self.map.points[..self.landmark_count()];
        place(landmarks, &self.target_distances(point))
    }

    /// As [`SweepPlan::place`], with its error: the root mean square difference between the distances to the centres
    /// on the map and the target distances.
    #[must_use]
    pub fn place_with_error(&self, point: &LatentPoint) -> Placement {
        let targets = self.target_distances(point);
        let landmarks = &self.map.points[..self.landmark_count()];
        let position = place(landmarks, &targets);
        let squares = landmarks.iter().zip(&targets).map(|(centre, target)| {
            let found = (centre[0] - position[0]).hypot(centre[1] - position[1]);
            (found - target).powi(2)
        });
        let nearest = self
            .region_centres
            .iter()
            .map(|region_centre| region_centre.distance(point))
            .fold(f64::INFINITY, f64::min);
        Placement {
            position,
            error: (squares.sum::<f64>() / targets.len().max(1) as f64).sqrt(),
            nearest_distance: nearest,
        }
    }

    /// Approximate operations of [`SweepPlan::place`].
    pub(super) fn place_cost(&self) -> usize {
        place_cost(&self.region_centres[..self.landmark_count()])
    }

    /// Target distances of a point to the landmarks on the map.
    fn target_distances(&self, point: &LatentPoint) -> Vec<f64> {
        let mut distances = distances_to(&self.region_centres[..self.landmark_count()], point);
        let mean = distances.iter().map(|d| d * d).sum::<f64>() / distances.len().max(1) as f64;
        let excess = (mean - self.mean_square_distance).max(0.0);
        for distance in &mut distances {
            let square = *distance * *distance;
            *distance = (square - excess).max(square / 4.0).sqrt();
        }
        distances
    }

    /// Position of a melody of this sweep: that of its region for a centre, else by [`SweepPlan::place`].
    #[must_use]
    pub fn position(&self, id: MelodyId) -> Option<[f64; 2]> {
        match id {
            MelodyId::Centre { region } => self.map.points.get(region as usize).copied(),
            _ => self.latent(id).map(|point| self.place(&point)),
        }
    }

    /// Measures how well samples stay in their own region, on at most about a thousand evenly spaced ones.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn spread<E>(&self, progress: &mut ProgressFn<'_, E>) -> Result<RegionSpread, E> {
        const MAX_MEASURED_SAMPLES: usize = 1_000;
        let stride = (self.config.regions as usize * self.config.samples as usize)
            .div_ceil(MAX_MEASURED_SAMPLES)
            .max(1);
        let ids: Vec<MelodyId> = self.sample_ids().step_by(stride).collect();
        let cost = self.region_centres.len() * self.latent_size();
        let pairs = par_map(ids.len(), cost, progress, |k| {
            let id = ids[k];
            let point = self.latent(id)?;
            let own_region = id.region()? as usize;
            let distance = |i: usize| self.region_centres[i].distance(&point);
            let others = (0..self.region_centres.len())
                .filter(|i| *i != own_region)
                .map(distance);
            Some((distance(own_region), others.fold(f64::INFINITY, f64::min)))
        })?;
        let pairs: Vec<(f64, f64)> = pairs.into_iter().flatten().collect();
        let in_own_region = pairs.iter().filter(|(own, other)| own < other).count() as f64
            / pairs.len().max(1) as f64;
        let (own_distances, other_distances): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        Ok(RegionSpread {
            to_own_centre: median(&own_distances).unwrap_or(0.0),
            to_nearest_other: median(&other_distances).filter(|distance| distance.is_finite()),
            in_own_region,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::{Scaling, Sigma};
    use crate::progress::no_progress;

    fn plan(config: SweepConfig) -> SweepPlan {
        SweepPlan::new(&config, 64).unwrap()
    }

    fn spread(plan: &SweepPlan) -> RegionSpread {
        let Ok(spread) = plan.spread(&mut no_progress);
        spread
    }

    #[test]
    fn the_same_config_gives_the_same_plan_and_more_samples_move_nothing() {
        let config = SweepConfig {
            regions: 30,
            samples: 4,
            ..SweepConfig::default()
        };
        let few = plan(config.clone());
        assert_eq!(few, plan(config.clone()));
        let many = plan(SweepConfig {
            samples: 9,
            ..config
        });
        assert_eq!(few.map, many.map);
        let id = MelodyId::Sample {
            region: 17,
            sample: 3,
        };
        assert_eq!(few.latent(id), many.latent(id));
        assert_eq!(
            few.latent(MelodyId::Sample {
                region: 17,
                sample: 4
            }),
            None
        );
        assert_eq!(few.latent(MelodyId::Centre { region: 30 }), None);
    }

    #[test]
    fn samples_are_placed_nearer_to_their_own_region_than_to_most() {
        let plan = plan(SweepConfig {
            regions: 60,
            samples: 8,
            ..SweepConfig::default()
        });
        let radii = plan.map.points.iter().map(|p| p[0].hypot(p[1]));
        let scale = radii.fold(0.0, f64::max);
        let mut distances: Vec<f64> = plan
            .sample_ids()
            .map(|id| {
                let position = plan.position(id).unwrap();
                let centre = plan.map.points[id.region().unwrap() as usize];
                (position[0] - centre[0]).hypot(position[1] - centre[1]) / scale
            })
            .collect();
        distances.sort_by(f64::total_cmp);
        let median = distances[distances.len() / 2];
        assert!(median < 0.35, "{median}");
    }

    #[test]
    fn the_published_sigma_throws_samples_out_of_their_region_and_the_default_does_not() {
        let published = plan(SweepConfig {
            scaling: Scaling::Box { width: 6.0 },
            sigma: Sigma::PublishedCode,
            ..SweepConfig::default()
        });
        let measured = spread(&published);
        assert!(
            measured.to_own_centre > 2.0 * published.sigma * 3.0,
            "{measured:?}"
        );
        let default_spread = spread(&plan(SweepConfig::default()));
        // In 64 dimensions a cloud of deviation one half has radius 4.
        assert!(
            (default_spread.to_own_centre - 4.0).abs() < 0.2,
            "{default_spread:?}"
        );
        assert!(default_spread.in_own_region > 0.99, "{default_spread:?}");
    }
}
