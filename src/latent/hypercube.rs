//! Latin hypercube sampling (McKay, Beckman and Conover 1979).

use rand::Rng as _;
use rand::seq::SliceRandom as _;
use serde::{Deserialize, Serialize};
use statrs::distribution::{ContinuousCDF as _, Normal};

use super::point::LatentPoint;
use super::random::{Purpose, generator};

/// Mapping of the unit cube to the latent space.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Scaling {
    /// Normal quantiles: points are distributed as draws of the prior.
    #[default]
    Prior,
    /// Uniform in a box around the origin.
    Box {
        /// Edge of the box, in standard deviations of the prior: 6 covers -3 to 3.
        width: f64,
    },
}

impl Scaling {
    /// Maps a coordinate of the unit cube.
    fn apply(&self, unit_coordinate: f64) -> f64 {
        match *self {
            Self::Prior => Normal::standard().inverse_cdf(unit_coordinate),
            Self::Box { width } => (unit_coordinate - 0.5) * width,
        }
    }
}

/// Points spread evenly over every dimension: each stratum of each dimension holds exactly one point.
///
/// # Shapes
/// - `points` rows of `dimensions` numbers inside the open interval (0, 1)
#[derive(Clone, Debug, PartialEq)]
pub struct LatinHypercube {
    points: usize,
    dimensions: usize,
    unit_coordinates: Vec<f64>,
}

impl LatinHypercube {
    /// Draws `points` points: per dimension a random permutation of the strata, and one uniform draw inside each.
    #[must_use]
    pub fn draw(points: usize, dimensions: usize, seed: u64) -> Self {
        let mut unit_coordinates = vec![0.0; points * dimensions];
        let mut strata: Vec<usize> = (0..points).collect();
        for d in 0..dimensions {
            let mut rng = generator(seed, Purpose::Hypercube, d as u64, 0);
            strata.sort_unstable();
            strata.shuffle(&mut rng);
            for (row, stratum) in unit_coordinates.chunks_exact_mut(dimensions).zip(&strata) {
                // The centre of one of 2^32 cells: never on the edge of a stratum, so never 0 or 1, where the
                // normal quantile is infinite.
                let stratum_offset = (f64::from(rng.next_u32()) + 0.5) / 4_294_967_296.0;
                row[d] = (*stratum as f64 + stratum_offset) / points as f64;
            }
        }
        Self {
            points,
            dimensions,
            unit_coordinates,
        }
    }

    /// Coordinate `dimension` of point `point` in the unit cube.
    ///
    /// # Panics
    /// If either index is out of range.
    #[must_use]
    pub fn unit_coordinate(&self, point: usize, dimension: usize) -> f64 {
        assert!(
            dimension < self.dimensions,
            "dimension {dimension} of {}",
            self.dimensions
        );
        self.unit_coordinates[point * self.dimensions + dimension]
    }

    /// Point `point`, scaled to the latent space.
    ///
    /// # Panics
    /// If `point` is out of range.
    #[must_use]
    pub fn point(&self, point: usize, scaling: &Scaling) -> LatentPoint {
        LatentPoint::new(
            (0..self.dimensions)
                .map(|d| scaling.apply(self.unit_coordinate(point, d)) as f32)
                .collect(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_stratum_of_every_dimension_holds_exactly_one_point() {
        for (points, dimensions) in [(1, 3), (7, 5), (100, 256), (1000, 4)] {
            let cube = LatinHypercube::draw(points, dimensions, 99);
            for d in 0..dimensions {
                let mut strata: Vec<usize> = (0..points)
                    .map(|i| (cube.unit_coordinate(i, d) * points as f64).floor() as usize)
                    .collect();
                strata.sort_unstable();
                assert_eq!(strata, (0..points).collect::<Vec<_>>(), "dimension {d}");
            }
        }
    }

    #[test]
    fn the_prior_scaling_has_mean_zero_and_deviation_one_in_every_dimension() {
        let cube = LatinHypercube::draw(200, 32, 1);
        for d in 0..32 {
            let values: Vec<f64> = (0..200)
                .map(|i| f64::from(cube.point(i, &Scaling::Prior).as_slice()[d]))
                .collect();
            let mean = values.iter().sum::<f64>() / 200.0;
            let variance = values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / 199.0;
            assert!(mean.abs() < 0.03, "mean {mean}");
            assert!((variance - 1.0).abs() < 0.1, "variance {variance}");
        }
    }

    #[test]
    fn the_box_scaling_stays_in_the_box_and_fills_it() {
        let cube = LatinHypercube::draw(50, 16, 3);
        let scaling = Scaling::Box { width: 6.0 };
        let coordinates: Vec<f32> = (0..50)
            .flat_map(|i| cube.point(i, &scaling).as_slice().to_vec())
            .collect();
        assert!(coordinates.iter().all(|x| (-3.0..=3.0).contains(x)));
        // One point in the outermost stratum on either side, 6/50 wide.
        assert!(coordinates.iter().any(|x| *x < -2.88) && coordinates.iter().any(|x| *x > 2.88));
    }

    #[test]
    fn equal_seeds_give_equal_cubes_and_other_seeds_give_others() {
        assert_eq!(
            LatinHypercube::draw(20, 8, 5),
            LatinHypercube::draw(20, 8, 5)
        );
        assert_ne!(
            LatinHypercube::draw(20, 8, 5),
            LatinHypercube::draw(20, 8, 6)
        );
    }

    #[test]
    fn dimensions_are_shuffled_independently() {
        let cube = LatinHypercube::draw(100, 2, 99);
        let order = |d: usize| {
            (0..100)
                .map(|i| (cube.unit_coordinate(i, d) * 100.0) as usize)
                .collect::<Vec<_>>()
        };
        assert_ne!(order(0), order(1));
    }
}
