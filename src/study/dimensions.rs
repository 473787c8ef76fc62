//! Correlation of the attributes with each latent dimension, over samples and over the means of regions.

use serde::Serialize;

use super::data::StudyData;
use crate::latent::LatentPoint;
use crate::progress::{ProgressFn, par_map, subrange};
use crate::statistics::{
    ChanceLevel, Correlation, Line, UnitDeviations, benjamini_hochberg, holm, ranks,
};

/// Number of samples per partial sum; fixed, so that results do not depend on the number of threads.
const SAMPLES_PER_CHUNK: usize = 1_024;
/// Approximate number of operations to rank one number among thousands.
const RANKING_COST: usize = 128;
/// Approximate number of operations to draw one random number.
const DRAWING_COST: usize = 64;

/// The points that correlations are computed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CorrelationUnit {
    /// Single samples.
    Samples,
    /// Means of regions.
    Regions,
}

/// Correlations of one attribute with every latent dimension.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DimensionCorrelations {
    /// Number of pairs of Pearson's correlation.
    pub n: usize,
    /// Pearson's correlation with each dimension; absent where one of the two is constant.
    pub pearson: Vec<Option<f64>>,
    /// Two-sided p-value of each Pearson correlation, as if the pairs were independent.
    pub pearson_p: Vec<Option<f64>>,
    /// These p-values after Holm's correction over the dimensions.
    pub pearson_p_holm: Vec<Option<f64>>,
    /// These p-values after Benjamini and Hochberg's correction.
    pub pearson_p_bh: Vec<Option<f64>>,
    /// Number of pairs of Spearman's correlation: at most about 20,000, the same number of each region.
    pub spearman_n: usize,
    /// Spearman's correlation with each dimension.
    pub spearman: Vec<Option<f64>>,
    /// Number of dimensions whose Holm-corrected p-value is below 0.05.
    pub significant_holm: usize,
    /// The dimensions with the largest absolute correlation, strongest first.
    pub strongest: Vec<StrongDimension>,
    /// Chance level of the largest of these correlations.
    pub chance: Option<ChanceLevel>,
}

/// A latent dimension that an attribute correlates with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StrongDimension {
    /// Number of the dimension, from 0.
    pub dimension: usize,
    /// Pearson's correlation.
    pub r: f64,
    /// Its p-value.
    pub p: f64,
    /// The p-value after Holm's correction.
    pub p_holm: f64,
    /// The p-value after Benjamini and Hochberg's correction.
    pub p_bh: f64,
    /// Spearman's correlation.
    pub spearman: Option<f64>,
    /// Least-squares line of the attribute on the dimension, over the points that are drawn.
    pub line: Option<Line>,
}

/// Number of strongest dimensions that are reported.
pub(super) const STRONGEST_COUNT: usize = 2;

impl DimensionCorrelations {
    fn new(pearson: Vec<Option<f64>>, n: usize, spearman: (Vec<Option<f64>>, usize)) -> Self {
        let p: Vec<Option<f64>> = pearson
            .iter()
            .map(|r| r.map(|r| Correlation::new(r, n).p))
            .collect();
        let pearson_p_holm = correct_present(&p, holm);
        let pearson_p_bh = correct_present(&p, benjamini_hochberg);
        let mut by_strength: Vec<(f64, usize)> = pearson
            .iter()
            .enumerate()
            .filter_map(|(d, r)| r.map(|r| (r.abs(), d)))
            .collect();
        by_strength.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
        let strongest = by_strength
            .iter()
            .take(STRONGEST_COUNT)
            .filter_map(|(_, d)| {
                Some(StrongDimension {
                    dimension: *d,
                    r: pearson[*d]?,
                    p: p[*d]?,
                    p_holm: pearson_p_holm[*d]?,
                    p_bh: pearson_p_bh[*d]?,
                    spearman: spearman.0.get(*d).copied().flatten(),
                    line: None,
                })
            })
            .collect();
        Self {
            n,
            significant_holm: pearson_p_holm
                .iter()
                .flatten()
                .filter(|p| **p < 0.05)
                .count(),
            pearson,
            pearson_p: p,
            pearson_p_holm,
            pearson_p_bh,
            spearman_n: spearman.1,
            spearman: spearman.0,
            strongest,
            chance: None,
        }
    }

    /// Largest absolute correlation; 0 without any.
    #[must_use]
    pub fn max_abs_r(&self) -> f64 {
        self.strongest.first().map_or(0.0, |first| first.r.abs())
    }
}

