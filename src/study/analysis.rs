//! Computation of a study: every number of the report.

use super::active::ActiveDimensions;
use super::chance::{region_chance_levels, sample_chance_levels};
use super::data::{LatentSource, StudyData};
use super::dimensions::{
    DimensionCorrelations, STRONGEST_COUNT, correlate_regions, correlate_samples,
};
use super::findings;
use super::groups::{GroupComparison, correct_groups, new_samples, select_regions};
use super::linear::LinearModel;
use super::map_quality::MapQuality;
use super::results::{AttributeResults, BetweenAttributes, StudyResults};
use super::settings::StudySettings;
use super::spatial::SpatialAutocorrelation;
use crate::attributes::STUDY_ATTRIBUTES;
use crate::latent::LatentPoint;
use crate::melody::Melody;
use crate::progress::ProgressFn;
use crate::statistics::{Line, mean, median, pearson, spearman, standard_deviation};
use crate::sweep::{MelodyId, SweepError};

/// Maximum number of samples for ranks and regressions: more hardly change the result and take longer.
const MAX_ROWS: usize = 20_000;
/// Maximum number of samples for ranks and regressions in a quick study.
const QUICK_MAX_ROWS: usize = 2_000;

/// Decodes new samples of a study: takes latent points and their ids, returns their melodies.
pub type DecodeFn<'a> =
    dyn FnMut(&[LatentPoint], &[MelodyId]) -> Result<Vec<Melody>, SweepError> + 'a;

/// Limits of the work of a study.
#[derive(Clone, Copy)]
struct WorkLimits {
    /// Maximum number of samples for ranks and regressions.
    max_rows: usize,
    /// Whether linear models are fitted.
    fits_linear_models: bool,
}

impl StudyResults {
    /// Computes the study of a sweep's data.
    ///
    /// `decode` decodes new samples around the low, mid and high regions; without it the regions' own samples are used.
    /// `active` is the active dimensions, or the reason why they could not be measured. The result depends on data, settings and
    /// model alone, not on the number of threads. Stops soon after `should_continue` returns false.
    ///
    /// # Errors
    /// The errors of `decode`; [`SweepError::Cancelled`] if `should_continue` returned false.
    pub fn compute(
        data: &StudyData,
        settings: &StudySettings,
        active: Result<ActiveDimensions, String>,
        decode: Option<&mut DecodeFn<'_>>,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<Self, SweepError> {
        let limits = WorkLimits {
            max_rows: MAX_ROWS,
            fits_linear_models: true,
        };
        let mut results = Self::compute_within(data, settings, decode, limits, should_continue)?;
        match active {
            Ok(active) => results.active = Some(active),
            Err(reason) => results.active_error = Some(reason),
        }
        findings::write(&mut results);
        Ok(results)
    }

    /// A quicker study, also of an unfinished sweep: on fewer samples, with the regions' own samples as groups, and with
    /// linear models, which take the longest, only if `fits_linear_models`.
    ///
    /// `None` soon after `should_continue` returns false.
    #[must_use]
    pub fn quick(
        data: &StudyData,
        settings: &StudySettings,
        fits_linear_models: bool,
        should_continue: &dyn Fn() -> bool,
    ) -> Option<Self> {
        let limits = WorkLimits {
            max_rows: QUICK_MAX_ROWS,
            fits_linear_models,
        };
        let mut results =
            Self::compute_within(data, settings, None, limits, should_continue).ok()?;
        findings::write(&mut results);
        Some(results)
    }

    /// Computes a study within `limits`, without active dimensions and findings.
    fn compute_within(
        data: &StudyData,
        settings: &StudySettings,
        decode: Option<&mut DecodeFn<'_>>,
        limits: WorkLimits,
        should_continue: &dyn Fn() -> bool,
    ) -> Result<Self, SweepError> {
        let mut progress = |_| {
            if should_continue() {
                Ok(())
            } else {
                Err(SweepError::Cancelled)
            }
        };
        progress(0.0)?;
        let indices = data.even_indices(limits.max_rows);
        let attributes = compute_attributes(
            data,
            settings,
            (&indices, limits.fits_linear_models),
            decode,
            should_continue,
            &mut progress,
        )?;
        let plan = match &data.latents {
            LatentSource::FromPlan(plan) => Some(plan),
            LatentSource::Stored(_) => None,
        };
        Ok(Self {
            format: "tunescape-study",
            format_version: 1,
            program_version: env!("CARGO_PKG_VERSION"),
            weights_hash: data.weights_hash.clone(),
            settings: settings.clone(),
            config: data.config.clone(),
            sigma: plan.map(|plan| plan.sigma),
            regions: data.region_centres.len(),
            latent_size: data.latent_size(),
            steps: data.steps,
            samples: data.counts,
            centres: data.centre_counts,
            spread: plan.map(|plan| plan.spread(&mut progress)).transpose()?,
            active: None,
            active_error: None,
            map: MapQuality::compute(data, &mut progress)?,
            between_attributes: correlate_attributes(data, &indices, &mut progress)?,
            attributes,
            findings: Vec::new(),
        })
    }
}

