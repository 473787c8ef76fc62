//! Gaussian draws around the centre of a region or another point, and of the prior.

use rand::RngExt as _;
use rand_chacha::ChaCha8Rng;
use rand_distr::StandardNormal;
use serde::{Deserialize, Serialize};

use super::point::LatentPoint;
use super::random::{Purpose, generator};
use crate::progress::{ProgressFn, par_map};

/// Spread of samples around their region's centre, as a standard deviation per dimension.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sigma {
    /// This standard deviation, in units of the prior's.
    Fixed(f64),
    /// Half the smallest distance between two centres, divided by three.
    ///
    /// As computed by the published study's code. The divisor suggests a three-sigma radius, but it applies to each dimension:
    /// in hundreds of dimensions samples lie far outside their region.
    #[serde(rename = "as-published")]
    PublishedCode,
}

impl Default for Sigma {
    fn default() -> Self {
        Self::Fixed(0.5)
    }
}

impl Sigma {
    /// The standard deviation per dimension for these centres.
    ///
    /// `PublishedCode` needs at least two centres; with fewer, sigma is 1, the prior's standard deviation.
    ///
    /// # Errors
    /// The error of `progress`.
    pub fn resolve<E>(
        &self,
        region_centres: &[LatentPoint],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<f64, E> {
        Ok(match *self {
            Self::Fixed(sigma) => sigma,
            Self::PublishedCode => {
                let nearest_later = |i: usize| {
                    let a = &region_centres[i];
                    let distances = region_centres.iter().skip(i + 1).map(|b| a.distance(b));
                    distances.fold(f64::INFINITY, f64::min)
                };
                let cost =
                    region_centres.len() * region_centres.first().map_or(0, LatentPoint::len);
                let min_distance = par_map(region_centres.len(), cost, progress, nearest_later)?
                    .into_iter()
                    .fold(f64::INFINITY, f64::min);
                if min_distance.is_finite() {
                    min_distance / 2.0 / 3.0
                } else {
                    1.0
                }
            }
        })
    }
}

/// Sample `sample` of region `region`: `region_centre + sigma * e`, with `e` standard normal.
///
/// The numbers depend only on `(seed, region, sample)`.
#[must_use]
pub fn region_sample(
    region_centre: &LatentPoint,
    sigma: f64,
    seed: u64,
    region: u32,
    sample: u32,
) -> LatentPoint {
    let rng = generator(
        seed,
        Purpose::RegionSample,
        u64::from(region),
        u64::from(sample),
    );
    gaussian(region_centre, sigma, rng)
}

/// Draw `index` around a point explored by the user: `centre + sigma * e`, with `e` standard normal.
///
/// The numbers depend only on `(seed, index)` and differ from those of every sweep.
#[must_use]
pub fn explored_point(centre: &LatentPoint, sigma: f64, seed: u64, index: u64) -> LatentPoint {
    gaussian(
        centre,
        sigma,
        generator(seed, Purpose::Exploration, index, 0),
    )
}

/// A Gaussian draw around `centre`.
fn gaussian(centre: &LatentPoint, sigma: f64, mut rng: ChaCha8Rng) -> LatentPoint {
    let coordinates = centre
        .as_slice()
        .iter()
        .map(|c| (f64::from(*c) + sigma * normal(&mut rng)) as f32)
        .collect();
    LatentPoint::new(coordinates)
}

/// Draw `index` from the prior, a standard normal in every dimension. Depends only on `(seed, index)`.
#[must_use]
pub fn prior_point(dimensions: usize, seed: u64, index: u64) -> LatentPoint {
    let mut rng = generator(seed, Purpose::Prior, index, 0);
    LatentPoint::new((0..dimensions).map(|_| normal(&mut rng) as f32).collect())
}

/// A standard normal number.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    rng.sample(StandardNormal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::progress::no_progress;

    #[test]
    fn a_cloud_has_the_given_spread() {
        let centre = LatentPoint::new(vec![3.0; 64]);
        let points: Vec<LatentPoint> = (0..400)
            .map(|j| region_sample(&centre, 0.5, 99, 7, j))
            .collect();
        // Mean distance from the centre of a Gaussian in D dimensions: sigma * sqrt(D), nearly.
        let mean = points.iter().map(|p| p.distance(&centre)).sum::<f64>() / 400.0;
        assert!((mean - 4.0).abs() < 0.1, "{mean}");
        let coordinates: Vec<f64> = points
            .iter()
            .flat_map(|p| p.as_slice().iter().map(|x| f64::from(*x)))
            .collect();
        let average = coordinates.iter().sum::<f64>() / coordinates.len() as f64;
        assert!((average - 3.0).abs() < 0.02, "{average}");
    }

    #[test]
    fn a_sample_depends_on_seed_region_and_sample_only() {
        let centre = LatentPoint::new(vec![0.0; 16]);
        let point = |seed, region, sample| region_sample(&centre, 1.0, seed, region, sample);
        assert_eq!(point(99, 3, 5), point(99, 3, 5));
        assert_ne!(point(99, 3, 5), point(98, 3, 5));
        assert_ne!(point(99, 3, 5), point(99, 5, 3));
        assert_ne!(point(99, 0, 1), point(99, 1, 0));
    }

    #[test]
    fn samples_of_a_seed_are_not_draws_of_the_prior_of_that_seed() {
        let centre = LatentPoint::new(vec![0.0; 16]);
        assert_ne!(
            region_sample(&centre, 1.0, 99, 0, 0),
            prior_point(16, 99, 0)
        );
    }

    #[test]
    fn the_published_sigma_is_a_sixth_of_the_smallest_distance() {
        let region_centres: Vec<LatentPoint> = [[0.0, 0.0], [3.0, 4.0], [30.0, 0.0]]
            .iter()
            .map(|c| LatentPoint::new(c.to_vec()))
            .collect();
        let resolve = |sigma: Sigma, region_centres: &[LatentPoint]| {
            let Ok(resolved) = sigma.resolve(region_centres, &mut no_progress);
            resolved
        };
        assert!((resolve(Sigma::PublishedCode, &region_centres) - 5.0 / 6.0).abs() < 1e-12);
        assert_eq!(resolve(Sigma::PublishedCode, &region_centres[..1]), 1.0);
        assert_eq!(resolve(Sigma::Fixed(0.25), &region_centres), 0.25);
    }
}
