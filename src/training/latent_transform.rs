//! Affine transforms of a model's latent space that leave every reconstruction unchanged.

use nalgebra::{DMatrix, DVector};

use super::gradient::WeightLayout;
use crate::model::Posterior;

/// Maximum number of melodies to whose posteriors a transform is fitted; more would hardly change it.
pub(super) const MAX_FIT_MELODIES: usize = 8_000;
/// Number of bisection steps for a bias.
const BISECTION_STEPS: usize = 50;
/// Maximum shift of a bias of the standard deviations, up or down.
const MAX_BIAS_SHIFT: f64 = 20.0;

/// An affine transform from a latent point z to new coordinates w, both row vectors: `z = mean + w * matrix`.
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
    /// covariance, so their biases are shifted until the logarithm of each is right on average over `posteriors`.
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
        let shifts = sigma_bias_shifts(posteriors, inverse);
        for (bias, shift) in weights[layout.sigma.bias.clone()].iter_mut().zip(shifts) {
            *bias += shift as f32;
        }

        // Decoder: the layers that read z = mean + w * matrix. In the first layer's kernel the rows of the tokens come first.
        let initial_state = &layout.initial_state;
        let first_layer = &layout.decoder[0].input;
        let columns = first_layer.outputs;
        let start = first_layer.kernel.end - size * columns;
        for (kernel, bias, columns) in [
            (
                initial_state.kernel.clone(),
                initial_state.bias.clone(),
                initial_state.outputs,
            ),
            (
                start..first_layer.kernel.end,
                first_layer.bias.clone(),
                columns,
            ),
        ] {
            let old_kernel = read_matrix(&weights[kernel.clone()], size, columns);
            write_rows(&mut weights[kernel], &(matrix * &old_kernel));
            let new_bias = read_matrix(&weights[bias.clone()], 1, columns) + mean * old_kernel;
            write_rows(&mut weights[bias], &new_bias);
        }
    }
}

/// Shifts of the biases before the softplus, with which the mean logarithm of each standard deviation is that of the
/// transformed posteriors.
fn sigma_bias_shifts(posteriors: &[Posterior], inverse: &DMatrix<f64>) -> Vec<f64> {
    let squared_inverse = inverse.map(|v| v * v);
    let size = inverse.ncols();
    let mut target_sums = vec![0.0; size];
    for posterior in posteriors {
        let variances = posterior.sigma.iter().map(|s| f64::from(*s).powi(2));
        let transformed = DVector::from_iterator(size, variances).transpose() * &squared_inverse;
        for (sum, variance) in target_sums.iter_mut().zip(transformed.iter()) {
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
            let log_sigma_sum = |shift: f64| -> f64 {
                let softplus = |x: f64| x.max(0.0) + (-x.abs()).exp().ln_1p();
                inputs
                    .iter()
                    .map(|x| softplus(x + shift).max(f64::MIN_POSITIVE).ln())
                    .sum()
            };
            let (mut low, mut high) = (-MAX_BIAS_SHIFT, MAX_BIAS_SHIFT);
            for _ in 0..BISECTION_STEPS {
                let middle = f64::midpoint(low, high);
                if log_sigma_sum(middle) < target_sums[k] {
                    low = middle;
                } else {
                    high = middle;
                }
            }
            f64::midpoint(low, high)
        })
        .collect()
}

/// Reads a row-major matrix.
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
