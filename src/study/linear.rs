//! How much of an attribute a straight line through the latent space explains: along all dimensions, and along one.

use serde::Serialize;

use crate::statistics::{Line, ProgressFn, mean, pearson, ridge, spearman};

/// Folds of the comparison with single axes.
const FOLDS: usize = 5;

/// A linear model of one attribute, judged on regions that it was not fitted to.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LinearStudy {
    /// Samples that it rests on.
    pub n: usize,
    /// Cross-validated R2 of the model on all dimensions, which is the best single direction.
    pub r2: f64,
    /// Pearson's correlation of the attribute with the place along the direction, held out.
    pub direction_pearson: Option<f64>,
    /// Spearman's, which a bend of the relation does not lower.
    pub direction_spearman: Option<f64>,
    /// Cross-validated R2 of a line along the best single axis, chosen anew in each fold.
    pub axis_r2: Option<f64>,
    /// Fewest dimensions that hold nine tenths of the direction's squared length.
    pub dimensions_for_90_percent: usize,
    /// Samples with what was predicted for them, for the figure.
    #[serde(skip)]
    pub held_out: Vec<HeldOut>,
}

/// A sample and what a model that had not seen its region predicted.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct HeldOut {
    /// Place of the sample in the material.
    pub place: usize,
    /// The attribute.
    pub value: f64,
    /// The prediction.
    pub predicted: f64,
}

impl LinearStudy {
    /// Fits `values` on `rows`, whose `groups` are not cut by a fold; `None` if there is nothing to fit. `places` are those of
    /// the rows in the material.
    ///
    /// # Errors
    /// What `look` stops with.
    pub(super) fn of<E>(
        rows: &[&[f32]],
        values: &[f64],
        groups: &[u32],
        places: &[usize],
        look: &mut ProgressFn<'_, E>,
    ) -> Result<Option<Self>, E> {
        let Some(fit) = ridge(rows, values, groups, look)? else {
            return Ok(None);
        };
        let held_out: Vec<HeldOut> = fit
            .held_out
            .iter()
            .map(|(i, predicted)| HeldOut {
                place: places[*i],
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
            axis_r2: axis_r2(rows, values, groups, look)?,
            dimensions_for_90_percent: dimensions,
            held_out,
        }))
    }
}

/// R2 on held-out groups of the line along the axis that correlates most in the others.
fn axis_r2<E>(
    rows: &[&[f32]],
    values: &[f64],
    groups: &[u32],
    look: &mut ProgressFn<'_, E>,
) -> Result<Option<f64>, E> {
    let width = rows.first().map_or(0, |row| row.len());
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
        let column =
            |d: usize| -> Vec<f64> { train.iter().map(|k| f64::from(rows[*k][d])).collect() };
        let mut correlations = Vec::with_capacity(width);
        for d in 0..width {
            look(1.0)?;
            correlations.extend(pearson(&column(d), &y).map(|r| (r.abs(), d)));
        }
        let best = correlations
            .into_iter()
            .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(&a.1)));
        let line = best.and_then(|best| Line::fit(&column(best.1), &y).ok());
        let (Some(best), Some(line), Some(centre)) = (best, line, mean(&y)) else {
            return Ok(None);
        };
        for k in test {
            errors += (values[k] - line.at(f64::from(rows[k][best.1]))).powi(2);
            total += (values[k] - centre).powi(2);
        }
    }
    Ok((total > 0.0).then(|| 1.0 - errors / total))
}
