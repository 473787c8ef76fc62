//! The mean of an attribute over the map of the regions, as filled contours.

use super::contours::contour_bands;
use crate::attributes::STUDY_ATTRIBUTES;
use crate::study::data::StudyData;

/// Number of colour bands of a field.
pub const FIELD_BANDS: usize = 12;
/// Maximum number of regions that are drawn: more would cover each other. The first ones are a random sample of all.
pub const MAX_DRAWN_REGIONS: usize = 1_000;

/// A convex polygon on the map.
pub type Polygon = Vec<(f64, f64)>;

/// The means of an attribute on the map, linear between neighbouring regions (Delaunay), in bands of equal height.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The lowest mean, in displayed units.
    pub low: f64,
    /// The highest mean, in displayed units.
    pub high: f64,
    /// The regions with a mean: number, position on the map, mean in displayed units.
    pub regions: Vec<(u32, (f64, f64), f64)>,
    /// The polygons of each of the [`FIELD_BANDS`], from low to high.
    pub bands: Vec<Vec<Polygon>>,
}

impl Field {
    /// The field of an attribute, by its index in the table; `None` with fewer than three regions that have a mean, or equal
    /// means.
    #[must_use]
    pub fn compute(data: &StudyData, index: usize) -> Option<Self> {
        let to_display_unit = STUDY_ATTRIBUTES.get(index)?.to_display_unit;
        let regions: Vec<(u32, (f64, f64), f64)> = (0..)
            .zip(&data.map.points)
            .zip(data.region_means(index))
            .take(MAX_DRAWN_REGIONS)
            .filter_map(|((region, point), mean)| {
                Some((region, (point[0], point[1]), to_display_unit(mean?)))
            })
            .collect();
        let values: Vec<f64> = regions.iter().map(|region| region.2).collect();
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        if regions.len() < 3 || low >= high {
            return None;
        }
        let levels: Vec<f64> = (0..=FIELD_BANDS)
            .map(|k| low + (high - low) * k as f64 / FIELD_BANDS as f64)
            .collect();
        let points: Vec<(f64, f64)> = regions.iter().map(|region| region.1).collect();
        Some(Self {
            low,
            high,
            bands: contour_bands(&points, &values, &levels),
            regions,
        })
    }
}
