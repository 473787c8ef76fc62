//! The study itself: every number of the report, computed from the material.

use serde::ser::SerializeMap as _;
use serde::{Serialize, Serializer};

use super::active::ActiveDimensions;
use super::chance::{regions_by_chance, samples_by_chance};
use super::data::StudyData;
use super::dimensions::DimensionStudy;
use super::dimensions::{STRONGEST, over_regions, over_samples};
use super::findings;
use super::groups::{GroupStudy, chosen_regions, correct, new_samples};
use super::linear::LinearStudy;
use super::map_quality::MapStudy;
use super::settings::StudySettings;
use super::spatial::SpatialStudy;
use crate::attributes::{ATTRIBUTES, Attribute};
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::statistics::{Line, ProgressFn, mean, median, pearson, spearman, standard_deviation};
use crate::sweep::{Counts, MelodyId, RegionSpread, SweepConfig, SweepError};

/// Most samples that ranks and regressions rest on: more say the same and cost more.
const MOST_ROWS: usize = 20_000;
/// The same where it has to be quick.
const QUICK_ROWS: usize = 2_000;

/// What decodes the new samples of a study: latent points and their ids to melodies.
pub type DecodeNew<'a> =
    dyn FnMut(&[LatentPoint], &[MelodyId]) -> Result<Vec<Melody>, SweepError> + 'a;

/// Everything that a study found. Written to `study.json` as it is: add fields, but do not rename them.
#[derive(Clone, Debug, Serialize)]
pub struct Study {
    /// `tunescape-study`.
    pub format: &'static str,
    /// Version of the format.
    pub format_version: u32,
    /// Version of the program.
    pub program_version: &'static str,
    /// First digits of the SHA-256 of the weights.
    pub weights_hash: String,
    /// What the study was asked for.
    pub settings: StudySettings,
    /// What the sweep was asked for; absent if another program made it.
    pub config: Option<SweepConfig>,
    /// Spread of the samples that the config came to.
    pub sigma: Option<f64>,
    /// Number of regions.
    pub regions: usize,
    /// Dimensions of the latent space.
    pub latent_size: usize,
    /// Steps of each melody.
    pub steps: usize,
    /// The samples, counted.
    pub samples: Counts,
    /// The centres, counted.
    pub centres: Option<Counts>,
    /// How far samples lie from where they belong.
    pub spread: Option<RegionSpread>,
    /// Which latent dimensions the model uses, if it could encode.
    pub active: Option<ActiveDimensions>,
    /// Why that was not measured, if it should have been.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_not_measured: Option<String>,
    /// How far the map can be believed.
    pub map: MapStudy,
    /// Correlations between the attributes.
    pub between_attributes: BetweenAttributes,
    /// The attributes, by their ids.
    #[serde(serialize_with = "by_id")]
    pub attributes: Vec<AttributeStudy>,
    /// What can be said of the sweep as a whole, in sentences.
    pub findings: Vec<String>,
}

/// Correlation matrices between the attributes, in the order of `ids`.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BetweenAttributes {
    /// The attributes.
    pub ids: Vec<&'static str>,
    /// Samples that they rest on.
    pub n: usize,
    /// Pearson's correlations over samples; absent where one is constant.
    pub pearson: Vec<Vec<Option<f64>>>,
    /// Spearman's.
    pub spearman: Vec<Vec<Option<f64>>>,
}

/// Everything about one attribute. Values are in attribute units, as in the tables.
#[derive(Clone, Debug, Serialize)]
pub struct AttributeStudy {
    /// Its id.
    pub id: &'static str,
    /// Samples that have it.
    pub n: usize,
    /// Mean over the samples.
    pub mean: Option<f64>,
    /// Standard deviation.
    pub sd: Option<f64>,
    /// Median.
    pub median: Option<f64>,
    /// Correlations with the latent dimensions over samples.
    pub over_samples: DimensionStudy,
    /// Correlations over the means of regions.
    pub over_regions: DimensionStudy,
    /// The linear model; absent if the attribute is the same in all samples.
    pub linear: Option<LinearStudy>,
    /// Moran's I on the map.
    pub on_the_map: Option<SpatialStudy>,
    /// Low, mid and high regions; absent with fewer than three regions.
    pub groups: Option<GroupStudy>,
    /// What can be said of it, in sentences.
    pub findings: Vec<String>,
}

impl AttributeStudy {
    /// The attribute's entry in the table.
    #[must_use]
    pub fn attribute(&self) -> &'static Attribute {
        crate::attributes::attribute(self.id).unwrap_or(&ATTRIBUTES[0])
    }
}

/// How much work a study is allowed.
#[derive(Clone, Copy)]
struct Budget {
    /// Most samples for ranks and regressions.
    rows: usize,
    /// Whether linear models are fitted.
    linear: bool,
}