/// Corrects the p-values that are present.
pub(super) fn correct_present(
    p: &[Option<f64>],
    correction: fn(&[f64]) -> Vec<f64>,
) -> Vec<Option<f64>> {
    let present: Vec<f64> = p.iter().copied().flatten().collect();
    let mut corrected = correction(&present).into_iter();
    p.iter().map(|p| p.and_then(|_| corrected.next())).collect()
}

/// Correlates each attribute with the latent dimensions over all samples that have attributes. `rows` are the latent points of the
/// samples at `indices`, for the ranks.
///
/// # Errors
/// The error that `progress` stops with.
pub(super) fn correlate_samples<E>(
    data: &StudyData,
    indices: &[usize],
    rows: &[&[f32]],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<DimensionCorrelations>, E> {
    let pearson = pearson_over_samples(data, &mut subrange(progress, (0.0, 0.8)))?;
    let spearman = spearman_over_rows(data, indices, rows, &mut subrange(progress, (0.8, 1.0)))?;
    let pairs = pearson.into_iter().zip(spearman);
    Ok(pairs
        .map(|((r, n), spearman)| DimensionCorrelations::new(r, n, spearman))
        .collect())
}

/// Correlates the mean of each attribute over a region with the coordinates of the region's centre, over the regions.
///
/// # Errors
/// The error that `progress` stops with.
pub(super) fn correlate_regions<E>(
    data: &StudyData,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<DimensionCorrelations>, E> {
    let means: Vec<Vec<Option<f64>>> = (0..data.columns.len())
        .map(|attribute| data.region_means(attribute))
        .collect();
    // A region has the means of all attributes, or of none if all its samples are empty.
    let regions_with_means: Vec<usize> = (0..data.region_centres.len())
        .filter(|region| means.iter().all(|means| means[*region].is_some()))
        .collect();
    let prepared_attributes: Vec<PreparedList> = means
        .iter()
        .map(|means| {
            let values = regions_with_means
                .iter()
                .filter_map(|region| means[*region]);
            PreparedList::new(&values.collect::<Vec<f64>>())
        })
        .collect();
    let cost = regions_with_means.len() * RANKING_COST;
    let by_dimension = par_map(data.latent_size(), cost, progress, |d| {
        let coordinate = |region: &usize| f64::from(data.region_centres[*region].as_slice()[d]);
        let column: Vec<f64> = regions_with_means.iter().map(coordinate).collect();
        let column = PreparedList::new(&column);
        prepared_attributes
            .iter()
            .map(|attribute| column.correlations(attribute))
            .collect::<Vec<_>>()
    })?;
    let count = regions_with_means.len();
    Ok((0..prepared_attributes.len())
        .map(|attribute| {
            let (pearson, spearman) = by_dimension.iter().map(|row| row[attribute]).unzip();
            DimensionCorrelations::new(pearson, count, (spearman, count))
        })
        .collect())
}

/// A list that is prepared once for correlations with many others.
struct PreparedList {
    values: Option<UnitDeviations>,
    ranks: Option<UnitDeviations>,
}

impl PreparedList {
    fn new(values: &[f64]) -> Self {
        Self {
            values: UnitDeviations::new(values),
            ranks: UnitDeviations::new(&ranks(values)),
        }
    }

    /// Pearson's and Spearman's correlation with another list; absent where one of the two is constant.
    fn correlations(&self, other: &Self) -> (Option<f64>, Option<f64>) {
        let correlation = |a: &Option<UnitDeviations>, b: &Option<UnitDeviations>| {
            a.as_ref()?.pearson(b.as_ref()?)
        };
        (
            correlation(&self.values, &other.values),
            correlation(&self.ranks, &other.ranks),
        )
    }
}

/// Sums over a chunk of samples.
struct SampleSums {
    /// For each dimension the sum of the coordinates z.
    z: Vec<f64>,
    /// For each dimension the sum of their squares.
    squares: Vec<f64>,
    /// For each attribute and dimension the sum of products of z and the attribute's deviation from its mean.
    products: Vec<Vec<f64>>,
}

/// An attribute's correlation with each dimension, and the number of samples.
type AttributeCorrelations = (Vec<Option<f64>>, usize);

/// Pearson's correlation of each attribute with each dimension, in one pass over latent points that are not stored.
fn pearson_over_samples<E>(
    data: &StudyData,
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<AttributeCorrelations>, E> {
    let (latent_size, attribute_count) = (data.latent_size(), data.columns.len());
    let means: Vec<f64> = (0..attribute_count)
        .map(|k| crate::statistics::mean(&data.values(k)).unwrap_or_default())
        .collect();
    // Relative to one of the points: a constant dimension then has a spread of exactly 0.
    let origin = data.latent(0);
    let origin = origin
        .as_ref()
        .map(LatentPoint::as_slice)
        .unwrap_or_default();
    let cost = SAMPLES_PER_CHUNK * latent_size * (DRAWING_COST + attribute_count);
    let chunks = par_map(
        data.len().div_ceil(SAMPLES_PER_CHUNK),
        cost,
        progress,
        |chunk| {
            let mut sums = SampleSums {
                z: vec![0.0; latent_size],
                squares: vec![0.0; latent_size],
                products: vec![vec![0.0; latent_size]; attribute_count],
            };
            for index in chunk * SAMPLES_PER_CHUNK..data.len().min((chunk + 1) * SAMPLES_PER_CHUNK)
            {
                let values: Option<Vec<f64>> = data.columns.iter().map(|c| c[index]).collect();
                let (Some(values), Some(point)) = (values, data.latent(index)) else {
                    continue;
                };
                let point: Vec<f64> = point
                    .as_slice()
                    .iter()
                    .zip(origin)
                    .map(|(z, origin)| f64::from(*z) - f64::from(*origin))
                    .collect();
                for (d, z) in point.iter().enumerate() {
                    sums.z[d] += z;
                    sums.squares[d] += z * z;
                }
                for ((products, value), mean) in sums.products.iter_mut().zip(values).zip(&means) {
                    let deviation = value - mean;
                    for (product, z) in products.iter_mut().zip(&point) {
                        *product += z * deviation;
                    }
                }
            }
            sums
        },
    )?;
    let sum_over_chunks = |pick: &dyn Fn(&SampleSums) -> f64| chunks.iter().map(pick).sum::<f64>();
    let correlations = (0..attribute_count)
        .map(|k| {
            let values = data.values(k);
            let n = values.len() as f64;
            let spread: f64 = values.iter().map(|value| (value - means[k]).powi(2)).sum();
            let correlations = (0..latent_size)
                .map(|d| {
                    let sum = sum_over_chunks(&|sums| sums.z[d]);
                    let squared_deviations =
                        sum_over_chunks(&|sums| sums.squares[d]) - sum * sum / n;
                    let co_deviations = sum_over_chunks(&|sums| sums.products[k][d]);
                    let r = co_deviations / (squared_deviations * spread).sqrt();
                    (r.is_finite() && spread > 0.0).then(|| r.clamp(-1.0, 1.0))
                })
                .collect();
            (correlations, values.len())
        })
        .collect();
    Ok(correlations)
}

/// Spearman's correlation of each attribute with each dimension, over the samples at `indices`, whose latent points are `rows`.
fn spearman_over_rows<E>(
    data: &StudyData,
    indices: &[usize],
    rows: &[&[f32]],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<AttributeCorrelations>, E> {
    let rows_with_values: Vec<usize> = (0..rows.len())
        .filter(|k| data.columns.iter().all(|c| c[indices[*k]].is_some()))
        .collect();
    let attribute_ranks: Vec<Option<UnitDeviations>> = data
        .columns
        .iter()
        .map(|column| {
            let values: Vec<f64> = rows_with_values
                .iter()
                .filter_map(|k| column[indices[*k]])
                .collect();
            UnitDeviations::new(&ranks(&values))
        })
        .collect();
    let cost = rows_with_values.len() * RANKING_COST;
    let by_dimension: Vec<Vec<Option<f64>>> = par_map(data.latent_size(), cost, progress, |d| {
        let column: Vec<f64> = rows_with_values
            .iter()
            .map(|k| f64::from(rows[*k][d]))
            .collect();
        let column = UnitDeviations::new(&ranks(&column));
        attribute_ranks
            .iter()
            .map(|ranks| column.as_ref()?.pearson(ranks.as_ref()?))
            .collect()
    })?;
    Ok((0..attribute_ranks.len())
        .map(|k| {
            (
                by_dimension.iter().map(|row| row[k]).collect(),
                rows_with_values.len(),
            )
        })
        .collect())
}
