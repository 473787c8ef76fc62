//! An attribute over the map of the regions, as filled bands between its lowest and highest mean.

use super::contours::bands;
use crate::attributes::ATTRIBUTES;
use crate::study::data::StudyData;

/// Bands of colour.
pub const FIELD_BANDS: usize = 12;
/// Regions that are drawn at most: more become a blot. They are the first ones, which are as random as any.
pub const MOST_DRAWN: usize = 1_000;

/// A closed, convex shape on the map.
pub type Shape = Vec<(f64, f64)>;

/// The means of an attribute on the map, straight between neighbouring regions (Delaunay), cut into bands of equal height.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// The lowest mean, as attributes are shown.
    pub low: f64,
    /// The highest.
    pub high: f64,
    /// The regions that have a mean: number, place on the map, mean as it is shown.
    pub regions: Vec<(u32, (f64, f64), f64)>,
    /// For each of the [`FIELD_BANDS`] from low to high the shapes that it fills.
    pub bands: Vec<Vec<Shape>>,
}

impl Field {
    /// The field of an attribute, by its place in the table; `None` with fewer than three regions that have a mean, or equal
    /// means.
    #[must_use]
    pub fn of(material: &StudyData, index: usize) -> Option<Self> {
        let scale = ATTRIBUTES.get(index)?.display_scale;
        let regions: Vec<(u32, (f64, f64), f64)> = (0..)
            .zip(&material.map.points)
            .zip(material.region_means(index))
            .take(MOST_DRAWN)
            .filter_map(|((region, point), mean)| {
                Some((region, (point[0], point[1]), scale(mean?)))
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
            bands: bands(&points, &values, &levels),
            regions,
        })
    }
}