impl Study {
    /// Studies the material.
    ///
    /// `decode` makes the melodies of new samples around the low, mid and high regions; without it the regions' own samples
    /// stand in. `active` holds the active dimensions, or why they could not be measured. Depends on material, settings and model alone, not on the number of threads. Looks now and then whether it is
    /// still `wanted`.
    ///
    /// # Errors
    /// What `decode` fails with; [`SweepError::Cancelled`] if it is not wanted any more.
    pub fn of(
        material: &StudyData,
        settings: &StudySettings,
        active: Result<ActiveDimensions, String>,
        decode: Option<&mut DecodeNew<'_>>,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Self, SweepError> {
        let budget = Budget {
            rows: MOST_ROWS,
            linear: true,
        };
        Self::compute(material, settings, (Some(active), decode), budget, wanted)
    }

    /// The same of a sweep that may not be finished: on fewer samples, with the regions' own samples as groups, and without
    /// the linear models, which take the longest, unless they are asked for.
    ///
    /// Looks now and then whether it is still `wanted`; `None` if it is not.
    #[must_use]
    pub fn quick(
        material: &StudyData,
        settings: &StudySettings,
        linear: bool,
        wanted: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let budget = Budget {
            rows: QUICK_ROWS,
            linear,
        };
        Self::compute(material, settings, (None, None), budget, wanted).ok()
    }

    fn compute(
        material: &StudyData,
        settings: &StudySettings,
        (active, decode): (
            Option<Result<ActiveDimensions, String>>,
            Option<&mut DecodeNew<'_>>,
        ),
        budget: Budget,
        wanted: &dyn Fn() -> bool,
    ) -> Result<Self, SweepError> {
        let go_on = || {
            if wanted() {
                Ok(())
            } else {
                Err(SweepError::Cancelled)
            }
        };
        let mut look = |_| go_on();
        go_on()?;
        let places = material.evenly(budget.rows);
        let points: Vec<LatentPoint> = places
            .iter()
            .filter_map(|place| material.latent(*place))
            .collect();
        let rows: Vec<&[f32]> = points.iter().map(LatentPoint::as_slice).collect();
        let mut samples = over_samples(material, &places, &rows, &mut look)?;
        let mut regions = over_regions(material, &mut look)?;
        go_on()?;
        let means: Vec<Vec<Option<f64>>> = (0..ATTRIBUTES.len())
            .map(|k| material.region_means(k))
            .collect();
        samples_by_chance(material, settings, &mut samples, wanted);
        regions_by_chance(material, settings, &means, &mut regions, wanted);
        go_on()?;
        let mut groups = group_studies(material, settings, &means, decode, &mut look)?;
        correct(&mut groups.iter_mut().flatten().collect::<Vec<_>>());
        let mut attributes = Vec::new();
        let parts = samples.into_iter().zip(regions).zip(groups).enumerate();
        for (k, ((mut over_samples, mut over_regions), groups)) in parts {
            go_on()?;
            let column: Vec<Option<f64>> = places
                .iter()
                .map(|place| material.columns[k][*place])
                .collect();
            add_lines(&mut over_samples, &rows, &column);
            let centres: Vec<&[f32]> = material
                .centroids
                .iter()
                .map(LatentPoint::as_slice)
                .collect();
            add_lines(&mut over_regions, &centres, &means[k]);
            let there: Vec<usize> = (0..rows.len()).filter(|i| column[*i].is_some()).collect();
            let fitted: Vec<&[f32]> = there.iter().map(|i| rows[*i]).collect();
            let values: Vec<f64> = column.iter().copied().flatten().collect();
            let at: Vec<usize> = there.iter().map(|i| places[*i]).collect();
            let labels: Vec<u32> = at.iter().map(|place| material.regions[*place]).collect();
            let all = material.values(k);
            let linear = if budget.linear {
                LinearStudy::of(&fitted, &values, &labels, &at, &mut look)?
            } else {
                None
            };
            attributes.push(AttributeStudy {
                id: ATTRIBUTES[k].id,
                n: all.len(),
                mean: mean(&all),
                sd: standard_deviation(&all),
                median: median(&all),
                over_samples,
                over_regions,
                linear,
                on_the_map: SpatialStudy::of(
                    &material.map.points,
                    &means[k],
                    settings.permutations,
                    settings.seed,
                    &mut look,
                )?,
                groups,
                findings: Vec::new(),
            });
        }
        let mut on_maps: Vec<&mut SpatialStudy> = attributes
            .iter_mut()
            .filter_map(|attribute| attribute.on_the_map.as_mut())
            .collect();
        SpatialStudy::correct(&mut on_maps);
        let drawn = match &material.latents {
            super::Latents::Drawn(plan) => Some(plan),
            super::Latents::Given(_) => None,
        };
        let (active, active_not_measured) = match active {
            Some(Ok(active)) => (Some(active), None),
            Some(Err(reason)) => (None, Some(reason)),
            None => (None, None),
        };
        let mut study = Self {
            format: "tunescape-study",
            format_version: 1,
            program_version: env!("CARGO_PKG_VERSION"),
            weights_hash: material.weights_hash.clone(),
            settings: settings.clone(),
            config: material.config.clone(),
            sigma: drawn.map(|plan| plan.sigma),
            regions: material.centroids.len(),
            latent_size: material.latent_size(),
            steps: material.steps,
            samples: material.counts,
            centres: material.centre_counts,
            spread: drawn.map(|plan| plan.spread(&mut look)).transpose()?,
            active,
            active_not_measured,
            map: MapStudy::of(material, &mut look)?,
            between_attributes: between(material, &places, &mut look)?,
            attributes,
            findings: Vec::new(),
        };
        findings::write(&mut study);
        Ok(study)
    }
}

