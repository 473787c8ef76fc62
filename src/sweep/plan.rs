//! Where a sweep's melodies lie, known before any of them is decoded.

use serde::{Deserialize, Serialize};

use super::observer::Watched;
use super::region_map::{LANDMARKS, RegionMap, distances_to, place_cost};
use super::{MelodyId, Observer, Phase, SweepConfig, SweepError, Unobserved};
use crate::embedding::{Embedding, MapQuality, Placement, place};
use crate::latent::{LatentPoint, LatinHypercube, cloud_point};
use crate::statistics::{ProgressFn, median, no_progress, par_map, subrange};

/// The latent points of a sweep and the map of its regions.
#[derive(Clone, Debug, PartialEq)]
pub struct SweepPlan {
    /// What was asked for.
    pub config: SweepConfig,
    /// Centre of each region.
    pub centroids: Vec<LatentPoint>,
    /// Standard deviation of the samples around their centre, per dimension.
    pub sigma: f64,
    /// The map: one position per region (see [`RegionMap`]).
    pub map: Embedding,
    /// How far the map can be believed.
    pub quality: MapQuality,
    /// Mean squared distance between two centres.
    usual_square: f64,
}

/// How far samples lie from where they belong.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct RegionSpread {
    /// Median distance of a sample to the centre of its own region.
    pub to_own_centre: f64,
    /// Median distance of a sample to the nearest centre of another region; absent if there is only one region.
    pub to_nearest_other: Option<f64>,
    /// Share of samples that are nearer to their own centre than to any other.
    #[serde(rename = "in_own_region")]
    pub in_own_region: f64,
}

impl SweepPlan {
    /// Draws the regions and lays them out.
    ///
    /// # Errors
    /// [`SweepError::Setting`] if the config is none that a sweep can have.
    pub fn new(config: &SweepConfig, latent_size: usize) -> Result<Self, SweepError> {
        Self::watched(config, latent_size, &mut Unobserved)
    }

    /// As [`SweepPlan::new`], watched: thousands of regions take seconds.
    ///
    /// # Errors
    /// [`SweepError::Setting`] as before; [`SweepError::Cancelled`] if the observer says so.
    pub fn watched(
        config: &SweepConfig,
        latent_size: usize,
        observer: &mut dyn Observer,
    ) -> Result<Self, SweepError> {
        /// Operations for one number of a point: a normal quantile.
        const QUANTILE: usize = 128;
        config.validate()?;
        let mut watched = Watched::new(observer, Phase::Regions);
        let mut look = |share| watched.look(share);
        let regions = config.regions as usize;
        let cube = LatinHypercube::draw(regions, latent_size, config.seed);
        let cost = latent_size * QUANTILE;
        let centroids = par_map(regions, cost, &mut subrange(&mut look, (0.0, 0.1)), |i| {
            cube.point(i, &config.scaling)
        })?;
        let RegionMap {
            map,
            quality,
            usual_square,
        } = RegionMap::of_watched(&centroids, &mut subrange(&mut look, (0.1, 0.9)))?;
        let sigma = config
            .sigma
            .resolve(&centroids, &mut subrange(&mut look, (0.9, 1.0)))?;
        Ok(Self {
            config: config.clone(),
            centroids,
            sigma,
            map,
            quality,
            usual_square,
        })
    }

    /// The latent point of a melody of this sweep.
    ///
    /// `None` for a region or sample that the sweep does not have, and for steered melodies: those carry their own.
    #[must_use]
    pub fn latent(&self, id: MelodyId) -> Option<LatentPoint> {
        match id {
            MelodyId::Centre { region } => self.centroids.get(region as usize).cloned(),
            MelodyId::Sample { region, sample } if sample < self.config.samples => {
                let centroid = self.centroids.get(region as usize)?;
                Some(cloud_point(
                    centroid,
                    self.sigma,
                    self.config.seed,
                    region,
                    sample,
                ))
            }
            MelodyId::Sample { .. } | MelodyId::Steered { .. } | MelodyId::Generated { .. } => None,
        }
    }

    /// Every sample, region by region.
    pub fn sample_ids(&self) -> impl Iterator<Item = MelodyId> + use<> {
        let (regions, samples) = (self.config.regions, self.config.samples);
        (0..regions).flat_map(move |region| {
            (0..samples).map(move |sample| MelodyId::Sample { region, sample })
        })
    }

    /// How many regions, the first ones, everything else is placed by: all, unless there are very many.
    #[must_use]
    pub fn landmarks(&self) -> usize {
        self.centroids.len().min(LANDMARKS)
    }

    /// The place of a latent point on the map, by its distances to the landmarks' centres. Nothing moves for it.
    ///
    /// In hundreds of dimensions most of a point's own randomness is at right angles to all centres and lengthens
    /// all its squared distances alike, which says nothing of where among them it lies, but would push it off the
    /// map. So what its mean squared distance exceeds that between centres by is taken off each (as in Gower's
    /// formula for adding a point, 1968, where such a constant has no effect), down to half the distance.
    #[must_use]
    pub fn place(&self, point: &LatentPoint) -> [f64; 2] {
        let landmarks = &self.map.points[..self.landmarks()];
        place(landmarks, &self.distances_on_the_map(point))
    }

