//! Other coordinates for the latent space of a model: a linear map that leaves every reconstruction as it was.

use nalgebra::{DMatrix, DVector};

use super::gradient::Layout;
use crate::model::Posterior;

/// Most melodies whose posteriors a map is made from; more would say hardly more.
pub(super) const MOST_ENCODED: usize = 8_000;
/// Halvings in the search for a bias.
const BISECTION_STEPS: usize = 50;
/// How far the biases of the standard deviations may move, up or down.
const FARTHEST: f64 = 20.0;

/// New coordinates w of a latent point z, points being rows: `z = mean + w * root`.
pub(super) struct LatentMap {
    /// `[1, latent]`.
    pub mean: DMatrix<f64>,
    /// `[latent, latent]`.
    pub root: DMatrix<f64>,
    /// The inverse of `root`.
    pub inverse: DMatrix<f64>,
}

impl LatentMap {
    /// Takes the map into the encoder's last and the decoder's first layer of the model `weights` (of this layout).
    ///
    /// Means are mapped exactly. The model's standard deviations are one per dimension, and a turned ellipsoid is not:
    /// their biases are moved so that the logarithm of each is right on average over `posteriors`, a sample.
    pub fn apply(&self, layout: &Layout, weights: &mut [f32], posteriors: &[Posterior]) {
        let Self {
            mean,
            root,
            inverse,
        } = self;
        let size = layout.mu.outputs;

        // Encoder: w = (z - mean) * inverse.
        let mu = &layout.mu;
        let kernel = matrix(&weights[mu.kernel.clone()], mu.inputs, size) * inverse;
        put(&mut weights[mu.kernel.clone()], &kernel);
        let bias = matrix(&weights[mu.bias.clone()], 1, size) - mean;
        put(&mut weights[mu.bias.clone()], &(bias * inverse));
        let shifts = shifts(posteriors, inverse);
        for (bias, shift) in weights[layout.sigma.bias.clone()].iter_mut().zip(shifts) {
            *bias += shift as f32;
        }

        // Decoder: what reads z = mean + w * root. The first layer reads tokens too, in the rows before.
        let states = &layout.initial_state;
        let first = &layout.decoder[0];
        let tokens = first.inputs - size;
        let columns = 4 * first.units;
        let start = first.input_kernel.start + tokens * columns;
        for (kernel, bias, columns) in [
            (states.kernel.clone(), states.bias.clone(), states.outputs),
            (start..first.input_kernel.end, first.bias.clone(), columns),
        ] {
            let old = matrix(&weights[kernel.clone()], size, columns);
            put(&mut weights[kernel], &(root * &old));
            let moved = matrix(&weights[bias.clone()], 1, columns) + mean * old;
            put(&mut weights[bias], &moved);
        }
    }
}

/// What to add to the biases under the softplus, so that the mean logarithm of each standard deviation is that of the
/// mapped posteriors.
fn shifts(posteriors: &[Posterior], inverse: &DMatrix<f64>) -> Vec<f64> {
    let squares = inverse.map(|v| v * v);
    let size = inverse.ncols();
    let mut wanted = vec![0.0; size];
    for posterior in posteriors {
        let variances = posterior.sigma.iter().map(|s| f64::from(*s).powi(2));
        let mapped = DVector::from_iterator(size, variances).transpose() * &squares;
        for (sum, variance) in wanted.iter_mut().zip(mapped.iter()) {
            *sum += 0.5 * variance.max(f64::MIN_POSITIVE).ln();
        }
    }
    (0..size)
        .map(|k| {
            // What the softplus was taken of; its inverse is ln(e^s - 1).
            let below: Vec<f64> = posteriors
                .iter()
                .map(|posterior| {
                    f64::from(posterior.sigma[k])
                        .exp_m1()
                        .max(f64::MIN_POSITIVE)
                        .ln()
                })
                .collect();
            let sum_at = |shift: f64| -> f64 {
                let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
                below
                    .iter()
                    .map(|x| softplus(x + shift).max(f64::MIN_POSITIVE).ln())
                    .sum()
            };
            let (mut low, mut high) = (-FARTHEST, FARTHEST);
            for _ in 0..BISECTION_STEPS {
                let middle = f64::midpoint(low, high);
                if sum_at(middle) < wanted[k] {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            f64::midpoint(low, high)
        })
        .collect()
}

fn matrix(values: &[f32], rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_row_iterator(rows, columns, values.iter().map(|v| f64::from(*v)))
}

/// Row by row.
fn put(values: &mut [f32], matrix: &DMatrix<f64>) {
    let entries = matrix.row_iter();
    let entries = entries.flat_map(|row| row.iter().copied().collect::<Vec<f64>>());
    for (value, entry) in values.iter_mut().zip(entries) {
        *value = entry as f32;
    }
}
