//! A melody as a row of numbers that are alike in size, however many dimensions a model has.

use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::latent::LatentPoint;
use crate::statistics::{mean, standard_deviation};

/// Standard deviations beyond which an attribute counts no further.
const MAX_DEVIATION: f64 = 4.0;

/// A melody as the preference sees it.
#[derive(Clone, Copy, Debug)]
pub struct PreferenceExample<'a> {
    /// Its latent point.
    pub latent: &'a LatentPoint,
    /// Its attributes.
    pub attributes: &'a AttributeRow,
}

/// What makes latent points and attributes comparable: the squares of either sum to about 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeatureScale {
    latent_size: usize,
    /// Mean and standard deviation of the distance from the origin.
    norm: (f64, f64),
    /// Mean and standard deviation of each attribute.
    attributes: Vec<(f64, f64)>,
}

impl FeatureScale {
    /// The scale of these melodies.
    pub fn new<'a>(
        latent_size: usize,
        usual: impl Iterator<Item = PreferenceExample<'a>> + Clone,
    ) -> Self {
        let points = usual.clone().map(|one| one.latent);
        let points = points.filter(|point| is_usable(point, latent_size));
        let norms: Vec<f64> = points.map(LatentPoint::norm).collect();
        let attributes = (0..ATTRIBUTES.len()).map(|index| {
            let values = usual.clone().filter_map(|one| one.attributes.value(index));
            mean_and_deviation(&values.collect::<Vec<f64>>())
        });
        Self {
            latent_size,
            norm: mean_and_deviation(&norms),
            attributes: attributes.collect(),
        }
    }

    /// The coordinates of the point, the deviation of its distance from the origin, which a linear model of the coordinates does not
    /// know, and those of the attributes; an empty melody deviates in none. `None` for a point that is not finite or of another size.
    pub fn features(&self, melody: PreferenceExample<'_>) -> Option<Vec<f64>> {
        if !is_usable(melody.latent, self.latent_size) {
            return None;
        }
        let point = melody.latent.as_slice();
        let per_dimension = 1.0 / (point.len() as f64).sqrt();
        let per_attribute = 1.0 / (ATTRIBUTES.len() as f64).sqrt();
        let coordinates = point.iter().map(|x| f64::from(*x) * per_dimension);
        let norm = deviation(Some(melody.latent.norm()), self.norm);
        let attributes = self.attributes.iter().enumerate();
        let attributes =
            attributes.map(|(index, scale)| deviation(melody.attributes.value(index), *scale));
        let deviations = std::iter::once(norm).chain(attributes);
        Some(
            coordinates
                .chain(deviations.map(|deviation| deviation * per_attribute))
                .collect(),
        )
    }
}

/// Whether a point is one of a model of this latent size.
fn is_usable(point: &LatentPoint, latent_size: usize) -> bool {
    let point = point.as_slice();
    point.len() == latent_size && !point.is_empty() && point.iter().all(|x| x.is_finite())
}

/// 0 and 1 where there is none.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let deviation = standard_deviation(values).filter(|deviation| *deviation > 0.0);
    (mean(values).unwrap_or(0.0), deviation.unwrap_or(1.0))
}

/// A value in standard deviations from its mean; 0 where there is none.
fn deviation(value: Option<f64>, (mean, deviation): (f64, f64)) -> f64 {
    let deviations = value.map(|value| (value - mean) / deviation);
    let deviations = deviations.filter(|deviations| deviations.is_finite());
    deviations
        .unwrap_or(0.0)
        .clamp(-MAX_DEVIATION, MAX_DEVIATION)
}