    /// As [`SweepPlan::place`], with how far the place can be believed: the root mean square difference between
    /// the distances to the centres on the map and those that were wanted there.
    #[must_use]
    pub fn place_with_error(&self, point: &LatentPoint) -> Placement {
        let wanted = self.distances_on_the_map(point);
        let landmarks = &self.map.points[..self.landmarks()];
        let position = place(landmarks, &wanted);
        let squares = landmarks.iter().zip(&wanted).map(|(centre, wanted)| {
            let found = (centre[0] - position[0]).hypot(centre[1] - position[1]);
            (found - wanted).powi(2)
        });
        let nearest = self
            .centroids
            .iter()
            .map(|centroid| centroid.distance(point))
            .fold(f64::INFINITY, f64::min);
        Placement {
            position,
            error: (squares.sum::<f64>() / wanted.len().max(1) as f64).sqrt(),
            to_nearest: nearest,
        }
    }

    /// About how many operations [`SweepPlan::place`] takes.
    pub(super) fn place_cost(&self) -> usize {
        place_cost(&self.centroids[..self.landmarks()])
    }

    /// The distances to the landmarks that a point's place should have.
    fn distances_on_the_map(&self, point: &LatentPoint) -> Vec<f64> {
        let mut distances = distances_to(&self.centroids[..self.landmarks()], point);
        let mean = distances.iter().map(|d| d * d).sum::<f64>() / distances.len().max(1) as f64;
        let excess = (mean - self.usual_square).max(0.0);
        for distance in &mut distances {
            let square = *distance * *distance;
            *distance = (square - excess).max(square / 4.0).sqrt();
        }
        distances
    }

    /// The position of a melody of this sweep: a centre's own, a sample's by [`SweepPlan::place`].
    #[must_use]
    pub fn position(&self, id: MelodyId) -> Option<[f64; 2]> {
        match id {
            MelodyId::Centre { region } => self.map.points.get(region as usize).copied(),
            _ => self.latent(id).map(|point| self.place(&point)),
        }
    }

    /// How far samples lie from where they belong, over at most about a thousand of them, evenly taken.
    #[must_use]
    pub fn spread(&self) -> RegionSpread {
        let Ok(spread) = self.spread_watched(&mut no_progress);
        spread
    }

    /// As [`SweepPlan::spread`], stopped where `look` says so.
    ///
    /// # Errors
    /// What `look` stops with.
    pub fn spread_watched<E>(&self, look: &mut ProgressFn<'_, E>) -> Result<RegionSpread, E> {
        const LOOKED_AT: usize = 1_000;
        let every = (self.config.regions as usize * self.config.samples as usize)
            .div_ceil(LOOKED_AT)
            .max(1);
        let ids: Vec<MelodyId> = self.sample_ids().step_by(every).collect();
        let cost = self.centroids.len() * self.centroids.first().map_or(0, LatentPoint::len);
        let pairs = par_map(ids.len(), cost, look, |k| {
            let id = ids[k];
            let point = self.latent(id)?;
            let own = id.region()? as usize;
            let distance = |i: usize| self.centroids[i].distance(&point);
            let others = (0..self.centroids.len())
                .filter(|i| *i != own)
                .map(distance);
            Some((distance(own), others.fold(f64::INFINITY, f64::min)))
        })?;
        let pairs: Vec<(f64, f64)> = pairs.into_iter().flatten().collect();
        let in_own_region = pairs.iter().filter(|(own, other)| own < other).count() as f64
            / pairs.len().max(1) as f64;
        let (own, other): (Vec<f64>, Vec<f64>) = pairs.into_iter().unzip();
        Ok(RegionSpread {
            to_own_centre: median(&own).unwrap_or(0.0),
            to_nearest_other: median(&other).filter(|distance| distance.is_finite()),
            in_own_region,
        })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may panic")]

    use super::*;
    use crate::latent::{Scaling, Sigma};

    fn plan(config: SweepConfig) -> SweepPlan {
        SweepPlan::new(&config, 64).unwrap()
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
        let scale = plan
            .map
            .points
            .iter()
            .map(|p| p[0].hypot(p[1]))
            .fold(0.0, f64::max);
        let mut distances: Vec<f64> = plan
            .sample_ids()
            .map(|id| {
                let (at, home) = (
                    plan.position(id).unwrap(),
                    plan.map.points[id.region().unwrap() as usize],
                );
                (at[0] - home[0]).hypot(at[1] - home[1]) / scale
            })
            .collect();
        distances.sort_by(f64::total_cmp);
        assert!(
            distances[distances.len() / 2] < 0.35,
            "{}",
            distances[distances.len() / 2]
        );
    }

    #[test]
    fn the_published_sigma_throws_samples_out_of_their_region_and_the_default_does_not() {
        let published = plan(SweepConfig {
            scaling: Scaling::Box { width: 6.0 },
            sigma: Sigma::AsPublished,
            ..SweepConfig::default()
        });
        let spread = published.spread();
        assert!(
            spread.to_own_centre > 2.0 * published.sigma * 3.0,
            "{spread:?}"
        );
        let usual = plan(SweepConfig::default()).spread();
        // In 64 dimensions a cloud of deviation one half has radius 4.
        assert!((usual.to_own_centre - 4.0).abs() < 0.2, "{usual:?}");
        assert!(usual.in_own_region > 0.99, "{usual:?}");
    }
}