/// Fits the lines that the figures draw through the strongest dimensions.
fn add_lines(study: &mut DimensionStudy, rows: &[&[f32]], column: &[Option<f64>]) {
    for strong in study.strongest.iter_mut().take(STRONGEST) {
        let (x, y): (Vec<f64>, Vec<f64>) = rows
            .iter()
            .zip(column)
            .filter_map(|(row, value)| Some((f64::from(*row.get(strong.dimension)?), (*value)?)))
            .unzip();
        strong.line = Line::fit(&x, &y).ok();
    }
}

fn group_studies(
    material: &StudyData,
    settings: &StudySettings,
    means: &[Vec<Option<f64>>],
    mut decode: Option<&mut DecodeNew<'_>>,
    look: &mut ProgressFn<'_, SweepError>,
) -> Result<Vec<Option<GroupStudy>>, SweepError> {
    // Several attributes may choose one region: its new samples are decoded once.
    let mut known: Vec<(usize, Vec<Option<Vec<f64>>>)> = Vec::new();
    let mut studies = Vec::new();
    for (k, means) in means.iter().enumerate() {
        let Some(chosen) = chosen_regions(means, settings.empty_is_high) else {
            studies.push(None);
            continue;
        };
        let mut groups = [(); 3].map(|()| (0, Vec::new(), 0));
        for (group, region) in groups.iter_mut().zip(chosen) {
            let values: Vec<Option<f64>> = match &mut decode {
                Some(decode) => {
                    if !known.iter().any(|(known, _)| *known == region) {
                        let (points, ids) = new_samples(material, settings, region);
                        let melodies = decode(&points, &ids)?;
                        let measured = melodies
                            .iter()
                            .map(|melody| material.attributes.measure(melody))
                            .collect();
                        known.push((region, measured));
                    }
                    let rows = known.iter().find(|(known, _)| *known == region);
                    let rows = rows.map(|(_, rows)| rows.as_slice()).unwrap_or_default();
                    rows.iter()
                        .map(|row| row.as_ref().and_then(|row| row.get(k).copied()))
                        .collect()
                }
                None => material
                    .regions
                    .iter()
                    .zip(&material.columns[k])
                    .filter(|(of, _)| **of as usize == region)
                    .map(|(_, value)| *value)
                    .collect(),
            };
            let empty = values.iter().filter(|value| value.is_none()).count();
            *group = (region, values.into_iter().flatten().collect(), empty);
        }
        studies.push(Some(GroupStudy::of(
            groups,
            means,
            decode.is_some(),
            settings,
            look,
        )?));
    }
    Ok(studies)
}

fn between(
    material: &StudyData,
    places: &[usize],
    look: &mut ProgressFn<'_, SweepError>,
) -> Result<BetweenAttributes, SweepError> {
    let all: Vec<Vec<f64>> = (0..ATTRIBUTES.len()).map(|k| material.values(k)).collect();
    let some: Vec<Vec<f64>> = material
        .columns
        .iter()
        .map(|column| places.iter().filter_map(|place| column[*place]).collect())
        .collect();
    let mut matrix = |lists: &[Vec<f64>], r: fn(&[f64], &[f64]) -> Option<f64>| {
        let mut rows = Vec::with_capacity(lists.len());
        for a in lists {
            look(1.0)?;
            rows.push(lists.iter().map(|b| r(a, b)).collect());
        }
        Ok::<Vec<Vec<Option<f64>>>, SweepError>(rows)
    };
    Ok(BetweenAttributes {
        ids: ATTRIBUTES.iter().map(|attribute| attribute.id).collect(),
        n: all.first().map_or(0, Vec::len),
        pearson: matrix(&all, pearson)?,
        spearman: matrix(&some, spearman)?,
    })
}

fn by_id<S: Serializer>(attributes: &[AttributeStudy], to: S) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(attributes.len()))?;
    for attribute in attributes {
        map.serialize_entry(attribute.id, attribute)?;
    }
    map.end()
}