/// Computes the results of all attributes, without findings. Ranks and regressions use the samples at
/// `indices`; linear models are fitted if `fits_linear_models`.
fn compute_attributes(
    data: &StudyData,
    settings: &StudySettings,
    (indices, fits_linear_models): (&[usize], bool),
    decode: Option<&mut DecodeFn<'_>>,
    should_continue: &dyn Fn() -> bool,
    progress: &mut ProgressFn<'_, SweepError>,
) -> Result<Vec<AttributeResults>, SweepError> {
    let points: Vec<LatentPoint> = indices
        .iter()
        .filter_map(|index| data.latent(*index))
        .collect();
    let rows: Vec<&[f32]> = points.iter().map(LatentPoint::as_slice).collect();
    let centres: Vec<&[f32]> = data
        .region_centres
        .iter()
        .map(LatentPoint::as_slice)
        .collect();
    let mut samples = correlate_samples(data, indices, &rows, progress)?;
    let mut regions = correlate_regions(data, progress)?;
    progress(0.0)?;
    let means: Vec<Vec<Option<f64>>> = (0..STUDY_ATTRIBUTES.len())
        .map(|k| data.region_means(k))
        .collect();
    sample_chance_levels(data, settings, &mut samples, should_continue);
    region_chance_levels(data, settings, &means, &mut regions, should_continue);
    progress(0.0)?;
    let mut groups = compare_groups(data, settings, &means, decode, progress)?;
    correct_groups(&mut groups.iter_mut().flatten().collect::<Vec<_>>());
    let linear = if fits_linear_models {
        linear_studies(data, &rows, indices, progress)?
    } else {
        vec![None; STUDY_ATTRIBUTES.len()]
    };
    let mut attributes = Vec::new();
    let results = samples.into_iter().zip(regions).zip(groups).zip(linear);
    for (k, (((mut over_samples, mut over_regions), groups), linear)) in results.enumerate() {
        progress(0.0)?;
        let column = indices.iter().map(|index| data.columns[k][*index]);
        let column: Vec<Option<f64>> = column.collect();
        add_lines(&mut over_samples, &rows, &column);
        add_lines(&mut over_regions, &centres, &means[k]);
        let (points, permutations) = (&data.map.points, settings.permutations);
        let autocorrelation = SpatialAutocorrelation::compute(
            points,
            &means[k],
            permutations,
            settings.seed,
            progress,
        )?;
        let values = data.values(k);
        attributes.push(AttributeResults {
            attribute: &STUDY_ATTRIBUTES[k],
            n: values.len(),
            mean: mean(&values),
            sd: standard_deviation(&values),
            median: median(&values),
            over_samples,
            over_regions,
            linear,
            autocorrelation,
            groups,
            findings: Vec::new(),
        });
    }
    let autocorrelations = attributes.iter_mut();
    let mut autocorrelations: Vec<&mut SpatialAutocorrelation> = autocorrelations
        .filter_map(|attribute| attribute.autocorrelation.as_mut())
        .collect();
    SpatialAutocorrelation::correct(&mut autocorrelations);
    Ok(attributes)
}

/// The linear models of all attributes, on the samples that are not empty: a sample has all attributes or none.
fn linear_studies(
    data: &StudyData,
    rows: &[&[f32]],
    indices: &[usize],
    progress: &mut ProgressFn<'_, SweepError>,
) -> Result<Vec<Option<LinearModel>>, SweepError> {
    let has_values = |k: &usize| data.columns.iter().all(|c| c[indices[*k]].is_some());
    let rows_with_values: Vec<usize> = (0..rows.len()).filter(has_values).collect();
    let points: Vec<&[f32]> = rows_with_values.iter().map(|k| rows[*k]).collect();
    let indices: Vec<usize> = rows_with_values.iter().map(|k| indices[*k]).collect();
    let regions: Vec<u32> = indices.iter().map(|index| data.regions[*index]).collect();
    let values = |column: &Vec<Option<f64>>| -> Vec<f64> {
        indices.iter().filter_map(|index| column[*index]).collect()
    };
    let targets: Vec<Vec<f64>> = data.columns.iter().map(values).collect();
    let targets: Vec<&[f64]> = targets.iter().map(Vec::as_slice).collect();
    LinearModel::compute(&points, &targets, &regions, &indices, progress)
}

