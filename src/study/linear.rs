//! Linear models of an attribute: on all latent dimensions, and on the best single one.

use serde::Serialize;

use crate::progress::{ProgressFn, par_map};
use crate::statistics::{Line, UnitDeviations, mean, pearson, ridge, spearman};

/// Folds of the comparison with single axes.
const FOLDS: usize = 5;
/// Approximate operations per value of a correlation.
const CORRELATION_COST: usize = 8;

/// A linear model of an attribute, cross-validated over regions.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinearStudy {
    /// Number of samples.
    pub n: usize,
    /// Cross-validated R2 of the model on all dimensions, which is the best single direction.
    pub r2: f64,
    /// Pearson's correlation of the attribute with its held-out prediction.
    pub direction_pearson: Option<f64>,
    /// Spearman's, which a monotonic non-linearity does not lower.
    pub direction_spearman: Option<f64>,
    /// Cross-validated R2 of a line along the best single axis, selected in each fold.
    pub axis_r2: Option<f64>,
    /// Fewest dimensions that hold nine tenths of the direction's squared length.
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
    /// The attribute.
    pub value: f64,
    /// The prediction.
    pub predicted: f64,
}

impl LinearStudy {
    /// Fits `values` on `rows`, whose `groups` are not cut by a fold; `None` if there is nothing to fit. `indices` are those of
    /// the rows in the data.
    ///
    /// # Errors
    /// The error that `progress` stops with.
    pub(super) fn compute<E>(
        rows: &[&[f32]],
        values: &[f64],
        groups: &[u32],
        indices: &[usize],
        progress: &mut ProgressFn<'_, E>,
    ) -> Result<Option<Self>, E> {
        let Some(fit) = ridge(rows, values, groups, progress)? else {
            return Ok(None);
        };
        let held_out: Vec<HeldOutPrediction> = fit
            .held_out
            .iter()
            .map(|(i, predicted)| HeldOutPrediction {
                index: indices[*i],
                value: values[*i],
                predicted: *predicted,
            })
            .collect();
        let (found, predicted): (Vec<f64>, Vec<f64>) =
            held_out.iter().map(|h| (h.value, h.predicted)).unzip();
        let mut squares: Vec<f64> = fit.weights.iter().map(|w| w * w).collect();
        squares.sort_by(|a, b| b.total_cmp(a));
        let whole: f64 = squares.iter().sum();
        let mut so_far = 0.0;
        let dimensions = squares
            .iter()
            .position(|square| {
                so_far += square;
                so_far >= 0.9 * whole
            })
            .map_or(squares.len(), |place| place + 1);
        Ok(Some(Self {
            n: held_out.len(),
            r2: fit.cross_validated_r2,
            direction_pearson: pearson(&found, &predicted),
            direction_spearman: spearman(&found, &predicted),
            axis_r2: axis_r2(rows, values, groups, progress)?,
            dimensions_for_90_percent: dimensions,
            held_out,
        }))
    }
}

/// The columns of a matrix that is stored row by row. Rows are visited in blocks, which stay in the processor's cache.
fn columns(rows: &[&[f32]]) -> Vec<Vec<f32>> {
    const BLOCK: usize = 64;
    let width = rows.first().map_or(0, |row| row.len());
    let mut columns = vec![Vec::with_capacity(rows.len()); width];
    for block in rows.chunks(BLOCK) {
        for (d, column) in columns.iter_mut().enumerate() {
            column.extend(block.iter().map(|row| row[d]));
        }
    }
    columns
}

/// R2 on held-out groups of a line along the axis that correlates most in the other groups.
fn axis_r2<E>(
    rows: &[&[f32]],
    values: &[f64],
    groups: &[u32],
    progress: &mut ProgressFn<'_, E>,
) -> Result<Option<f64>, E> {
    let columns = columns(rows);
    let mut names = groups.to_vec();
    names.dedup();
    names.sort_unstable();
    names.dedup();
    let fold = |k: usize| names.binary_search(&groups[k]).unwrap_or(0) % FOLDS;
    let (mut errors, mut total) = (0.0, 0.0);
    for held_out in 0..FOLDS.min(names.len()) {
        let (test, train): (Vec<usize>, Vec<usize>) =
            (0..rows.len()).partition(|k| fold(*k) == held_out);
        let y: Vec<f64> = train.iter().map(|k| values[*k]).collect();
        let column = |d: usize| -> Vec<f64> {
            let values = &columns[d];
            train.iter().map(|k| f64::from(values[*k])).collect()
        };
        let deviations = UnitDeviations::new(&y);
        let cost = train.len() * CORRELATION_COST;
        let correlations = par_map(columns.len(), cost, &mut |_| progress(1.0), |d| {
            let r = UnitDeviations::new(&column(d))?.pearson(deviations.as_ref()?)?;
            Some((r.abs(), d))
        })?;
        let best = correlations
            .into_iter()
            .flatten()
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let line = best.and_then(|best| Line::fit(&column(best.1), &y).ok());
        let (Some(best), Some(line), Some(centre)) = (best, line, mean(&y)) else {
            return Ok(None);
        };
        for k in test {
            errors += (values[k] - line.value_at(f64::from(rows[k][best.1]))).powi(2);
            total += (values[k] - centre).powi(2);
        }
    }
    Ok((total > 0.0).then(|| 1.0 - errors / total))
}
