//! Linear models of an attribute: on all latent dimensions, and on the best single dimension.

use serde::Serialize;

use crate::progress::{ProgressFn, par_map};
use crate::statistics::{Line, Ridge, UnitDeviations, mean, pearson, ridge_of_each, spearman};

/// Number of folds of the cross-validation of single axes.
const FOLDS: usize = 5;
/// Approximate number of operations per value of a correlation.
const CORRELATION_COST: usize = 8;

/// A linear model of an attribute, cross-validated over regions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinearModel {
    /// Number of samples.
    pub n: usize,
    /// Cross-validated R2 of the model on all dimensions, which is the best single direction.
    pub r2: f64,
    /// Pearson's correlation of the attribute with its held-out prediction.
    pub direction_pearson: Option<f64>,
    /// Spearman's correlation of the same, which a monotonic non-linearity does not lower.
    pub direction_spearman: Option<f64>,
    /// Cross-validated R2 of a line along the best single axis, selected in each fold.
    pub axis_r2: Option<f64>,
    /// Smallest number of dimensions with nine tenths of the direction's squared length.
    pub dimensions_for_90_percent: usize,
    /// Samples with their held-out predictions, for the figure.
    #[serde(skip)]
    pub held_out: Vec<HeldOutPrediction>,
}

/// A sample and the prediction of a model that was not fitted to its region.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOutPrediction {
    /// Index of the sample in the data.
    pub index: usize,
    /// The value of the attribute.
    pub value: f64,
    /// The prediction.
    pub predicted: f64,
}

impl LinearModel {
    /// Fits each list of `targets` on `rows`. Each fold has whole `groups` of rows. `indices` are the indices of the rows in the data.
    /// `None` where there is nothing to fit.
    ///
    /// # Errors
    /// The error that `progress` stops with.
    pub(super) fn compute<E>(
        rows: &[&[f32]],
        targets: &[&[f64]],
        groups: &[u32],
        indices: &[usize],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Vec<Option<Self>>, E> {
        let fits = ridge_of_each(rows, targets, groups, progress)?;
        let axis_r2 = axis_r2_of_each(rows, targets, groups, progress)?;
        let results = fits.into_iter().zip(targets).zip(axis_r2);
        Ok(results
            .map(|((fit, values), axis_r2)| Some(Self::new(&fit?, values, indices, axis_r2)))
            .collect())
    }

    fn new(fit: &Ridge, values: &[f64], indices: &[usize], axis_r2: Option<f64>) -> Self {
        let held_out: Vec<HeldOutPrediction> = fit
            .held_out
            .iter()
            .map(|(i, predicted)| HeldOutPrediction {
                index: indices[*i],
                value: values[*i],
                predicted: *predicted,
            })
            .collect();
        let (measured, predicted): (Vec<f64>, Vec<f64>) =
            held_out.iter().map(|h| (h.value, h.predicted)).unzip();
        let mut squares: Vec<f64> = fit.weights.iter().map(|w| w * w).collect();
        squares.sort_by(|a, b| b.total_cmp(a));
        let total: f64 = squares.iter().sum();
        let mut cumulative = 0.0;
        let dimensions_for_90_percent = squares
            .iter()
            .position(|square| {
                cumulative += square;
                cumulative >= 0.9 * total
            })
            .map_or(squares.len(), |index| index + 1);
        Self {
            n: held_out.len(),
            r2: fit.cross_validated_r2,
            direction_pearson: pearson(&measured, &predicted),
            direction_spearman: spearman(&measured, &predicted),
            axis_r2,
            dimensions_for_90_percent,
            held_out,
        }
    }
}

/// The columns of a matrix that is stored row by row. Rows are visited in blocks, which stay in the processor's cache.
fn columns(rows: &[&[f32]]) -> Vec<Vec<f32>> {
    const ROWS_PER_BLOCK: usize = 64;
    let column_count = rows.first().map_or(0, |row| row.len());
    let mut columns = vec![Vec::with_capacity(rows.len()); column_count];
    for block in rows.chunks(ROWS_PER_BLOCK) {
        for (d, column) in columns.iter_mut().enumerate() {
            column.extend(block.iter().map(|row| row[d]));
        }
    }
    columns
}

/// For each target, R2 on held-out groups of a line along the axis that correlates most in the other groups.
fn axis_r2_of_each<E>(
    rows: &[&[f32]],
    targets: &[&[f64]],
    groups: &[u32],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Vec<Option<f64>>, E> {
    let columns = columns(rows);
    let mut group_ids = groups.to_vec();
    group_ids.dedup();
    group_ids.sort_unstable();
    group_ids.dedup();
    let fold = |k: usize| group_ids.binary_search(&groups[k]).unwrap_or(0) % FOLDS;
    // Squared errors of the lines and of the training groups' mean; `None` once a fold has no line.
    let mut errors_and_totals = vec![Some((0.0, 0.0)); targets.len()];
    for held_out in 0..FOLDS.min(group_ids.len()) {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|k| fold(*k) == held_out);
        let column = |d: usize| -> Vec<f64> {
            let values = &columns[d];
            train.iter().map(|k| f64::from(values[*k])).collect()
        };
        let training_values = |values: &&[f64]| train.iter().map(|k| values[*k]).collect();
        let training_targets: Vec<Vec<f64>> = targets.iter().map(training_values).collect();
        let deviations: Vec<Option<UnitDeviations>> = training_targets
            .iter()
            .map(|y| UnitDeviations::new(y))
            .collect();
        let cost = train.len() * CORRELATION_COST * targets.len();
        let correlations = par_map(columns.len(), cost, &mut |_| progress(1.0), |d| {
            let column = UnitDeviations::new(&column(d));
            let with_target = |y: &Option<UnitDeviations>| column.as_ref()?.pearson(y.as_ref()?);
            deviations.iter().map(with_target).collect::<Vec<_>>()
        })?;
        for (target, sums) in errors_and_totals.iter_mut().enumerate() {
            let by_strength = correlations
                .iter()
                .enumerate()
                .filter_map(|(d, row)| Some((row[target]?.abs(), d)));
            let best = by_strength.max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
            let y = &training_targets[target];
            let line = best.and_then(|best| Line::fit(&column(best.1), y).ok());
            let (Some(best), Some(line), Some(mean_y), Some((errors, total))) =
                (best, line, mean(y), sums.as_mut())
            else {
                *sums = None;
                continue;
            };
            for k in &test {
                let (x, y) = (f64::from(rows[*k][best.1]), targets[target][*k]);
                *errors += (y - line.value_at(x)).powi(2);
                *total += (y - mean_y).powi(2);
            }
        }
    }
    let r2 = |(errors, total): (f64, f64)| (total > 0.0).then(|| 1.0 - errors / total);
    Ok(errors_and_totals
        .into_iter()
        .map(|sums| sums.and_then(r2))
        .collect())
}
