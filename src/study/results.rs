//! The results of a study, in the form of `study.json`.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::active::ActiveDimensions;
use super::dimensions::{CorrelationUnit, DimensionCorrelations};
use super::groups::GroupComparison;
use super::linear::LinearModel;
use super::map_quality::MapQuality;
use super::settings::StudySettings;
use super::spatial::SpatialAutocorrelation;
use crate::attributes::Attribute;
use crate::sweep::{MelodyCounts, RegionSpread, SweepConfig};

/// The results of a study. Serialised as `study.json`: add fields, but do not rename them.
#[derive(Clone, Debug, Serialize)]
pub struct StudyResults {
    /// `tunescape-study`.
    pub format: &'static str,
    /// Version of the format.
    pub format_version: u32,
    /// Version of the program.
    pub program_version: &'static str,
    /// First digits of the SHA-256 of the weights.
    pub weights_hash: String,
    /// Settings of the study.
    pub settings: StudySettings,
    /// Settings of the sweep; absent if another program made it.
    pub config: Option<SweepConfig>,
    /// Standard deviation of the samples per dimension, resolved from the config.
    pub sigma: Option<f64>,
    /// Number of regions.
    pub regions: usize,
    /// Dimensions of the latent space.
    pub latent_size: usize,
    /// Steps of each melody.
    pub steps: usize,
    /// Counts of the samples.
    pub samples: MelodyCounts,
    /// Counts of the centres.
    pub centres: Option<MelodyCounts>,
    /// Distances of the samples from their own centres and from the nearest other centres.
    pub spread: Option<RegionSpread>,
    /// Active latent dimensions, if they were measured.
    pub active: Option<ActiveDimensions>,
    /// Why `active` could not be measured, as a sentence; `None` if it was, or was not asked for.
    #[serde(
        rename = "active_not_measured",
        skip_serializing_if = "Option::is_none"
    )]
    pub active_error: Option<String>,
    /// Quality of the map.
    pub map: MapQuality,
    /// Correlations between the attributes.
    pub between_attributes: BetweenAttributes,
    /// The attributes, by their ids.
    #[serde(serialize_with = "serialize_by_id")]
    pub attributes: Vec<AttributeResults>,
    /// Findings about the whole sweep, in sentences.
    pub findings: Vec<String>,
}

/// Correlation matrices between the attributes, in the order of `ids`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BetweenAttributes {
    /// The attributes.
    pub ids: Vec<&'static str>,
    /// Number of samples.
    pub n: usize,
    /// Pearson's correlations over samples; absent where one is constant.
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Spearman's correlations over samples; absent where one is constant.
    pub spearman: Vec<Vec<Option<f64>>>,
}

/// The results of one attribute. Values are in attribute units, as in the tables.
#[derive(Clone, Debug, Serialize)]
pub struct AttributeResults {
    /// The attribute's entry in the table; in the file its id.
    #[serde(rename = "id", serialize_with = "serialize_id")]
    pub attribute: &'static Attribute,
    /// Number of samples that have the attribute.
    pub n: usize,
    /// Mean over the samples.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Correlations with the latent dimensions over samples.
    pub over_samples: DimensionCorrelations,
    /// Correlations over the means of regions.
    pub over_regions: DimensionCorrelations,
    /// The linear model; absent if the attribute is constant.
    pub linear: Option<LinearModel>,
    /// Moran's I of the attribute on the map; absent with fewer than three regions, or equal means.
    #[serde(rename = "on_the_map")]
    pub autocorrelation: Option<SpatialAutocorrelation>,
    /// Low, mid and high regions; absent with fewer than three regions.
    pub groups: Option<GroupComparison>,
    /// Findings about the attribute, in sentences.
    pub findings: Vec<String>,
}

impl AttributeResults {
    /// The correlations over samples or over region means.
    #[must_use]
    pub fn correlations(&self, unit: CorrelationUnit) -> &DimensionCorrelations {
        match unit {
            CorrelationUnit::Samples => &self.over_samples,
            CorrelationUnit::Regions => &self.over_regions,
        }
    }
}

fn serialize_id<S: Serializer>(
    attribute: &&'static Attribute,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(attribute.id)
}

fn serialize_by_id<S: Serializer>(
    attributes: &[AttributeResults],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(attributes.len()))?;
    for attribute in attributes {
        map.serialize_entry(attribute.attribute.id, attribute)?;
    }
    map.end()
}
