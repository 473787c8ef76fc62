//! The layers of two models that write and read latent points, mixed in a common latent space.
//!
//! At the end of its training each model's latent space is transformed: it is whitened and fitted to the prior. The encoder's and
//! the decoder's layers change by opposite transforms, and no reconstruction changes. In the plain mean of two models with
//! different transforms the encoder's layer no longer fits the decoder's. So the second model is transformed back into the latent
//! space of the first, the layers are mixed there, and the mix gets the corresponding part of the transform.
//!
//! Files do not store their transforms. The transform `z = shift + w * matrix`, from a point `w` of the second model to the point
//! `z` of the first that decodes alike, is the least-squares solution between the decoder's layers that read latent points.

use nalgebra::DMatrix;

use super::config::{FLAT_DECODER, MU, MusicVaeConfig, decoder_name, initial_state_name};
use super::error::CheckpointError;
use super::parameters::{CpuTensor, Parameters};

/// Weight of the identity in the least-squares problem, relative to the mean squared norm of a row of the first model's kernel:
/// dimensions that the decoder hardly reads stay as they are.
const RIDGE: f64 = 1e-6;

/// Replaces the layers of `mixed`, the plain mean of two flat models of these sizes, that write and read latent points by those
/// that are mixed in a common latent space. A hierarchical model stays as it is, and so do models between whose latent spaces no
/// invertible transform is found.
///
/// # Errors
/// [`CheckpointError::MissingTensor`].
pub(super) fn align_latent_layers(
    config: &MusicVaeConfig,
    [first, second]: [&Parameters; 2],
    fraction: f64,
    mixed: &mut Parameters,
) -> Result<(), CheckpointError> {
    if config.hierarchy.is_some() {
        return Ok(());
    }
    let first = LatentLayers::from_parameters(config, first)?;
    let second = LatentLayers::from_parameters(config, second)?;
    match first.mix(&second, fraction) {
        Some(layers) => layers.write(config, mixed),
        None => Ok(()),
    }
}

/// The layers that write and read latent points, row-vector convention: a layer's output is `input * kernel + bias`.
struct LatentLayers {
    /// `[inputs, latent]`: the encoder's layer that writes the posterior's mean.
    mu_kernel: DMatrix<f64>,
    /// `[1, latent]`.
    mu_bias: DMatrix<f64>,
    /// `[latent, outputs]`: the rows of the decoder's kernels that read a latent point, side by side.
    read_kernel: DMatrix<f64>,
    /// `[1, outputs]`.
    read_bias: DMatrix<f64>,
}

/// Names of the decoder's two layers that read a latent point.
fn reading_layers() -> [String; 2] {
    let first_layer = decoder_name(FLAT_DECODER, 0, "");
    [
        initial_state_name(FLAT_DECODER),
        first_layer.trim_end_matches('/').to_owned(),
    ]
}

/// First row of the latent point in the kernel of each of [`reading_layers`]: a decoder's layer reads the token first.
fn first_rows(config: &MusicVaeConfig) -> [usize; 2] {
    [0, config.vocab_size]
}

impl LatentLayers {
    fn from_parameters(
        config: &MusicVaeConfig,
        parameters: &Parameters,
    ) -> Result<Self, CheckpointError> {
        let latent = config.latent_size;
        let matrix = |name: &str| -> Result<DMatrix<f64>, CheckpointError> {
            let tensor = parameters.require(name)?;
            let columns = tensor.shape.last().copied().unwrap_or(1).max(1);
            let values = tensor.values.iter().map(|value| f64::from(*value));
            let rows = tensor.values.len() / columns;
            Ok(DMatrix::from_row_iterator(rows, columns, values))
        };
        let (mut kernels, mut biases) = (Vec::new(), Vec::new());
        for (layer, first_row) in reading_layers().iter().zip(first_rows(config)) {
            let kernel = matrix(&format!("{layer}/kernel"))?;
            kernels.push(kernel.rows(first_row, latent).into_owned());
            biases.push(matrix(&format!("{layer}/bias"))?);
        }
        Ok(Self {
            mu_kernel: matrix(&format!("{MU}/kernel"))?,
            mu_bias: matrix(&format!("{MU}/bias"))?,
            read_kernel: side_by_side(&kernels),
            read_bias: side_by_side(&biases),
        })
    }

