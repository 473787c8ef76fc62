//! A melody as a row of numbers that are alike in size, however many dimensions a model has.

use super::PreferenceExample;
use crate::attributes::{ATTRIBUTES, AttributeRow};
use crate::statistics::{mean, standard_deviation};

/// Standard deviations beyond which an attribute counts no further.
const MAX_DEVIATION: f64 = 4.0;

/// What makes latent points and attributes comparable: the squares of either sum to about 1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct FeatureScale {
    latent_size: usize,
    /// Mean and standard deviation of each attribute.
    attributes: Vec<(f64, f64)>,
}

impl FeatureScale {
    /// The scale of these melodies.
    pub fn new<'a>(
        latent_size: usize,
        usual: impl Iterator<Item = &'a AttributeRow> + Clone,
    ) -> Self {
        let attributes = (0..ATTRIBUTES.len()).map(|index| {
            let values: Vec<f64> = usual.clone().filter_map(|row| row.value(index)).collect();
            let deviation = standard_deviation(&values).filter(|deviation| *deviation > 0.0);
            (mean(&values).unwrap_or(0.0), deviation.unwrap_or(1.0))
        });
        Self {
            latent_size,
            attributes: attributes.collect(),
        }
    }

    /// The coordinates of the point and the deviations of the attributes; an empty melody deviates in none. `None` for a point that
    /// is not finite or of another size.
    pub fn features(&self, melody: PreferenceExample<'_>) -> Option<Vec<f64>> {
        let point = melody.latent.as_slice();
        let fits = point.len() == self.latent_size && !point.is_empty();
        if !fits || point.iter().any(|x| !x.is_finite()) {
            return None;
        }
        let per_dimension = 1.0 / (point.len() as f64).sqrt();
        let per_attribute = 1.0 / (ATTRIBUTES.len() as f64).sqrt();
        let latent = point.iter().map(|x| f64::from(*x) * per_dimension);
        let deviations = self.attributes.iter().enumerate();
        let deviations = deviations.map(|(index, (mean, deviation))| {
            let value = melody.attributes.value(index);
            let deviation = value.map(|value| (value - mean) / deviation);
            let deviation = deviation.filter(|deviation| deviation.is_finite());
            let deviation = deviation.unwrap_or(0.0);
            deviation.clamp(-MAX_DEVIATION, MAX_DEVIATION) * per_attribute
        });
        Some(latent.chain(deviations).collect())
    }
}
