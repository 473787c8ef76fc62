//! Affine transforms of a model's latent space that leave every reconstruction unchanged.

use nalgebra::{DMatrix, DVector};

use super::gradient::WeightLayout;
use crate::model::Posterior;

/// Maximum number of melodies whose posteriors a transform is fitted to; more would hardly change it.
pub(super) const MAX_ENCODED: usize = 8_000;
/// Steps of the bisection for a bias.
const BISECTION_STEPS: usize = 50;
/// Largest shift of the biases of the standard deviations, up or down.
const MAX_SHIFT: f64 = 20.0;

/// New coordinates w of a latent point z, points being rows: `z = mean + w * matrix`.
pub(super) struct LatentTransform {
    /// `[1, latent]`.
    pub mean: DMatrix<f64>,
    /// `[latent, latent]`.
    pub matrix: DMatrix<f64>,
    /// The inverse of `matrix`.
    pub inverse: DMatrix<f64>,
}

impl LatentTransform {
    /// Folds the transform into the encoder's last and the decoder's first layers of the model `weights` (of this layout).
    ///
    /// Means are transformed exactly. The model has one standard deviation per dimension, which cannot express the transformed
    /// covariance, so their biases are shifted until the logarithm of each is right on average over `posteriors`, a sample.
    pub fn apply(&self, layout: &WeightLayout, weights: &mut [f32], posteriors: &[Posterior]) {
        let Self {
            mean,
            matrix,
            inverse,
        } = self;
        let size = layout.mu.outputs;

        // Encoder: w = (z - mean) * inverse.
        let mu = &layout.mu;
        let kernel = read_matrix(&weights[mu.kernel.clone()], mu.inputs, size) * inverse;
        write_rows(&mut weights[mu.kernel.clone()], &kernel);
        let bias = read_matrix(&weights[mu.bias.clone()], 1, size) - mean;
        write_rows(&mut weights[mu.bias.clone()], &(bias * inverse));
        let shifts = shifts(posteriors, inverse);
        for (bias, shift) in weights[layout.sigma.bias.clone()].iter_mut().zip(shifts) {
            *bias += shift as f32;
        }

        // Decoder: the layers that read z = mean + w * matrix. The first layer's kernel rows of the tokens come before.
        let states = &layout.initial_state;
        let first = &layout.decoder[0].input;
        let columns = first.outputs;
        let start = first.kernel.end - size * columns;
        for (kernel, bias, columns) in [
            (states.kernel.clone(), states.bias.clone(), states.outputs),
            (start..first.kernel.end, first.bias.clone(), columns),
        ] {
            let old = read_matrix(&weights[kernel.clone()], size, columns);
            write_rows(&mut weights[kernel], &(matrix * &old));
            let moved = read_matrix(&weights[bias.clone()], 1, columns) + mean * old;
            write_rows(&mut weights[bias], &moved);
        }
    }
}

/// Shifts of the biases before the softplus, by which the mean logarithm of each standard deviation becomes that of
/// the transformed posteriors.
fn shifts(posteriors: &[Posterior], inverse: &DMatrix<f64>) -> Vec<f64> {
    let squares = inverse.map(|v| v * v);
    let size = inverse.ncols();
    let mut wanted = vec![0.0; size];
    for posterior in posteriors {
        let variances = posterior.sigma.iter().map(|s| f64::from(*s).powi(2));
        let transformed = DVector::from_iterator(size, variances).transpose() * &squares;
        for (sum, variance) in wanted.iter_mut().zip(transformed.iter()) {
            *sum += 0.5 * variance.max(f64::MIN_POSITIVE).ln();
        }
    }
    (0..size)
        .map(|k| {
            // The softplus's inputs; its inverse is ln(e^s - 1).
            let inputs: Vec<f64> = posteriors
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
                inputs
                    .iter()
                    .map(|x| softplus(x + shift).max(f64::MIN_POSITIVE).ln())
                    .sum()
            };
            let (mut low, mut high) = (-MAX_SHIFT, MAX_SHIFT);
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

fn read_matrix(values: &[f32], rows: usize, columns: usize) -> DMatrix<f64> {
    DMatrix::from_row_iterator(rows, columns, values.iter().map(|v| f64::from(*v)))
}

/// Writes a matrix row by row.
fn write_rows(values: &mut [f32], matrix: &DMatrix<f64>) {
    let entries = matrix.row_iter();
    let entries = entries.flat_map(|row| row.iter().copied().collect::<Vec<f64>>());
    for (value, entry) in values.iter_mut().zip(entries) {
        *value = entry as f32;
    }
}
