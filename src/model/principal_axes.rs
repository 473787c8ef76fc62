//! The directions of the latent space to which a model's decoder is most sensitive, read from its weights.
//!
//! A latent point enters the decoder through linear maps alone: to the initial state and, in a flat model, to the gates of the
//! first layer at every step. The principal axes are the first left singular vectors of these maps side by side.

use nalgebra::DMatrix;

use super::config::{CONDUCTOR_STATE, MusicVaeConfig, decoder_name, initial_state_name};
use super::parameters::{CpuTensor, Parameters};
use crate::latent::LatentPoint;

/// The first `count` principal axes, the most sensitive first: orthogonal unit vectors whose largest coordinate is positive.
/// Fewer if the latent space has fewer dimensions.
pub(super) fn principal_axes(
    config: &MusicVaeConfig,
    parameters: &Parameters,
    count: usize,
) -> Vec<LatentPoint> {
    let size = config.latent_size;
    let mut gram = DMatrix::zeros(size, size);
    let kernel = |name: &str| parameters.get(&format!("{name}/kernel"));
    if config.hierarchy.is_some() {
        add_gram(&mut gram, kernel(CONDUCTOR_STATE), 0);
    } else {
        let decoder = config.decoder();
        add_gram(&mut gram, kernel(&initial_state_name(decoder)), 0);
        let gates = parameters.get(&decoder_name(decoder, 0, "kernel"));
        add_gram(&mut gram, gates, config.vocab_size);
    }
    let eigen = gram.symmetric_eigen();
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| eigen.eigenvalues[b].total_cmp(&eigen.eigenvalues[a]));
    let axis = |&index: &usize| {
        let axis = eigen.eigenvectors.column(index);
        let sign = axis[axis.icamax()].signum();
        LatentPoint::new(axis.iter().map(|x| (sign * x) as f32).collect())
    };
    order.iter().take(count).map(axis).collect()
}

/// Adds the products of all pairs of rows from `first_row` on, one row per latent dimension.
fn add_gram(gram: &mut DMatrix<f64>, kernel: Option<&CpuTensor>, first_row: usize) {
    let Some((kernel, &[_, columns])) = kernel.map(|kernel| (kernel, kernel.shape.as_slice()))
    else {
        return;
    };
    let values = kernel.values.iter().skip(first_row * columns);
    let rows = DMatrix::from_row_iterator(
        gram.nrows(),
        columns,
        values.take(gram.nrows() * columns).map(|x| f64::from(*x)),
    );
    gram.gemm(1.0, &rows, &rows.transpose(), 1.0);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A flat model of three latent dimensions whose kernels are zero but for the rows of the latent point.
    fn parameters(config: &MusicVaeConfig, state: [f32; 3], gates: [f32; 3]) -> Parameters {
        let mut parameters = Parameters::default();
        let mut insert = |name: String, rows: usize, first_row: usize, diagonal: [f32; 3]| {
            let mut values = vec![0.0; rows * 8];
            for (k, x) in diagonal.into_iter().enumerate() {
                values[(first_row + k) * 8 + k] = x;
            }
            let shape = vec![rows, 8];
            parameters.insert(format!("{name}kernel"), CpuTensor { shape, values });
        };
        let decoder = config.decoder();
        insert(format!("{}/", initial_state_name(decoder)), 3, 0, state);
        insert(decoder_name(decoder, 0, ""), 90 + 3 + 2, 90, gates);
        parameters
    }

    #[test]
    fn the_axes_are_those_of_both_maps_together() {
        let config = MusicVaeConfig {
            latent_size: 3,
            steps: 16,
            vocab_size: 90,
            encoder_layers: vec![2],
            decoder_layers: vec![2],
            hierarchy: None,
        };
        // Sums of squares per dimension: 9 + 0, 1 + 16, 4 + 4.
        let parameters = parameters(&config, [3.0, 1.0, 2.0], [0.0, -4.0, 2.0]);
        let axes = principal_axes(&config, &parameters, 2);
        assert_eq!(axes.len(), 2);
        for (axis, expected) in axes.iter().zip([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]) {
            let difference = axis.distance(&LatentPoint::new(expected.to_vec()));
            assert!(difference < 1e-6, "{axis:?}");
        }
        assert_eq!(principal_axes(&config, &parameters, 9).len(), 3);
    }
}