    /// The mix of both models' layers; `None` if no invertible transform is found.
    fn mix(&self, second: &Self, fraction: f64) -> Option<Self> {
        let (shift, matrix) = self.transform_from(second)?;
        let mean = |a: &DMatrix<f64>, b: &DMatrix<f64>| a * (1.0 - fraction) + b * fraction;
        // The second model in the latent space of the first: z = shift + w * matrix.
        let read_kernel = matrix.clone().lu().solve(&second.read_kernel)?;
        let read_bias = &second.read_bias - &shift * &read_kernel;
        let mu_kernel = &second.mu_kernel * &matrix;
        let mu_bias = &second.mu_bias * &matrix + &shift;
        let mixed = Self {
            mu_kernel: mean(&self.mu_kernel, &mu_kernel),
            mu_bias: mean(&self.mu_bias, &mu_bias),
            read_kernel: mean(&self.read_kernel, &read_kernel),
            read_bias: mean(&self.read_bias, &read_bias),
        };
        // The same fraction of the transform: w = (z - shift) * inverse.
        let identity = DMatrix::identity(matrix.nrows(), matrix.ncols());
        let (shift, matrix) = (shift * fraction, mean(&identity, &matrix));
        let inverse = matrix.clone().try_inverse()?;
        Some(Self {
            mu_kernel: &mixed.mu_kernel * &inverse,
            mu_bias: (&mixed.mu_bias - &shift) * &inverse,
            read_bias: &mixed.read_bias + &shift * &mixed.read_kernel,
            read_kernel: matrix * &mixed.read_kernel,
        })
    }

    /// Shift `[1, latent]` and matrix `[latent, latent]` from the latent space of `other` to this one's, by ridge regression.
    fn transform_from(&self, other: &Self) -> Option<(DMatrix<f64>, DMatrix<f64>)> {
        let transposed = self.read_kernel.transpose();
        let gram = &self.read_kernel * &transposed;
        let size = gram.nrows();
        let ridge = RIDGE * gram.trace() / size.max(1) as f64;
        let identity = DMatrix::identity(size, size) * ridge;
        let solver = (gram + &identity).cholesky()?;
        let matrix = solver.solve(&(&other.read_kernel * &transposed + &identity).transpose());
        let bias_difference = &other.read_bias - &self.read_bias;
        let shift = solver.solve(&(&bias_difference * &transposed).transpose());
        Some((shift.transpose(), matrix.transpose()))
    }

    fn write(
        &self,
        config: &MusicVaeConfig,
        parameters: &mut Parameters,
    ) -> Result<(), CheckpointError> {
        let mut column = 0;
        for (layer, first_row) in reading_layers().iter().zip(first_rows(config)) {
            let [kernel_name, bias_name] = ["kernel", "bias"].map(|end| format!("{layer}/{end}"));
            let width = parameters.require(&bias_name)?.values.len();
            let kernel = self.read_kernel.columns(column, width).into_owned();
            let bias = self.read_bias.columns(column, width).into_owned();
            column += width;
            write_rows(parameters, &kernel_name, first_row, &kernel)?;
            write_rows(parameters, &bias_name, 0, &bias)?;
        }
        write_rows(parameters, &format!("{MU}/kernel"), 0, &self.mu_kernel)?;
        write_rows(parameters, &format!("{MU}/bias"), 0, &self.mu_bias)
    }
}

fn side_by_side(matrices: &[DMatrix<f64>]) -> DMatrix<f64> {
    let rows = matrices.first().map_or(0, DMatrix::nrows);
    let columns = matrices.iter().flat_map(DMatrix::column_iter);
    let columns: Vec<_> = columns.collect();
    DMatrix::from_fn(rows, columns.len(), |row, column| columns[column][row])
}

/// Replaces rows of a tensor from `first_row` on.
fn write_rows(
    parameters: &mut Parameters,
    name: &str,
    first_row: usize,
    matrix: &DMatrix<f64>,
) -> Result<(), CheckpointError> {
    let tensor = parameters.require(name)?;
    let (shape, mut values) = (tensor.shape.clone(), tensor.values.clone());
    let replaced = values.iter_mut().skip(first_row * matrix.ncols());
    let row_major = matrix.transpose();
    for (value, entry) in replaced.zip(row_major.iter()) {
        *value = *entry as f32;
    }
    parameters.insert(name, CpuTensor { shape, values });
    Ok(())
}