/// Fits the lines of the strongest dimensions, which the figures draw. `rows` are latent points, `column` the attribute of each.
fn add_lines(correlations: &mut DimensionCorrelations, rows: &[&[f32]], column: &[Option<f64>]) {
    for strong in correlations.strongest.iter_mut().take(STRONGEST_COUNT) {
        let (x, y): (Vec<f64>, Vec<f64>) = rows
            .iter()
            .zip(column)
            .filter_map(|(row, value)| Some((f64::from(*row.get(strong.dimension)?), (*value)?)))
            .unzip();
        strong.line = Line::fit(&x, &y).ok();
    }
}

/// Compares the low, mid and high regions of each attribute; `None` for an attribute without enough regions.
fn compare_groups(
    data: &StudyData,
    settings: &StudySettings,
    means: &[Vec<Option<f64>>],
    mut decode: Option<&mut DecodeFn<'_>>,
    progress: &mut ProgressFn<'_, SweepError>,
) -> Result<Vec<Option<GroupComparison>>, SweepError> {
    // Several attributes may select the same region: its new samples are decoded once.
    let mut decoded_regions: Vec<(usize, Vec<Option<Vec<f64>>>)> = Vec::new();
    let mut comparisons = Vec::new();
    for (k, means) in means.iter().enumerate() {
        let Some(selected_regions) = select_regions(means, settings.empty_is_high) else {
            comparisons.push(None);
            continue;
        };
        let mut groups = [(); 3].map(|()| (0, Vec::new(), 0));
        for (group, region) in groups.iter_mut().zip(selected_regions) {
            let values: Vec<Option<f64>> = match &mut decode {
                Some(decode) => {
                    if !decoded_regions
                        .iter()
                        .any(|(decoded, _)| *decoded == region)
                    {
                        let (points, ids) = new_samples(data, settings, region);
                        let melodies = decode(&points, &ids)?;
                        let measured = melodies
                            .iter()
                            .map(|melody| data.attributes.measure(melody))
                            .collect();
                        decoded_regions.push((region, measured));
                    }
                    let rows = decoded_regions
                        .iter()
                        .find(|(decoded, _)| *decoded == region);
                    let rows = rows.map(|(_, rows)| rows.as_slice()).unwrap_or_default();
                    rows.iter()
                        .map(|row| row.as_ref().and_then(|row| row.get(k).copied()))
                        .collect()
                }
                None => data
                    .regions
                    .iter()
                    .zip(&data.columns[k])
                    .filter(|(sample_region, _)| **sample_region as usize == region)
                    .map(|(_, value)| *value)
                    .collect(),
            };
            let empty = values.iter().filter(|value| value.is_none()).count();
            *group = (region, values.into_iter().flatten().collect(), empty);
        }
        comparisons.push(Some(GroupComparison::compute(
            groups,
            means,
            decode.is_some(),
            settings,
            progress,
        )?));
    }
    Ok(comparisons)
}

/// The correlations between the attributes. Ranks use the samples at `indices`.
fn correlate_attributes(
    data: &StudyData,
    indices: &[usize],
    progress: &mut ProgressFn<'_, SweepError>,
) -> Result<BetweenAttributes, SweepError> {
    let all_values: Vec<Vec<f64>> = (0..STUDY_ATTRIBUTES.len())
        .map(|k| data.values(k))
        .collect();
    let rank_values: Vec<Vec<f64>> = data
        .columns
        .iter()
        .map(|column| indices.iter().filter_map(|index| column[*index]).collect())
        .collect();
    let mut matrix = |lists: &[Vec<f64>], correlation: fn(&[f64], &[f64]) -> Option<f64>| {
        let mut rows = Vec::with_capacity(lists.len());
        for a in lists {
            progress(1.0)?;
            rows.push(lists.iter().map(|b| correlation(a, b)).collect());
        }
        Ok::<Vec<Vec<Option<f64>>>, SweepError>(rows)
    };
    Ok(BetweenAttributes {
        ids: STUDY_ATTRIBUTES
            .iter()
            .map(|attribute| attribute.id)
            .collect(),
        n: all_values.first().map_or(0, Vec::len),
        pearson: matrix(&all_values, pearson)?,
        spearman: matrix(&rank_values, spearman)?,
    })
}
