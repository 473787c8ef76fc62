//! A point of the latent space.

/// A vector of the model's latent size, in units of the prior's standard deviation.
#[derive(Clone, Debug, PartialEq)]
pub struct LatentPoint(Vec<f32>);

impl LatentPoint {
    /// A point with these coordinates.
    #[must_use]
    pub fn new(coordinates: Vec<f32>) -> Self {
        Self(coordinates)
    }

    /// The coordinates, one per latent dimension.
    #[must_use]
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// Number of latent dimensions.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether the point has no dimensions at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The mean of points with this many dimensions, summed in double precision; the origin if there are none.
    #[must_use]
    pub fn mean<'a>(points: impl Iterator<Item = &'a Self>, dimensions: usize) -> Self {
        let mut sums = vec![0.0_f64; dimensions];
        let mut count = 0.0_f64;
        for point in points {
            count += 1.0;
            for (sum, x) in sums.iter_mut().zip(&point.0) {
                *sum += f64::from(*x);
            }
        }
        let mean = sums.into_iter().map(|sum| (sum / count.max(1.0)) as f32);
        Self(mean.collect())
    }

    /// Euclidean distance, summed in double precision; infinite between points of different sizes, which belong to different
    /// spaces.
    #[must_use]
    pub fn distance(&self, other: &Self) -> f64 {
        if self.len() != other.len() {
            return f64::INFINITY;
        }
        // Four independent sums, so that the compiler can vectorise.
        let mut sums = [0.0_f64; 4];
        let (left, left_remainder) = self.0.as_chunks::<4>();
        let (right, right_remainder) = other.0.as_chunks::<4>();
        for (a, b) in left.iter().zip(right) {
            for (sum, (x, y)) in sums.iter_mut().zip(a.iter().zip(b)) {
                let difference = f64::from(*x) - f64::from(*y);
                *sum += difference * difference;
            }
        }
        let remainder: f64 = left_remainder
            .iter()
            .zip(right_remainder)
            .map(|(x, y)| (f64::from(*x) - f64::from(*y)).powi(2))
            .sum();
        (sums.iter().sum::<f64>() + remainder).sqrt()
    }

    /// Distance from the origin: about the square root of the dimension for a draw of the prior.
    #[must_use]
    pub fn norm(&self) -> f64 {
        self.0
            .iter()
            .map(|x| f64::from(*x).powi(2))
            .sum::<f64>()
            .sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::LatentPoint;

    #[test]
    fn distance_and_norm_follow_pythagoras() {
        let origin = LatentPoint::new(vec![0.0; 5]);
        let point = LatentPoint::new(vec![1.0, 2.0, 4.0, 2.0, 0.0]);
        assert!((origin.distance(&point) - 5.0).abs() < 1e-12);
        assert!((point.norm() - 5.0).abs() < 1e-12);
        assert_eq!(point.distance(&point), 0.0);
    }

    #[test]
    fn points_of_different_sizes_are_infinitely_far_apart() {
        let short = LatentPoint::new(vec![0.0; 4]);
        let long = LatentPoint::new(vec![0.0; 6]);
        assert_eq!(short.distance(&long), f64::INFINITY);
        assert_eq!(long.distance(&short), f64::INFINITY);
    }

    #[test]
    fn every_dimension_counts_whatever_the_width() {
        for width in 1..20 {
            let origin = LatentPoint::new(vec![0.0; width]);
            let ones = LatentPoint::new(vec![1.0; width]);
            assert!(
                (origin.distance(&ones) - (width as f64).sqrt()).abs() < 1e-12,
                "{width}"
            );
        }
    }
}
